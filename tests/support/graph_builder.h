#ifndef BSTC_TESTS_SUPPORT_GRAPH_BUILDER_H
#define BSTC_TESTS_SUPPORT_GRAPH_BUILDER_H

#include "ir/graph.h"

namespace bstc::test {

inline TensorType f32(Shape shape) { return {ElementType::F32, std::move(shape), std::nullopt}; }
inline TensorType s8(Shape shape, float scale, int32_t zero = 0) {
  return {ElementType::S8, std::move(shape), Quantisation{{scale}, {zero}, -1}};
}

/// Builds small graphs in the form that import gives: Q/DQ as nodes, parameters as constants. The
/// integers of constants have their quantisation already, as the pass settle-quantisation gives it.
class GraphBuilder {
public:
  Graph graph;

  Value *input(std::string name, Shape shape) { return graph.addInput(name, f32(shape)); }
  Value *constant(std::string name, Shape shape, llvm::ArrayRef<float> values) {
    return graph.addConstant(name, TensorData::make<float>(f32(shape), values));
  }
  Value *filled(std::string name, Shape shape, float value) {
    TensorType type = f32(shape);
    return constant(name, shape, std::vector<float>(size_t(type.count()), value));
  }
  Value *node(OpKind op, std::string name, llvm::ArrayRef<Value *> operands, Attributes attrs,
              TensorType type) {
    return graph.addNode(op, name, operands, std::move(attrs), {{name + ".out", std::move(type)}})
        ->output();
  }
  /// QuantizeLinear; named NAME.q, its result NAME.q.out.
  Value *quantize(std::string name, Value *x, float scale, int32_t zero = 0) {
    return node(OpKind::Quantize, name + ".q",
                {x, scalar(name + ".q.scale", scale), zeroPoint(name + ".q.zero", zero)},
                AxisAttrs{-1}, s8(x->type.shape, scale, zero));
  }
  Value *dequantize(std::string name, Value *q) {
    return node(OpKind::Dequantize, name + ".dq",
                {q, scalar(name + ".dq.scale", q->type.quant->scale()),
                 zeroPoint(name + ".dq.zero", q->type.quant->zeroPoint())},
                AxisAttrs{-1}, f32(q->type.shape));
  }
  /// A Q/DQ pair.
  Value *fakeQuant(std::string name, Value *x, float scale, int32_t zero = 0) {
    return dequantize(name, quantize(name, x, scale, zero));
  }
  /// int8 weights as a constant behind a DequantizeLinear, one scale.
  Value *weights(std::string name, Shape shape, int8_t value, float scale) {
    TensorType type = s8(shape, scale);
    std::vector<int8_t> values(size_t(type.count()), value);
    return dequantize(name,
                      graph.addConstant(name, TensorData::make<int8_t>(type, values), type.quant));
  }
  /// 1x1 convolution, stride 1.
  Value *conv(std::string name, Value *x, Value *weights, Value *bias = nullptr) {
    Shape shape = x->type.shape;
    shape[1] = weights->type.shape[0];
    llvm::SmallVector<Value *, 3> operands = {x, weights};
    if (bias)
      operands.push_back(bias);
    return node(OpKind::Conv, name, operands, ConvAttrs{}, f32(shape));
  }
  Value *unary(OpKind op, std::string name, Value *x) {
    return node(op, name, {x}, ActivationAttrs{}, x->type);
  }
  Value *binary(OpKind op, std::string name, Value *a, Value *b) {
    return node(op, name, {a, b}, ElementwiseAttrs{}, a->type);
  }

private:
  Value *scalar(std::string name, float value) { return constant(name, {1}, {value}); }
  Value *zeroPoint(std::string name, int32_t value) {
    TensorType type{ElementType::S8, {1}, std::nullopt};
    return graph.addConstant(name, TensorData::make<int8_t>(type, {int8_t(value)}));
  }
};

/// The operators of the graph in order, by their textual names: "quantize conv dequantize".
inline std::string ops(const Graph &graph) {
  std::string text;
  for (const auto &node : graph.nodes()) {
    text += text.empty() ? "" : " ";
    text += opInfo(node->op).text;
  }
  return text;
}

/// The node of that name, or null.
inline const Node *nodeNamed(const Graph &graph, llvm::StringRef name) {
  for (const auto &node : graph.nodes())
    if (node->name == name)
      return node.get();
  return nullptr;
}

} // namespace bstc::test

#endif // BSTC_TESTS_SUPPORT_GRAPH_BUILDER_H
