// Programs that are wrong in one place, held against the file they were made from: the receipt must
// say so, and where. What is broken is the program, or the file is another one whose nodes have the
// same names, as if the compiler had overlooked the difference.
#include "driver/tensor_meaning.h"
#include "tests/receipt/receipts.h"
#include "tests/support/networks.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace bstc;
using namespace bstc::test;

namespace {
/// Of the program of `compiled` against the file `other`.
FidelityReceipt receiptAgainst(const QdqModel &other, const QdqModel &compiled) {
  const Compilation c = compilationOf(compiled);
  return receiptOf(llvm::cantFail(other.import()), c, c.compiled->program);
}

const TensorFidelity *find(const FidelityReceipt &receipt, llvm::StringRef tensor) {
  auto found =
      llvm::find_if(receipt.tensors, [&](const TensorFidelity &t) { return t.tensor == tensor; });
  return found == receipt.tensors.end() ? nullptr : &*found;
}

bool saysWrong(const FidelityReceipt &receipt) {
  return llvm::any_of(receipt.tensors, [](const TensorFidelity &t) { return t.isWrong(); }) ||
         llvm::any_of(receipt.outputs, [](const OutputFidelity &o) { return o.isWrong(); });
}

void expectExact(const FidelityReceipt &receipt) {
  EXPECT_FALSE(receipt.tensors.empty());
  for (const TensorFidelity &tensor : receipt.tensors)
    EXPECT_EQ(tensor.equal, tensor.elements) << tensor.tensor;
  EXPECT_EQ(receipt.equal, receipt.elements);
  for (const OutputFidelity &output : receipt.outputs)
    EXPECT_EQ(output.maxDifference, 0) << output.name;
}

} // namespace

TEST(Receipt, OfAProgramThatIsRight) {
  const FidelityReceipt receipt = receiptOf(chain("HardSwish"));
  expectExact(receipt);
  ASSERT_EQ(receipt.outputs.size(), 1u);
  EXPECT_EQ(receipt.outputs[0].name, "y");
  EXPECT_EQ(receipt.outputs[0].elements, 128u);
  // Quantise, table, dequantise.
  EXPECT_EQ(receipt.elements, 3u * 128);
  EXPECT_TRUE(receipt.anyQuantised);
  EXPECT_TRUE(receipt.anyFloat);
  EXPECT_FALSE(saysWrong(receipt));
}

TEST(Receipt, SeesThatADequantizeLinearsScaleWasIgnored) {
  const FidelityReceipt receipt = receiptAgainst(readAs(2 * step.scale, 0), chain("Relu"));
  EXPECT_TRUE(saysWrong(receipt));
  ASSERT_TRUE(find(receipt, "yq"));
  EXPECT_TRUE(find(receipt, "yq")->isWrong());
  EXPECT_FALSE(find(receipt, "yq")->keepsPromise());
  ASSERT_EQ(receipt.outputs.size(), 1u);
  EXPECT_LT(receipt.outputs[0].decibels, 10);
}

TEST(Receipt, SeesThatADequantizeLinearsZeroPointWasIgnored) {
  EXPECT_TRUE(saysWrong(receiptAgainst(readAs(step.scale, 20), chain("Relu"))));
}

/// The last DequantizeLinear has a scale of its own: only a float layer shows it.
TEST(Receipt, FloatLayersCount) {
  const auto model = [](float scale) {
    QdqModel model;
    model.input("x0", {1, 2, 8, 8});
    model.floats("s", {}, {step.scale});
    model.floats("read", {}, {scale});
    model.bytes("z", {}, {0});
    model.node("QuantizeLinear", {"x0", "s", "z"}, {"xq"});
    model.node("DequantizeLinear", {"xq", "read", "z"}, {"y"});
    model.output("y");
    return model;
  };
  const FidelityReceipt receipt = receiptAgainst(model(2 * step.scale), model(step.scale));
  ASSERT_TRUE(find(receipt, "y"));
  EXPECT_TRUE(find(receipt, "y")->isWrong());
  EXPECT_EQ(receipt.worst(), find(receipt, "y"));
  EXPECT_LE(receipt.equal, receipt.elements - 100);
  EXPECT_GE(receipt.maxRelative, 0.5);
  EXPECT_EQ(receipt.maxSteps, find(receipt, "xq")->maxDifference);
}

/// A tensor whose own scale is twice the file's stands for other numbers, whatever its bytes.
TEST(Receipt, TensorsMeanWhatTheirOwnScaleSays) {
  const Compilation c = compilationOf(chain("Abs"));
  bst::Program program = c.compiled->program;
  for (bst::Tensor &tensor : program.tensors)
    if (tensor.name == "yq")
      tensor.scale *= 2;
  const FidelityReceipt receipt = receiptOf(c.imported, c, program);
  ASSERT_TRUE(find(receipt, "yq"));
  EXPECT_TRUE(find(receipt, "yq")->isWrong());
}

