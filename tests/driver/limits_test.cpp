// Networks that are too large: a few nodes that ask for gigabytes or hours get one error that says
// so, before anything of that size is allocated.
#include "driver/compile.h"
#include "tests/support/onnx_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;
using ::testing::HasSubstr;

static std::string errorOf(const OnnxBuilder &model) {
  auto graph = importOnnx(model.proto.SerializeAsString(), "huge.onnx");
  if (!graph)
    return llvm::toString(graph.takeError());
  auto compilation = compile(std::move(*graph), {});
  return compilation ? "compiled" : llvm::toString(compilation.takeError());
}

TEST(NetworkLimits, Activations) {
  OnnxBuilder m;
  m.input("x", {1, 1, 1000, 1000000}).output("y");
  m.node("Relu", {"x"}, {"a"});
  m.node("Sigmoid", {"a"}, {"y"});
  EXPECT_THAT(errorOf(m),
              HasSubstr("the network is too large, take a smaller input or batch: arena "
                        "size is 8000000000 bytes, at most 4294967296 are allowed"));
}

TEST(NetworkLimits, OneTensor) {
  OnnxBuilder m;
  m.input("x", {1 << 16, 1 << 16}).output("y");
  m.node("Relu", {"x"}, {"y"});
  EXPECT_THAT(errorOf(m), HasSubstr("is too large, at most 2147483648 elements and 8 dimensions"));
}

TEST(NetworkLimits, ComputedConstants) {
  OnnxBuilder m;
  m.input("x", {1, 1, 2}).output("y");
  m.ints("shape", {3}, {1000, 1000000, 2});
  m.node("ConstantOfShape", {"shape"}, {"c"});
  m.node("Add", {"x", "c"}, {"y"});
  EXPECT_THAT(errorOf(m), HasSubstr("constants computed from other constants exceed 2 GiB"));
}

TEST(NetworkLimits, MeanOverALongAxis) {
  OnnxBuilder m;
  m.input("x", {1, 2, 70000}).output("y");
  set(m.node("ReduceMean", {"x"}, {"y"}), "axes", Dims{2});
  EXPECT_THAT(errorOf(m), HasSubstr("a kernel of 70000 is too large, at most 65536 is supported"));
}

TEST(NetworkLimits, ProductsOfConstants) {
  // 2100^3 multiply-accumulates, from two numbers.
  OnnxBuilder m;
  m.input("x", {2100, 2100}).output("y");
  m.ints("shape", {2}, {2100, 2100});
  m.node("ConstantOfShape", {"shape"}, {"c"});
  m.node("MatMul", {"c", "c"}, {"p"});
  m.node("Add", {"x", "p"}, {"y"});
  EXPECT_THAT(errorOf(m), HasSubstr("constants that take more than 8589934592 operations to fold"));
}
