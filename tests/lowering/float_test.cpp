// Float operators on DSP: every layer is the file's, as the float evaluation computes it apart from
// the kernels.
#include "ir/error.h"
#include "tests/lowering/lowered.h"

#include <cmath>

using namespace bstc;
using namespace bstc::test;

/// Compiles `model` and expects every layer within float noise of the evaluation.
static void expectFaithful(const OnnxBuilder &model) {
  auto graph = model.import();
  ASSERT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  auto compilation = compile(std::move(*graph), {});
  ASSERT_TRUE(bool(compilation)) << llvm::toString(compilation.takeError());
  ASSERT_TRUE(compilation->fidelity);
  ASSERT_FALSE(compilation->fidelity->tensors.empty());
  for (const TensorFidelity &tensor : compilation->fidelity->tensors)
    EXPECT_EQ(tensor.equal, tensor.elements) << tensor.command << ": " << tensor.maxDifference;
}

TEST(FloatOperators, OfOneOperand) {
  for (const OpInfo &info : allOps()) {
    if (llvm::StringRef(info.family) != "Activation" || !*info.onnxType ||
        info.kind == OpKind::Clip)
      continue;
    OnnxBuilder model(14);
    model.input("x", {1, 2, 8, 8}).output("y");
    auto &node = model.node(info.onnxType, {"x"}, {"y"});
    if (info.kind == OpKind::LeakyRelu || info.kind == OpKind::Elu ||
        info.kind == OpKind::HardSigmoid)
      set(node, "alpha", 0.3f);
    if (info.kind == OpKind::HardSigmoid)
      set(node, "beta", 0.2f);
    SCOPED_TRACE(info.text);
    expectFaithful(model);
  }
}

TEST(FloatOperators, OfTwoOperands) {
  for (const char *op : {"Add", "Sub", "Mul", "Div", "Max", "Min", "Pow"}) {
    OnnxBuilder model;
    model.input("x", {1, 2, 8, 8}).output("y");
    model.floats("k", {2, 1, 1}, {2, 3});
    model.node(op, {"x", "k"}, {"y"});
    SCOPED_TRACE(op);
    expectFaithful(model);
  }
}

TEST(FloatOperators, Clip) {
  OnnxBuilder model;
  model.input("x", {1, 2, 8, 8}).output("y");
  model.floats("lo", {}, {-1});
  model.floats("hi", {}, {2});
  model.node("Clip", {"x", "lo", "hi"}, {"y"});
  expectFaithful(model);
}

TEST(FloatOperators, Pads) {
  for (const char *mode : {"constant", "reflect", "edge"}) {
    OnnxBuilder model;
    model.input("x", {1, 2, 8, 8}).output("y");
    model.ints("pads", {8}, {0, 0, 1, 2, 0, 0, 3, 0});
    model.floats("value", {}, {1.5f});
    set(model.node("Pad", {"x", "pads", "value"}, {"y"}), "mode", mode);
    SCOPED_TRACE(mode);
    expectFaithful(model);
  }
}

TEST(FloatOperators, Windows) {
  for (const char *op : {"MaxPool", "AveragePool"}) {
    OnnxBuilder model;
    model.input("x", {1, 2, 9, 8}).output("y");
    auto &pool = model.node(op, {"x"}, {"y"});
    set(pool, "kernel_shape", Dims{3, 2});
    set(pool, "strides", Dims{2, 1});
    set(pool, "pads", Dims{2, 1, 1, 0});
    if (op[0] == 'A')
      set(pool, "count_include_pad", int64_t(1));
    SCOPED_TRACE(op);
    expectFaithful(model);
  }
  OnnxBuilder model;
  model.input("x", {1, 4, 9, 8}).output("y");
  model.ramp("w", {6, 2, 3, 2});
  auto &conv = model.node("Conv", {"x", "w"}, {"y"});
  set(conv, "group", int64_t(2));
  set(conv, "strides", Dims{2, 1});
  set(conv, "dilations", Dims{1, 2});
  set(conv, "pads", Dims{2, 1, 0, 3});
  expectFaithful(model);
}