/// Another name for the same bytes in another form: a map of floats read as if channels lay
/// together.
TEST(Receipt, AliasesAreCompared) {
  QdqModel model;
  model.input("x0", {1, 192});
  model.ints("shape", {4}, {1, 3, 8, 8});
  model.node("Neg", {"x0"}, {"n"});
  model.node("Reshape", {"n", "shape"}, {"r"}).set_name("reshape");
  model.node("Abs", {"r"}, {"y"});
  model.output("y");
  const Compilation c = compilationOf(model);
  const FidelityReceipt right = receiptOf(c.imported, c, c.compiled->program);
  expectExact(right);
  ASSERT_TRUE(find(right, "r"));
  EXPECT_TRUE(find(right, "r")->isAlias);
  EXPECT_FALSE(find(right, "n")->isAlias);
  EXPECT_EQ(find(right, "r")->command, "reshape");
  EXPECT_EQ(right.elements, 3u * 192);
  // The same program against a file whose elements are in another order.
  QdqModel other;
  other.input("x0", {1, 192});
  other.ints("shape", {4}, {1, 8, 8, 3});
  other.node("Neg", {"x0"}, {"n"});
  other.node("Reshape", {"n", "shape"}, {"nhwc"});
  set(other.node("Transpose", {"nhwc"}, {"r"}), "perm", Dims{0, 3, 1, 2});
  other.node("Abs", {"r"}, {"y"});
  other.output("y");
  const FidelityReceipt wrong = receiptAgainst(other, model);
  ASSERT_TRUE(find(wrong, "r"));
  EXPECT_TRUE(find(wrong, "r")->isWrong());
  EXPECT_EQ(find(wrong, "n")->equal, 192u);
}

TEST(Receipt, AliasesOfInputsAreComparedWithWhatTheHostGives) {
  QdqModel model;
  model.input("x0", {1, 192});
  model.ints("shape", {4}, {1, 3, 8, 8});
  model.node("Reshape", {"x0", "shape"}, {"r"});
  model.node("Abs", {"r"}, {"y"});
  model.output("y");
  const FidelityReceipt receipt = receiptOf(model);
  expectExact(receipt);
  ASSERT_TRUE(find(receipt, "r"));
  EXPECT_TRUE(find(receipt, "r")->isAlias);
  EXPECT_FALSE(find(receipt, "x0"));
}

/// The samples reach the codes above 3 and those below 0.
TEST(Receipt, SeesATableThatIsWrongInOneTail) {
  for (bool above : {true, false}) {
    const Compilation c = compilationOf(chain("HardSwish"));
    bst::Program program = c.compiled->program;
    for (bst::Command &command : program.commands)
      if (auto *lut = std::get_if<bst::LutParams>(&command.params))
        for (int x = 61; x < 128; ++x) // 3.05 and above; or -3.05 and below.
          lut->table[size_t(above ? 128 + x : 128 - x)] = 33;
    EXPECT_TRUE(saysWrong(receiptOf(c.imported, c, program))) << above;
  }
}

/// A step off breaks the promise, two cannot be right.
TEST(Receipt, HowFarIsWrong) {
  for (int steps : {1, 2}) {
    const Compilation c = compilationOf(chain("Abs"));
    bst::Program program = c.compiled->program;
    for (bst::Command &command : program.commands)
      if (auto *lut = std::get_if<bst::LutParams>(&command.params))
        for (int x = 0; x < 100; ++x)
          lut->table[size_t(128 + x)] = uint8_t(x + steps);
    const FidelityReceipt receipt = receiptOf(c.imported, c, program);
    const TensorFidelity *layer = find(receipt, "yq");
    ASSERT_TRUE(layer);
    EXPECT_NEAR(layer->maxDifference, steps, 1e-3);
    EXPECT_NEAR(receipt.maxSteps, steps, 1e-3);
    EXPECT_FALSE(layer->keepsPromise());
    EXPECT_EQ(layer->isWrong(), steps == 2);
  }
}

/// Two forms of one command's bytes, the second in the file only: what comes next is fed by it.
TEST(Receipt, FeedsEveryLayerTheFilesNumbers) {
  const Compilation c = compilationOf(chain("Abs"));
  bst::Program program = c.compiled->program;
  for (bst::Command &command : program.commands)
    if (auto *lut = std::get_if<bst::LutParams>(&command.params))
      std::fill(lut->table.begin(), lut->table.end(), uint8_t(99));
  const FidelityReceipt receipt = receiptOf(c.imported, c, program);
  EXPECT_TRUE(find(receipt, "yq")->isWrong());
  EXPECT_EQ(find(receipt, "y")->equal, 128u); // The layer behind it is right.
  EXPECT_TRUE(receipt.outputs[0].isWrong());
}

