// ReduceMean.
#include "frontend/ops/support.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

namespace bstc {

llvm::Error importReduction(const onnx::NodeProto &proto, int64_t, Node &node) {
  if (llvm::Error error = expectOperands(node, 1, 1))
    return error;
  AttributeReader reader(proto);
  int64_t rank = node.input(0)->type.rank();
  auto axes = resolveAxes(reader.integers("axes"), rank);
  if (!axes)
    return axes.takeError();
  if (axes->empty()) { // All of them.
    axes->resize(rank);
    std::iota(axes->begin(), axes->end(), 0);
  }
  node.attrs = ReduceAttrs{*axes, reader.integer("keepdims", 1) != 0};
  return reader.finish();
}

llvm::Error inferReduction(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  const ReduceAttrs &attrs = node.as<ReduceAttrs>();
  const Shape &x = node.input(0)->type.shape;
  Shape shape;
  for (int64_t i = 0; i < int64_t(x.size()); ++i)
    if (!llvm::is_contained(attrs.axes, i))
      shape.push_back(x[i]);
    else if (attrs.keepDims)
      shape.push_back(1);
  results.push_back({ElementType::F32, shape, std::nullopt});
  return llvm::Error::success();
}

llvm::Error evaluateReduction(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                              llvm::MutableArrayRef<TensorData *> results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  const ReduceAttrs &attrs = node.as<ReduceAttrs>();
  const Shape &in = operands[0]->type.shape;
  Shape kept = in;
  for (int64_t axis : attrs.axes)
    kept[axis] = 1;
  // Where each element of the operand adds to: strides of 0 along the axes that go.
  auto places = rowMajorStrides(in), strides = broadcastStrides(kept, in);
  llvm::ArrayRef<float> x = operands[0]->values<float>();
  llvm::MutableArrayRef<float> y = results[0]->mutableValues<float>();
  std::vector<double> sums(y.size());
  for (size_t i = 0; i < x.size(); ++i) {
    int64_t place = 0;
    for (size_t axis = 0; axis < in.size(); ++axis)
      place += int64_t(i) / places[axis] % in[axis] * strides[axis];
    sums[place] += x[i];
  }
  for (size_t i = 0; i < y.size(); ++i)
    y[i] = float(sums[i] / (double(x.size()) / double(y.size())));
  return llvm::Error::success();
}

} // namespace bstc
