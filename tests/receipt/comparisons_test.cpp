// The receipt's own arithmetic: real numbers of tensors and of the file, decibels, samples.
#include "driver/end_to_end.h"
#include "driver/fidelity.h"
#include "driver/sample_input.h"
#include "driver/tensor_meaning.h"
#include "tests/lowering/lowered.h"

#include <cmath>
#include <limits>

using namespace bstc;
using namespace bstc::test;

static constexpr double infinity = std::numeric_limits<double>::infinity();

static bst::Tensor map(std::vector<int32_t> shape, bst::DType dtype, float scale, int32_t zero) {
  bst::Tensor tensor;
  tensor.shape = std::move(shape);
  tensor.dtype = dtype;
  tensor.scale = scale;
  tensor.zeroPoint = zero;
  tensor.layout = bst::Layout::Nhwc;
  return tensor;
}

static std::vector<float> realsOf(const TensorMeaning &meaning, const std::vector<std::byte> &bytes,
                                  size_t count) {
  std::vector<float> reals(count);
  meaning.forEach(
      [&](uint64_t index, uint64_t place) { reals[index] = meaning.at(bytes.data(), place); });
  return reals;
}

TEST(TensorMeanings, MapsLieWithTheirChannelsTogether) {
  const bst::Tensor tensor = map({2, 2, 1, 3}, bst::DType::S8, 0.5f, 1);
  std::vector<std::byte> bytes; // n, column, channel
  for (int value : {1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6})
    bytes.push_back(std::byte(uint8_t(value)));
  EXPECT_THAT(realsOf(TensorMeaning(tensor), bytes, 12),
              testing::ElementsAre(0, 0.5, 1, -1, -1.5, -2, 1.5, 2, 2.5, -2.5, -3, -3.5));
}

TEST(TensorMeanings, UnsignedIntegersAndFloats) {
  const bst::Tensor bytesTensor = map({1, 1, 1, 2}, bst::DType::U8, 2, 10);
  EXPECT_THAT(realsOf(TensorMeaning(bytesTensor), {std::byte(0), std::byte(255)}, 2),
              testing::ElementsAre(-20, 490));
  bst::Tensor floats;
  floats.shape = {2};
  std::vector<std::byte> bytes(8);
  const TensorMeaning meaning(floats);
  EXPECT_FALSE(meaning.isQuantised());
  meaning.set(bytes.data(), 0, 1.25f);
  meaning.set(bytes.data(), 1, -3);
  EXPECT_THAT(realsOf(meaning, bytes, 2), testing::ElementsAre(1.25f, -3));
}