TEST(Receipt, NumbersThatAreNoneAreInfinitelyFar) {
  QdqModel model;
  model.input("x0", {1, 2, 8, 8});
  model.node("Abs", {"x0"}, {"y"});
  model.output("y");
  const Compilation c = compilationOf(model);
  bst::Program program = c.compiled->program;
  std::get<bst::FloatUnaryParams>(program.commands[0].params).fn = bst::UnaryFn::Sqrt;
  const FidelityReceipt receipt = receiptOf(c.imported, c, program);
  EXPECT_EQ(receipt.maxRelative, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(receipt.tensors[0].isWrong());
  EXPECT_FALSE(receipt.tensors[0].keepsPromise());
  EXPECT_TRUE(receipt.outputs[0].isWrong());
}

TEST(Receipt, OneNumberThatIsNoneInBothIsNoDifference) {
  QdqModel model;
  model.input("x0", {1, 2, 8, 8});
  model.node("Log", {"x0"}, {"y"});
  model.output("y");
  const FidelityReceipt receipt = receiptOf(model);
  EXPECT_EQ(receipt.tensors[0].equal, 128u);
  EXPECT_FALSE(saysWrong(receipt));
}

/// Floats are equal to 1e-5 of their size, or of 1.
TEST(Receipt, FloatDifferencesAreRelative) {
  QdqModel model;
  model.input("x0", {1, 1, 1, 4});
  model.floats("k", {}, {1});
  model.node("Mul", {"x0", "k"}, {"y"});
  model.output("y");
  const Compilation c = compilationOf(model);
  const auto receiptFor = [&](float x, float factor) {
    bst::Program program = c.compiled->program;
    AlignedBytes weights = allocateAligned(program.weightsSize);
    std::memcpy(weights.get(), program.weights, program.weightsSize);
    std::memcpy(weights.get(), &factor, sizeof(factor));
    program.weights = weights.get();
    const TensorDataRef data =
        TensorData::make<float>({ElementType::F32, {1, 1, 1, 4}, std::nullopt}, {x, x, x, x});
    auto receipt = checkFidelity(c.imported, c.placed, bst::testing::openProgram(program), {data});
    EXPECT_TRUE(bool(receipt)) << llvm::toString(receipt.takeError());
    return receipt->tensors.at(0);
  };
  EXPECT_EQ(receiptFor(100, 1 + 8e-6f).equal, 4u);
  EXPECT_EQ(receiptFor(100, 1 + 16e-6f).equal, 0u);
  EXPECT_NEAR(receiptFor(100, 1.5f).maxDifference, 0.5, 1e-6);
  EXPECT_EQ(receiptFor(0.01f, 1 + 8e-4f).equal, 4u); // 8e-6 of 1.
  EXPECT_EQ(receiptFor(0.01f, 1 + 16e-4f).equal, 0u);
  EXPECT_EQ(receiptFor(100, 1.009f).far, 0u);
  EXPECT_EQ(receiptFor(100, 1.011f).far, 4u);
}

/// A quarter of all sums of four integers is 2 more than a multiple of 4.
TEST(Ties, AreCountedAndExplainWhatDiffers) {
  for (float scale : {0.0217f, 0.03125f}) {
    const FidelityReceipt receipt = receiptOf(average(scale));
    const TensorFidelity *pooled = find(receipt, "yq");
    ASSERT_TRUE(pooled);
    EXPECT_LT(pooled->equalShare(), 0.95);
    EXPECT_NEAR(pooled->maxDifference, 1, 1e-4);
    EXPECT_TRUE(pooled->onlyTiesDiffer());
    EXPECT_TRUE(pooled->keepsPromise());
    EXPECT_FALSE(pooled->isWrong());
    EXPECT_GT(pooled->halves, pooled->ties);
    EXPECT_GT(double(pooled->halves), 0.15 * double(pooled->elements));
    EXPECT_LT(double(pooled->halves), 0.35 * double(pooled->elements));
  }
}

/// Behind ties, a reader with a scale of its own: what it calls the bytes has no fault of its own.
TEST(Ties, CountOnce) {
  QdqModel model = average(0.03125f);
  model.floats("other", {}, {0.05f});
  model.bytes("zero", {}, {0});
  model.node("DequantizeLinear", {"yq", "other", "zero"}, {"twice"});
  model.output("twice");
  const FidelityReceipt receipt = receiptOf(model);
  EXPECT_GT(find(receipt, "yq")->ties, 0u);
  const auto alias =
      llvm::find_if(receipt.tensors, [](const TensorFidelity &t) { return t.isAlias; });
  ASSERT_NE(alias, receipt.tensors.end());
  EXPECT_EQ(alias->equal, alias->elements);
}

/// A pool that divides by a little less: values that are no ties are a step off.
TEST(Ties, DoNotExcuseWhatIsNone) {
  for (double factor : {1.004, 1.02}) { // Half a step at the most, and two.
    const Compilation c = compilationOf(average(0.03125f));
    bst::Program program = c.compiled->program;
    for (bst::Command &command : program.commands)
      if (auto *pool = std::get_if<bst::AveragePoolParams>(&command.params))
        pool->requant[0].multiplier = int32_t(pool->requant[0].multiplier * factor);
    const FidelityReceipt receipt = receiptOf(c.imported, c, program);
    EXPECT_FALSE(find(receipt, "yq")->keepsPromise()) << factor;
    EXPECT_FALSE(find(receipt, "yq")->onlyTiesDiffer()) << factor;
  }
}

/// A pool that divides by much less: ties, too, are several steps off.
TEST(Ties, AreOneStep) {
  const Compilation c = compilationOf(average(0.03125f));
  bst::Program program = c.compiled->program;
  for (bst::Command &command : program.commands)
    if (auto *pool = std::get_if<bst::AveragePoolParams>(&command.params))
      pool->requant[0].multiplier = int32_t(pool->requant[0].multiplier * 1.5);
  const FidelityReceipt receipt = receiptOf(c.imported, c, program);
  const TensorFidelity *pooled = find(receipt, "yq");
  EXPECT_LT(pooled->ties, pooled->halves / 4);
  EXPECT_TRUE(pooled->isWrong());
}

/// Tables and quantisers round half to even: no tie excuses them.
TEST(Ties, AreThoseOfRequantisation) {
  const Compilation c = compilationOf(readAs(0.5f, 0, "Abs"));
  for (const TensorFidelity &tensor : receiptOf(c.imported, c, c.compiled->program).tensors) {
    EXPECT_EQ(tensor.halves, 0u) << tensor.tensor;
    EXPECT_EQ(tensor.ties, 0u) << tensor.tensor;
  }
}

// End to end.

/// Two tensors that are alive together lie in one place: every layer is right by itself.
TEST(EndToEnd, SeesTensorsThatOverlapInTheArena) {
  QdqModel model;
  model.input("x0", {1, 4, 8, 8});
  model.node("Abs", {"x0"}, {"a"});
  model.node("Neg", {"x0"}, {"b"});
  model.node("Add", {"a", "b"}, {"y"});
  model.output("y");
  const Compilation c = compilationOf(model);
  bst::Program program = c.compiled->program;
  uint64_t first = 0;
  for (bst::Tensor &tensor : program.tensors) {
    first = tensor.name == "a" ? tensor.offset : first;
    tensor.offset = tensor.name == "b" ? first : tensor.offset;
  }
  program.arenaSize = 0;
  for (const bst::Tensor &tensor : program.tensors)
    program.arenaSize = std::max(program.arenaSize, tensor.offset + tensor.size);
  program.arenaLowerBound = program.arenaSize;
  program.tiles = {};
  const FidelityReceipt receipt = receiptOf(c.imported, c, program);
  for (const TensorFidelity &tensor : receipt.tensors)
    EXPECT_EQ(tensor.equal, tensor.elements) << tensor.tensor;
  EXPECT_TRUE(receipt.outputs[0].isWrong());
}

TEST(EndToEnd, EveryOutputHasAFigure) {
  ZooOptions options = smallZoo();
  options.task = ZooOptions::Task::Segment;
  const Compilation c = compiled(zooGraph(options));
  ASSERT_TRUE(c.fidelity);
  ASSERT_EQ(c.fidelity->outputs.size(), 2u);
  for (const OutputFidelity &output : c.fidelity->outputs) {
    EXPECT_GT(output.decibels, 15) << output.name;
    EXPECT_GT(output.greatest, 0) << output.name;
  }
}

/// Lists of detections change order over the least rounding: what suppression reads is compared.
TEST(EndToEnd, ComparesWhatSuppressionReads) {
  CompileOptions options;
  options.pictures.withNms = true;
  const Compilation c = compiled(zooGraph(smallZoo()), options);
  ASSERT_TRUE(c.fidelity);
  ASSERT_EQ(c.fidelity->outputs.size(), 1u);
  EXPECT_EQ(c.fidelity->outputs[0].elements, 252u * 85);
  EXPECT_FALSE(c.fidelity->outputs[0].isWrong());
}
