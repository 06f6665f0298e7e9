#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/sgemm.h"
#include "backends/dsp/kernels/strided.h"

namespace bst {
namespace {

/// A matrix inside a tensor, however it is stored.
struct Matrix {
  int64_t rows, columns, rowStride, columnStride;
  const float *data = nullptr;

  BST_INLINE float at(int64_t row, int64_t column) const {
    return data[row * rowStride + column * columnStride];
  }
};

/// The last two axes. A vector is a row on the left and a column on the right, as NumPy has it.
Matrix matrixOf(const Tensor &tensor, bool transposed, bool left) {
  size_t rank = tensor.shape.size();
  if (rank == 1)
    return left ? Matrix{1, tensor.shape[0], 0, 1} : Matrix{tensor.shape[0], 1, 1, 0};
  int64_t rows = tensor.shape[rank - 2], columns = tensor.shape[rank - 1];
  return transposed ? Matrix{columns, rows, 1, columns} : Matrix{rows, columns, columns, 1};
}

/// Extent of batch axis `axis` of `rank`, counted as in the tensor with most axes.
int64_t batchExtent(const Tensor &tensor, size_t axis, size_t rank) {
  size_t missing = rank - std::min(rank, tensor.shape.size());
  return axis < missing ? 1 : tensor.shape[axis - missing];
}

/// A batch axis as StridedWalk wants it: where a tensor does not grow along it, its stride is 0.
StridedWalk<2> batches(const Tensor &a, const Tensor &b) {
  size_t rank = std::max(a.shape.size(), b.shape.size());
  StridedWalk<2> walk;
  for (size_t axis = 0; axis + 2 < rank; ++axis) {
    StridedWalk<2>::Offsets strides{};
    const Tensor *tensors[] = {&a, &b};
    for (int i = 0; i < 2; ++i)
      if (batchExtent(*tensors[i], axis, rank) > 1)
        strides[i] = rowMajorStride(tensors[i]->shape, axis + tensors[i]->shape.size() - rank);
    walk.addAxis(std::max(batchExtent(a, axis, rank), batchExtent(b, axis, rank)), strides);
  }
  return walk;
}

/// The addend c of a product of m rows and n columns, broadcast where its extents are 1.
Matrix addendOf(const TensorView &view) {
  bool scalar = view.tensor->shape.empty();
  Matrix c = scalar ? Matrix{1, 1, 0, 0} : matrixOf(*view.tensor, false, true);
  c.rowStride = c.rows == 1 ? 0 : c.rowStride;
  c.columnStride = c.columns == 1 ? 0 : c.columnStride;
  c.data = reinterpret_cast<const float *>(view.data);
  return c;
}

void multiply(const MatMulParams &params, const Matrix &a, const Matrix &b, const Matrix *c,
              float *y, std::byte *scratch, Isa isa) {
  auto packRows = [&](float *panel, int64_t row, int64_t rows, int64_t depth0, int64_t depth) {
    for (int64_t r = 0; r < sgemmRows; ++r)
      for (int64_t k = 0; k < depth; ++k)
        panel[k * sgemmRows + r] = r < rows ? a.at(row + r, depth0 + k) : 0.0f;
  };
  auto packColumns = [&](float *panels, int64_t column, int64_t columns, int64_t depth0,
                         int64_t depth) {
    for (int64_t first = 0; first < columns; first += sgemmColumns, panels += depth * sgemmColumns)
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t i = 0; i < sgemmColumns; ++i)
          panels[k * sgemmColumns + i] =
              first + i < columns ? b.at(depth0 + k, column + first + i) : 0.0f;
  };
  auto finish = [&](int64_t row, int64_t rows, int64_t column, int64_t columns) {
    if (params.alpha == 1 && !c)
      return;
    for (int64_t r = row; r < row + rows; ++r)
      for (int64_t i = column; i < column + columns; ++i) {
        float &value = y[r * b.columns + i];
        value = params.alpha * value + (c ? params.beta * c->at(r, i) : 0.0f);
      }
  };
  sgemm(a.rows, b.columns, a.columns, nullptr, packRows, packColumns, finish, y, scratch, isa);
}

} // namespace

uint64_t matMulScratchSize() { return sgemmScratchSize(); }

void runMatMul(const MatMulParams &params, TensorViews inputs, const TensorView &y,
               std::byte *scratch, Isa isa) {
  Matrix a = matrixOf(*inputs[0].tensor, params.transposeA, true);
  Matrix b = matrixOf(*inputs[1].tensor, params.transposeB, false);
  Matrix c = inputs.size() > 2 ? addendOf(inputs[2]) : Matrix{};
  float *to = reinterpret_cast<float *>(y.data);
  StridedWalk<2> walk = batches(*inputs[0].tensor, *inputs[1].tensor);
  walk.forEach(walk.rank, [&](const StridedWalk<2>::Offsets &offsets) {
    a.data = reinterpret_cast<const float *>(inputs[0].data) + offsets[0];
    b.data = reinterpret_cast<const float *>(inputs[1].data) + offsets[1];
    multiply(params, a, b, inputs.size() > 2 ? &c : nullptr, to, scratch, isa);
    to += a.rows * b.columns;
  });
}

} // namespace bst
