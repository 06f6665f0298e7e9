#ifndef BSTC_TESTS_RECEIPT_RECEIPTS_H
#define BSTC_TESTS_RECEIPT_RECEIPTS_H

#include "tests/lowering/lowered.h"
#include "tests/support/sessions.h"

// Small files and their receipts.
namespace bstc::test {

inline const Quant step = {bst::DType::S8, 0.05f, 0};

inline FidelityReceipt receiptOf(const Graph &file, const Compilation &c,
                                 const bst::Program &program) {
  auto receipt = checkFidelity(file, c.placed, bst::testing::openProgram(program));
  EXPECT_TRUE(bool(receipt)) << llvm::toString(receipt.takeError());
  return receipt ? std::move(*receipt) : FidelityReceipt{};
}

inline Compilation compilationOf(const QdqModel &model) {
  auto compilation = model.compiled();
  EXPECT_TRUE(bool(compilation)) << llvm::toString(compilation.takeError());
  return std::move(*compilation);
}

/// Of a program as it was compiled.
inline FidelityReceipt receiptOf(const QdqModel &model) {
  const Compilation c = compilationOf(model);
  return receiptOf(c.imported, c, c.compiled->program);
}

/// x -> Q (step) -> DQ (scale `read`, zero point `zero`) -> op -> Q -> DQ.
inline QdqModel readAs(float read, int32_t zero, const char *op = "Relu") {
  QdqModel model(14);
  model.input("x0", {1, 2, 8, 8});
  model.floats("s", {}, {step.scale});
  model.floats("read", {}, {read});
  model.bytes("z", {}, {0});
  model.bytes("zero", {}, {zero});
  model.node("QuantizeLinear", {"x0", "s", "z"}, {"xq"});
  model.node("DequantizeLinear", {"xq", "read", "zero"}, {"x"});
  model.node(op, {"x"}, {"r"});
  model.quantisedOutput("r", step);
  return model;
}

/// x -> pair -> `op` -> pair, and its command's name is the operator's.
inline QdqModel chain(const char *op) { return readAs(step.scale, 0, op); }
/// A 2x2 average at equal scales.
inline QdqModel average(float scale) {
  QdqModel model;
  const Quant quant = {bst::DType::S8, scale, 0};
  model.quantisedInput("x", {1, 4, 16, 16}, quant);
  auto &pool = model.node("AveragePool", {"x"}, {"r"});
  set(pool, "kernel_shape", Dims{2, 2});
  set(pool, "strides", Dims{2, 2});
  model.quantisedOutput("r", quant);
  return model;
}

} // namespace bstc::test

#endif // BSTC_TESTS_RECEIPT_RECEIPTS_H