TEST(FloatOperators, ThatMoveData) {
  OnnxBuilder model;
  model.input("x", {1, 2, 9, 8}).output("a").output("b").output("c").output("d");
  set(model.node("Transpose", {"x"}, {"a"}), "perm", Dims{0, 2, 3, 1});
  model.ints("start", {2}, {1, -1});
  model.ints("end", {2}, {8, -9});
  model.ints("axes", {2}, {2, 3});
  model.ints("step", {2}, {3, -2});
  model.node("Slice", {"x", "start", "end", "axes", "step"}, {"b"});
  set(model.node("Concat", {"x", "x"}, {"c"}), "axis", int64_t(2));
  model.ints("sizes", {4}, {1, 2, 14, 3});
  model.node("Resize", {"x", "", "", "sizes"}, {"d"});
  expectFaithful(model);
}

/// The failure of a compilation, which must fail.
static Failure failureOf(const OnnxBuilder &model) {
  auto graph = model.import();
  if (!graph)
    return takeFailure(graph.takeError());
  auto compilation = compile(std::move(*graph), {});
  if (!compilation)
    return takeFailure(compilation.takeError());
  ADD_FAILURE() << "compiles";
  return {Code::Internal, ""};
}

TEST(FloatOperators, VectorsInMatMulAreRefused) {
  for (const Dims &dims : {Dims{3}, Dims{2, 3}}) {
    OnnxBuilder model;
    model.input("x", dims).output("y");
    model.ramp("k", dims.size() == 1 ? Dims{3, 4} : Dims{3});
    model.node("MatMul", {"x", "k"}, {"y"});
    const Failure failure = failureOf(model);
    EXPECT_EQ(failure.code, Code::UnsupportedForm) << failure.text;
    EXPECT_NE(failure.text.find("node 'MatMul_0': MatMul takes matrices only"), std::string::npos)
        << failure.text;
  }
}

TEST(FloatOperators, EmptyConstantsAreRefused) {
  OnnxBuilder model;
  model.input("x", {1, 3, 4, 4}).output("y");
  model.floats("nothing", {1, 0, 4, 4}, {});
  set(model.node("Concat", {"x", "nothing"}, {"y"}), "axis", int64_t(1));
  const Failure failure = failureOf(model);
  EXPECT_EQ(failure.code, Code::EmptyTensor) << failure.text;
  EXPECT_NE(failure.text.find("'Concat_0'"), std::string::npos) << failure.text;
  EXPECT_NE(failure.text.find("'nothing'"), std::string::npos) << failure.text;
}

TEST(FloatOperators, OverChannelsAndRows) {
  OnnxBuilder model;
  model.input("x", {1, 6, 4, 8}).output("a").output("b").output("c");
  set(model.node("Softmax", {"x"}, {"a"}), "axis", int64_t(1));
  auto &lrn = model.node("LRN", {"x"}, {"b"});
  set(lrn, "size", int64_t(3));
  set(lrn, "alpha", 0.3f);
  set(lrn, "beta", 0.6f);
  set(lrn, "bias", 1.7f);
  model.ramp("k", {8, 5});
  model.node("MatMul", {"x", "k"}, {"c"});
  expectFaithful(model);
  OnnxBuilder gemm;
  gemm.input("x", {8, 3}).output("y");
  gemm.ramp("k", {5, 8});
  gemm.ramp("c", {5});
  auto &node = gemm.node("Gemm", {"x", "k", "c"}, {"y"});
  set(node, "transA", int64_t(1));
  set(node, "transB", int64_t(1));
  set(node, "alpha", 0.5f);
  set(node, "beta", 2.0f);
  expectFaithful(gemm);
}
