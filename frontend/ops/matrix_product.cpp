// Gemm and MatMul.
#include "frontend/ops/support.h"

#include <algorithm>

namespace bstc {

llvm::Error importMatrixProduct(const onnx::NodeProto &proto, int64_t, Node &node) {
  bool gemm = node.op == OpKind::Gemm;
  if (llvm::Error error = expectOperands(node, 2, gemm ? 3 : 2))
    return error;
  AttributeReader reader(proto);
  if (gemm)
    node.attrs = GemmAttrs{reader.integer("transA", 0) != 0, reader.integer("transB", 0) != 0,
                           reader.real("alpha", 1), reader.real("beta", 1)};
  return reader.finish();
}

/// Extents of one product: a is [rows, depth], b [depth, columns], after their transposition.
struct ProductShape {
  int64_t rows, depth, columns;
};

static llvm::Error mismatch(const Node &node) {
  return makeError(Code::OperandMismatch, "matrices " + typeText(node.input(0)->type) + " and " +
                                              typeText(node.input(1)->type) +
                                              " cannot be multiplied");
}

static llvm::Error inferGemm(const Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const Shape &a = node.input(0)->type.shape, &b = node.input(1)->type.shape;
  const GemmAttrs &attrs = node.as<GemmAttrs>();
  if (a.size() != 2 || b.size() != 2 || a[!attrs.transposeA] != b[attrs.transposeB])
    return mismatch(node);
  Shape shape = {a[attrs.transposeA], b[!attrs.transposeB]};
  if (const Value *c = node.input(2)) {
    auto joined = broadcastShape(c->type.shape, shape);
    if (!joined)
      return joined.takeError();
    if (*joined != shape)
      return makeError(Code::OperandMismatch, operandText(node, 2) + " is " + typeText(c->type) +
                                                  ", which cannot be broadcast to " +
                                                  shapeText(shape));
  }
  results.push_back({ElementType::F32, shape, std::nullopt});
  return llvm::Error::success();
}

/// The shape of a MatMul operand as a stack of matrices: a vector on the left is a row, one on the
/// right a column, as in NumPy.
static Shape asMatrices(const Shape &shape, bool left) {
  if (shape.size() != 1)
    return shape;
  return left ? Shape{1, shape[0]} : Shape{shape[0], 1};
}

static llvm::Error inferMatMul(const Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const Shape &left = node.input(0)->type.shape, &right = node.input(1)->type.shape;
  if (left.empty() || right.empty())
    return mismatch(node);
  Shape a = asMatrices(left, true), b = asMatrices(right, false);
  if (a.back() != b[b.size() - 2])
    return mismatch(node);
  auto stack =
      broadcastShape(llvm::makeArrayRef(a).drop_back(2), llvm::makeArrayRef(b).drop_back(2));
  if (!stack)
    return stack.takeError();
  if (left.size() > 1)
    stack->push_back(a[a.size() - 2]);
  if (right.size() > 1)
    stack->push_back(b.back());
  results.push_back({ElementType::F32, *stack, std::nullopt});
  return llvm::Error::success();
}

llvm::Error inferMatrixProduct(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  return node.op == OpKind::Gemm ? inferGemm(node, results) : inferMatMul(node, results);
}

/// y[m][n] += sum over k of a * b, with the strides that say which way the matrices stand.
static void multiply(const ProductShape &shape, const float *a, int64_t aRow, int64_t aDepth,
                     const float *b, int64_t bDepth, int64_t bColumn, float *y) {
  for (int64_t m = 0; m < shape.rows; ++m, y += shape.columns) {
    if (bColumn == 1) {
      for (int64_t k = 0; k < shape.depth; ++k)
        for (int64_t n = 0; n < shape.columns; ++n)
          y[n] += a[m * aRow + k * aDepth] * b[k * bDepth + n];
      continue;
    }
    for (int64_t n = 0; n < shape.columns; ++n) {
      float sum = 0;
      for (int64_t k = 0; k < shape.depth; ++k)
        sum += a[m * aRow + k * aDepth] * b[k * bDepth + n * bColumn];
      y[n] += sum;
    }
  }
}

static void evaluateGemm(const GemmAttrs &attrs, llvm::ArrayRef<const TensorData *> operands,
                         TensorData &result) {
  const Shape &a = operands[0]->type.shape, &b = operands[1]->type.shape;
  ProductShape shape{a[attrs.transposeA], a[!attrs.transposeA], b[!attrs.transposeB]};
  llvm::MutableArrayRef<float> y = result.mutableValues<float>();
  multiply(shape, operands[0]->values<float>().data(), attrs.transposeA ? 1 : shape.depth,
           attrs.transposeA ? shape.rows : 1, operands[1]->values<float>().data(),
           attrs.transposeB ? 1 : shape.columns, attrs.transposeB ? shape.depth : 1, y.data());
  if (attrs.alpha != 1)
    for (float &value : y)
      value *= attrs.alpha;
  const TensorData *c = operands.size() > 2 ? operands[2] : nullptr;
  if (!c)
    return;
  auto strides = broadcastStrides(c->type.shape, result.type.shape);
  for (int64_t m = 0; m < shape.rows; ++m)
    for (int64_t n = 0; n < shape.columns; ++n)
      y[m * shape.columns + n] += attrs.beta * c->values<float>()[m * strides[0] + n * strides[1]];
}

/// `x` repeated to the whole stack of matrices.
static std::vector<float> repeat(const TensorData &x, const Shape &matrices,
                                 llvm::ArrayRef<int64_t> stack) {
  Shape shape(stack.begin(), stack.end());
  shape.append(matrices.end() - 2, matrices.end());
  std::vector<float> whole(TensorType{ElementType::F32, shape, std::nullopt}.count());
  copyStrided(x.data(), shape, broadcastStrides(matrices, shape), sizeof(float),
              reinterpret_cast<std::byte *>(whole.data()));
  return whole;
}

static void evaluateMatMul(llvm::ArrayRef<const TensorData *> operands, TensorData &result) {
  Shape a = asMatrices(operands[0]->type.shape, true);
  Shape b = asMatrices(operands[1]->type.shape, false);
  ProductShape shape{a[a.size() - 2], a.back(), b.back()};
  Shape stack = llvm::cantFail(
      broadcastShape(llvm::makeArrayRef(a).drop_back(2), llvm::makeArrayRef(b).drop_back(2)));
  std::vector<float> left = repeat(*operands[0], a, stack), right = repeat(*operands[1], b, stack);
  float *y = result.mutableValues<float>().data();
  int64_t products = TensorType{ElementType::F32, stack, std::nullopt}.count();
  for (int64_t i = 0; i < products; ++i)
    multiply(shape, left.data() + i * shape.rows * shape.depth, shape.depth, 1,
             right.data() + i * shape.depth * shape.columns, shape.columns, 1,
             y + i * shape.rows * shape.columns);
}

llvm::Error evaluateMatrixProduct(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                                  llvm::MutableArrayRef<TensorData *> results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  if (node.op == OpKind::Gemm)
    evaluateGemm(node.as<GemmAttrs>(), operands, *results[0]);
  else
    evaluateMatMul(operands, *results[0]);
  return llvm::Error::success();
}

} // namespace bstc
