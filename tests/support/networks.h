#ifndef BSTC_TESTS_SUPPORT_NETWORKS_H
#define BSTC_TESTS_SUPPORT_NETWORKS_H

#include "driver/compile.h"
#include "frontend/import.h"
#include "zoo/zoo.h"

#include <gtest/gtest.h>

namespace bstc::test {

/// A zoo network, imported. Small by default: 64x64 pixels.
inline Graph zooGraph(ZooOptions options) {
  auto bytes = buildZooModel(options);
  EXPECT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  auto graph = importOnnx(*bytes, "zoo.onnx");
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  return std::move(*graph);
}

inline ZooOptions smallZoo(ZooOptions::Quant quant = ZooOptions::Quant::S8) {
  ZooOptions options;
  options.size = 64;
  options.quant = quant;
  return options;
}

/// Compiles, or fails the test.
inline Compilation compiled(Graph graph, const CompileOptions &options = {}) {
  auto compilation = compile(std::move(graph), options);
  EXPECT_TRUE(bool(compilation)) << llvm::toString(compilation.takeError());
  return std::move(*compilation);
}

/// Asserts what every compilation must keep: each tensor, its layer fed the float evaluation's own
/// inputs, is never more than one step off and equal in at least 99.9% of its elements.
inline void expectFaithful(const FidelityReceipt &receipt) {
  ASSERT_FALSE(receipt.tensors.empty());
  for (const TensorFidelity &tensor : receipt.tensors) {
    EXPECT_LE(tensor.maxDifference, tensor.quantised ? 1 : 1e-4) << tensor.tensor;
    EXPECT_GE(tensor.equalShare(), 0.999) << tensor.tensor;
  }
}

} // namespace bstc::test

#endif // BSTC_TESTS_SUPPORT_NETWORKS_H