/// [1, 1, 2, 4] in blocks of 2: [1, 4, 1, 2], channel = row in block * 2 + column in block.
TEST(TensorMeanings, BlocksOfPositionsAreChannels) {
  const bst::Tensor tensor = map({1, 4, 1, 2}, bst::DType::S8, 1, 0);
  std::vector<std::byte> bytes;
  for (int value : {0, 1, 4, 5, 2, 3, 6, 7}) // Block 0: rows 0 and 1 of columns 0 and 1.
    bytes.push_back(std::byte(uint8_t(value)));
  EXPECT_THAT(realsOf(TensorMeaning(tensor, MapForm{2, {}}), bytes, 8),
              testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  // Two channels: those of a position lie together.
  const bst::Tensor two = map({1, 8, 1, 1}, bst::DType::S8, 1, 0);
  EXPECT_THAT(realsOf(TensorMeaning(two, MapForm{2, {}}), bytes, 8),
              testing::ElementsAre(0, 4, 2, 6, 1, 5, 3, 7));
}

/// Two pixels of three channels, of which the file's first one lies last.
TEST(TensorMeanings, ChannelsMayLieInAnotherOrder) {
  const bst::Tensor tensor = map({1, 3, 1, 2}, bst::DType::S8, 1, 0);
  std::vector<std::byte> bytes;
  for (int value : {2, 4, 0, 3, 5, 1})
    bytes.push_back(std::byte(uint8_t(value)));
  EXPECT_THAT(realsOf(TensorMeaning(tensor, MapForm{1, {2, 0, 1}}), bytes, 6),
              testing::ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(TensorMeanings, SetRoundsHalfToEvenAndSaturates) {
  const bst::Tensor tensor = map({1, 1, 1, 1}, bst::DType::S8, 0.5f, -3);
  const TensorMeaning meaning(tensor);
  std::byte byte{};
  const auto stored = [&](float real) {
    meaning.set(&byte, 0, real);
    return int(int8_t(byte));
  };
  EXPECT_EQ(stored(0), -3);
  EXPECT_EQ(stored(0.25f), -3); // Half a step.
  EXPECT_EQ(stored(0.75f), -1);
  EXPECT_EQ(stored(1000), 127);
  EXPECT_EQ(stored(-1000), -128);
  const bst::Tensor bytes = map({1, 1, 1, 1}, bst::DType::U8, 1, 7);
  TensorMeaning(bytes).set(&byte, 0, 1000);
  EXPECT_EQ(uint8_t(byte), 255);
  TensorMeaning(bytes).set(&byte, 0, -8);
  EXPECT_EQ(uint8_t(byte), 0);
}

TEST(Outputs, Decibels) {
  // Signal 9 + 16 = 25, noise 0.01 + 0.24 = 0.25: 20 dB.
  const OutputFidelity output = compareOutput("y", {3.1f, float(4 - std::sqrt(0.24))}, {3, 4});
  EXPECT_NEAR(output.decibels, 20, 1e-4);
  EXPECT_NEAR(output.maxDifference, std::sqrt(0.24), 1e-6);
  EXPECT_EQ(output.greatest, 4);
  EXPECT_EQ(output.elements, 2u);
  EXPECT_EQ(output.name, "y");
  EXPECT_FALSE(output.isWrong());
}

TEST(Outputs, TheBoundIsTenDecibels) {
  // Noise over signal of a tenth: 10 dB.
  EXPECT_TRUE(compareOutput("y", {10 - 3.17f}, {10}).isWrong()); // 9.98 dB
  EXPECT_FALSE(compareOutput("y", {10 - 3.16f}, {10}).isWrong());
  EXPECT_TRUE(compareOutput("y", {5}, {10}).isWrong()); // Half the scale: 6 dB.
  EXPECT_TRUE(compareOutput("y", {20}, {10}).isWrong());
  EXPECT_TRUE(compareOutput("y", {-10}, {10}).isWrong());
  EXPECT_FALSE(compareOutput("y", {-10, 5}, {-10, 5}).isWrong());
}

TEST(Outputs, WhatIsNoNumber) {
  const float nan = std::nanf(""), inf = float(infinity);
  const OutputFidelity same = compareOutput("y", {nan, inf, -inf, 1}, {nan, inf, -inf, 1});
  EXPECT_EQ(same.decibels, infinity);
  EXPECT_EQ(same.maxDifference, 0);
  EXPECT_EQ(same.greatest, 1);
  EXPECT_FALSE(same.isWrong());
  for (auto [a, b] : {std::pair(nan, 1.0f), {1.0f, nan}, {inf, 1.0f}, {1.0f, -inf}, {inf, -inf}}) {
    const OutputFidelity output = compareOutput("y", {5, a}, {5, b});
    EXPECT_EQ(output.maxDifference, infinity) << a << ' ' << b;
    EXPECT_EQ(output.decibels, -infinity) << a << ' ' << b;
    EXPECT_TRUE(output.isWrong()) << a << ' ' << b;
  }
}

/// One step where the file has nothing but zeros is no fault, what is no number is one.
TEST(Outputs, ZerosHaveNoSignal) {
  EXPECT_TRUE(compareOutput("y", {0, std::nanf("")}, {0, 0}).isWrong());
  const OutputFidelity output = compareOutput("y", {0, 0.1f}, {0, 0});
  EXPECT_FALSE(output.isWrong());
  EXPECT_FLOAT_EQ(float(output.maxDifference), 0.1f);
}

TEST(TensorFidelities, Promise) {
  TensorFidelity tensor;
  tensor.quantised = true;
  tensor.elements = 10000;
  tensor.equal = 9990;
  tensor.maxDifference = 1;
  EXPECT_TRUE(tensor.keepsPromise());
  tensor.equal = 9989;
  EXPECT_FALSE(tensor.keepsPromise());
  tensor.ties = 1;
  EXPECT_TRUE(tensor.keepsPromise());
  EXPECT_FALSE(tensor.onlyTiesDiffer());
  tensor.ties = 11;
  EXPECT_TRUE(tensor.onlyTiesDiffer());
  tensor.maxDifference = 2;
  EXPECT_FALSE(tensor.keepsPromise());
  tensor.quantised = false; // Floats may be farther off, a few of them.
  EXPECT_TRUE(tensor.keepsPromise());
  tensor.far = 10;
  EXPECT_FALSE(tensor.isWrong());
  tensor.far = 11;
  EXPECT_TRUE(tensor.isWrong());
}

TEST(TensorFidelities, WorstHasTheLeastShareThenTheLargestDifference) {
  FidelityReceipt receipt;
  EXPECT_EQ(receipt.worst(), nullptr);
  const auto add = [&](const char *name, uint64_t equal, double difference) {
    TensorFidelity tensor;
    tensor.tensor = name;
    tensor.elements = 10;
    tensor.equal = equal;
    tensor.maxDifference = difference;
    receipt.tensors.push_back(tensor);
  };
  add("a", 9, 1);
  add("b", 8, 1);
  add("c", 8, 2);
  add("d", 10, 0);
  EXPECT_EQ(receipt.worst()->tensor, "c");
}

// Samples.

static std::pair<float, float> spanOf(const TensorData &data) {
  const auto values = data.values<float>();
  return {*std::min_element(values.begin(), values.end()),
          *std::max_element(values.begin(), values.end())};
}

static TensorType image(int64_t size) {
  return {ElementType::F32, {1, 3, size, size}, std::nullopt};
}

TEST(Samples, SpanTheirRange) {
  const auto [low, high] = spanOf(*sampleInput(image(128), {-5, 3}));
  EXPECT_GE(low, -5);
  EXPECT_LT(low, -4.9f);
  EXPECT_GT(high, 2.9f);
  EXPECT_LE(high, 3);
  EXPECT_GE(spanOf(*sampleInput(image(128))).first, 0);
  EXPECT_LE(spanOf(*sampleInput(image(128))).second, 1);
  // Small inputs, too.
  const auto [least, most] = spanOf(*sampleInput(image(8), {-128, 127}));
  EXPECT_LT(least, -100);
  EXPECT_GT(most, 100);
  const TensorType row{ElementType::F32, {1, 64}, std::nullopt};
  EXPECT_LT(spanOf(*sampleInput(row, {-128, 127})).first, -100);
  EXPECT_GT(spanOf(*sampleInput(row, {-128, 127})).second, 100);
}

static SampleRange rangeOf(const QdqModel &model) {
  Graph graph = llvm::cantFail(model.import());
  return inputRange(*graph.inputs()[0]);
}

TEST(Samples, AreAllCodesOfTheInputsQuantiser) {
  QdqModel model;
  model.quantisedInput("x", {1, 2, 4, 4}, {bst::DType::S8, 0.5f, 28});
  model.output("x");
  EXPECT_EQ(rangeOf(model).low, -78); // (-128 - 28) / 2
  EXPECT_EQ(rangeOf(model).high, 49.5f);
  QdqModel bytes;
  bytes.quantisedInput("x", {1, 2, 4, 4}, {bst::DType::U8, 0.25f, 0});
  bytes.output("x");
  EXPECT_EQ(rangeOf(bytes).low, 0);
  EXPECT_EQ(rangeOf(bytes).high, 63.75f);
}

TEST(Samples, SeeTheQuantiserBehindSlices) {
  QdqModel model;
  model.input("x", {1, 2, 4, 4});
  model.ints("first", {1}, {0});
  model.ints("last", {1}, {2});
  model.ints("axis", {1}, {2});
  model.node("Slice", {"x", "first", "last", "axis"}, {"a"});
  model.node("Slice", {"x", "last", "last2", "axis"}, {"b"});
  model.ints("last2", {1}, {4});
  set(model.node("Concat", {"a", "b"}, {"c"}), "axis", int64_t(1));
  model.quantisedOutput("c", {bst::DType::S8, 0.5f, 0});
  EXPECT_EQ(rangeOf(model).low, -64);
}

TEST(Samples, OfWhatNothingQuantisesGoBeyondThree) {
  QdqModel model;
  model.input("x", {1, 2, 4, 4});
  model.node("Relu", {"x"}, {"r"});
  model.quantisedOutput("r", {bst::DType::S8, 0.5f, 0});
  EXPECT_LT(rangeOf(model).low, -3);
  EXPECT_GT(rangeOf(model).high, 3);
}

// The file's own reading.

static FileReading readFile(const Graph &graph, std::vector<TensorDataRef> inputs) {
  FileReading file(graph);
  llvm::cantFail(file.evaluate(inputs, [](const Value &) { return true; }));
  return file;
}

static TensorDataRef ramp(const Value &input, float step) {
  std::vector<float> values;
  for (int64_t i = 0; i < input.type.count(); ++i)
    values.push_back(float(i) * step);
  return TensorData::make<float>(input.type, values);
}

/// One QuantizeLinear, and two DequantizeLinear nodes that read it in their own ways.
TEST(FileReadings, IntegersMeanWhatTheirReadersSay) {
  QdqModel model;
  model.quantisedInput("x", {1, 1, 1, 4}, {bst::DType::S8, 0.5f, 1});
  model.floats("s2", {}, {2});
  model.bytes("z2", {}, {-1});
  model.node("DequantizeLinear", {"xq", "s2", "z2"}, {"other"});
  model.output("x").output("other");
  Graph graph = llvm::cantFail(model.import());
  const FileReading file = readFile(graph, {ramp(*graph.inputs()[0], 0.5f)});
  const FileValue *integers = file.find("xq");
  ASSERT_TRUE(integers);
  EXPECT_THAT(integers->readings, testing::UnorderedElementsAre(Reading{0.5f, 1}, Reading{2, -1}));
  EXPECT_THAT(integers->reals({0.5f, 1}), testing::ElementsAre(0, 0.5, 1, 1.5));
  EXPECT_THAT(integers->reals({2, -1}), testing::ElementsAre(4, 6, 8, 10)); // (1 + 1) * 2, ...
  EXPECT_THAT(file.find("other")->reals({}), testing::ElementsAre(4, 6, 8, 10));
  EXPECT_EQ(file.find("nothing"), nullptr);
}

/// The QuantizeLinear's own reading is the last resort: the DequantizeLinear's comes first. What a
/// step of moved integers stands for is the program's choice.
TEST(FileReadings, OfReadersBeforeThatOfTheQuantiser) {
  QdqModel model;
  model.input("x", {1, 1, 1, 4});
  model.floats("s", {}, {0.5f});
  model.floats("s2", {}, {2});
  model.bytes("z", {}, {0});
  model.node("QuantizeLinear", {"x", "s", "z"}, {"q"});
  model.node("DequantizeLinear", {"q", "s2", "z"}, {"read"});
  model.ints("shape", {2}, {2, 2});
  model.node("Reshape", {"q", "shape"}, {"r"});
  model.node("DequantizeLinear", {"r", "s2", "z"}, {"y"});
  model.output("read");
  model.output("y");
  Graph graph = llvm::cantFail(model.import());
  const FileReading file = readFile(graph, {ramp(*graph.inputs()[0], 0.5f)});
  EXPECT_THAT(file.find("q")->readings, testing::ElementsAre(Reading{2, 0}, Reading{0.5f, 0}));
  EXPECT_THAT(file.find("r")->readings, testing::IsEmpty());
}

/// 0, 0.25, 0.5, ... in steps of 0.5: every second is half-way, but for what saturates.
TEST(FileReadings, HalvesAreBetweenSteps) {
  QdqModel model;
  model.quantisedInput("x", {1, 1, 1, 600}, {bst::DType::S8, 0.5f, 100});
  model.output("x");
  Graph graph = llvm::cantFail(model.import());
  const FileReading file = readFile(graph, {ramp(*graph.inputs()[0], 0.25f)});
  const FileValue *integers = file.find("xq");
  // 27 steps to 127: 0.5, 1.5, ..., 26.5.
  EXPECT_EQ(integers->halves, 27u);
  ASSERT_EQ(integers->halfway.size(), 600u);
  for (size_t i = 0; i < 600; ++i)
    EXPECT_EQ(integers->halfway[i], i % 2 == 1 && i < 54) << i;
  EXPECT_EQ(file.find("x")->halves, 0u);
}

TEST(FileReadings, NoHalvesWhereNoneIs) {
  QdqModel model;
  model.quantisedInput("x", {1, 1, 1, 8}, {bst::DType::S8, 0.5f, 0});
  model.output("x");
  Graph graph = llvm::cantFail(model.import());
  // 0.2501 / 0.5 is 0.5002: near, but not half-way.
  const FileReading file = readFile(graph, {ramp(*graph.inputs()[0], 0.2501f)});
  EXPECT_EQ(file.find("xq")->halves, 0u);
  EXPECT_TRUE(file.find("xq")->halfway.empty());
}
