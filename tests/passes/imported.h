#ifndef BSTC_TESTS_PASSES_IMPORTED_H
#define BSTC_TESTS_PASSES_IMPORTED_H

#include "frontend/evaluate.h"
#include "frontend/passes/passes.h"
#include "tests/support/graph_builder.h"
#include "tests/support/onnx_builder.h"

#include <gtest/gtest.h>

namespace bstc::test {

/// ONNX files with QuantizeLinear and DequantizeLinear as exporters write them.
class QdqBuilder : public OnnxBuilder {
public:
  /// Scale and zero point as initializers; a scale for each element where there are several.
  std::vector<std::string> parameters(const std::vector<float> &scales,
                                      const std::vector<int> &zeros,
                                      int type = onnx::TensorProto::INT8) {
    const std::string number = std::to_string(graph().initializer_size());
    const Dims dims = scales.size() > 1 ? Dims{int64_t(scales.size())} : Dims{};
    floats("scale" + number, dims, scales);
    bytes("zero" + number, dims, {zeros.begin(), zeros.end()}, type);
    return {"scale" + number, "zero" + number};
  }
  std::string quantize(const std::string &x, const std::string &y, float scale, int zero = 0,
                       int type = onnx::TensorProto::INT8) {
    const auto operands = parameters({scale}, {zero}, type);
    node("QuantizeLinear", {x, operands[0], operands[1]}, {y});
    return y;
  }
  std::string dequantize(const std::string &x, const std::string &y, float scale, int zero = 0,
                         int type = onnx::TensorProto::INT8) {
    const auto operands = parameters({scale}, {zero}, type);
    node("DequantizeLinear", {x, operands[0], operands[1]}, {y});
    return y;
  }
  /// One scale and zero point for each index of `axis`.
  std::string dequantizeAlong(int64_t axis, const std::string &x, const std::string &y,
                              const std::vector<float> &scales, const std::vector<int> &zeros) {
    const auto operands = parameters(scales, zeros);
    set(node("DequantizeLinear", {x, operands[0], operands[1]}, {y}), "axis", axis);
    return y;
  }
};

inline Graph imported(const OnnxBuilder &model) {
  auto graph = model.import();
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  return graph ? std::move(*graph) : Graph();
}

inline void runPass(llvm::Error (*pass)(Graph &), Graph &graph) {
  llvm::Error error = pass(graph);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  error = verify(graph);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
}

/// Output 0 of the graph for its only input.
inline std::vector<float> numbers(const Graph &graph, const std::vector<float> &x) {
  auto outputs =
      evaluate(graph, TensorDataRef(TensorData::make<float>(graph.inputs()[0]->type, x)));
  EXPECT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  return outputs ? outputs->front()->values<float>().vec() : std::vector<float>();
}

} // namespace bstc::test

#endif // BSTC_TESTS_PASSES_IMPORTED_H
