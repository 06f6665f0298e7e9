// 8-bit pictures in place of normalised floats: normalisation and QuantizeLinear become one table
// of 256 entries for each channel. What the package computes of pixels, against the two steps
// worked out here, and against the exported form that is given normalised floats.

#include "detectors/picture_input.h"
#include "tests/passes/byte_boundaries.h"

#include "llvm/Support/FormatVariadic.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

using namespace bstc;
using namespace bstc::test;
using testing::HasSubstr;

namespace {

constexpr int size = 16, pixelCount = size * size; ///< A pixel for every value of a channel.

/// Red, green, blue of each pixel: every channel has all 256 values, each in an order of its own.
Integers allPixels() {
  Integers values;
  for (int i = 0; i < pixelCount; ++i)
    for (int c = 0; c < 3; ++c)
      values.push_back((i * (2 * c + 1) + 17 * c) % 256);
  return values;
}

/// What the first layers of a network are, behind the QuantizeLinear of its picture.
enum class Rest { Nothing, Conv, Stem, ConvAndPool, Moved };

struct Network {
  float scale;
  int zero = 0;
  int type = s8Type;
  Rest rest = Rest::Conv;
};

void addConv(QdqBuilder &model, const std::string &x, int kernel) {
  std::vector<int32_t> weights(size_t(4 * 3 * kernel * kernel));
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = int32_t(i * 31 % 255) - 127;
  model.bytes("w", {4, 3, kernel, kernel}, weights);
  auto &conv = model.node("Conv", {x, model.dequantize("w", "wd", 0.01f)}, {"c"});
  if (kernel > 1) {
    set(conv, "strides", Dims{2, 2});
    set(conv, "pads", Dims{2, 2, 2, 2});
  }
  model.dequantize(model.quantize("c", "cq", 0.15f, 3), "y", 0.15f, 3);
}

QdqBuilder fileOf(const Network &network) {
  QdqBuilder model;
  const bool moved = network.rest == Rest::Moved;
  model.input("x", moved ? Dims{1, size, size, 3} : Dims{1, 3, size, size}).output("y");
  const std::string x = moved ? test::moved(model, "x", "t", toPlanes) : "x";
  const std::string real = network.rest == Rest::Nothing ? "y" : "r";
  model.dequantize(model.quantize(x, "q", network.scale, network.zero, network.type), real,
                   network.scale, network.zero, network.type);
  if (network.rest != Rest::Nothing)
    addConv(model, real, network.rest == Rest::Stem ? 6 : 1);
  if (network.rest == Rest::ConvAndPool) {
    model.output("pooled");
    set(model.node("MaxPool", {real}, {"m"}), "kernel_shape", Dims{2, 2});
    model.dequantize(model.quantize("m", "mq", network.scale, network.zero, network.type), "pooled",
                     network.scale, network.zero, network.type);
  }
  return model;
}

/// Hundredths, so that the text and the test mean the same numbers: (v - mean[c]) / std[c] of
/// channel c, in the network's order.
struct Normalisation {
  std::array<int, 3> mean = {0, 0, 0}, deviation = {100, 100, 100};
  bool reversed = false; ///< The network takes blue first.
  std::string text() const {
    const auto list = [](const std::array<int, 3> &values) {
      return llvm::formatv("{0:f2}:{1:f2}:{2:f2}", values[0] / 100.0, values[1] / 100.0,
                           values[2] / 100.0)
          .str();
    };
    return std::string(reversed ? "bgr" : "rgb") + ",exact,scale=1,mean=" + list(mean) +
           ",std=" + list(deviation);
  }
  /// The float that a host of the exported form hands over.
  float real(int channel, int value) const {
    const auto c = size_t(channel);
    return float((double(value) - mean[c] / 100.0) * (1 / (deviation[c] / 100.0)));
  }
};

/// QuantizeLinear as ONNX has it: a float division, half to even, saturated.
int quantised(float real, const Network &network) {
  const double exact = double(real / network.scale), below = std::floor(exact);
  double whole = exact - below < 0.5 ? below : below + 1;
  if (exact - below == 0.5 && std::fmod(whole, 2) != 0)
    whole = below;
  const int least = network.type == s8Type ? -128 : 0;
  return int(std::clamp(whole + network.zero, double(least), least + 255.0));
}

CompileOptions withPixels(const Normalisation &normalisation) {
  CompileOptions options;
  options.pictures.preprocess = {normalisation.text()};
  options.pictures.input = PictureOptions::Input::U8;
  return options;
}

/// Pixel value of element (c, position) of the network's input.
int pixelAt(const Integers &pixels, const Normalisation &normalisation, int c, int position) {
  return pixels[size_t(position * 3 + (normalisation.reversed ? 2 - c : c))];
}

/// The steps that the network takes for the picture, worked out one by one, as floats.
Bytes expectedPicture(const Network &network, const Normalisation &normalisation) {
  const Integers pixels = allPixels();
  std::vector<float> reals;
  for (int c = 0; c < 3; ++c)
    for (int position = 0; position < pixelCount; ++position) {
      const int value = pixelAt(pixels, normalisation, c, position);
      const int steps = quantised(normalisation.real(c, value), network);
      reals.push_back(float(steps - network.zero) * network.scale);
    }
  return bytesOf(reals);
}

/// The exported form's outputs for the picture, normalised here.
std::vector<Bytes> exportedOutputs(const Network &network, const Normalisation &normalisation) {
  const Integers pixels = allPixels();
  std::vector<float> x(pixels.size());
  for (int c = 0; c < 3; ++c)
    for (int position = 0; position < pixelCount; ++position)
      x[size_t(network.rest == Rest::Moved ? position * 3 + c : c * pixelCount + position)] =
          normalisation.real(c, pixelAt(pixels, normalisation, c, position));
  auto outputs = runCompiled(fileOf(network), x);
  EXPECT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  std::vector<Bytes> bytes;
  for (const std::vector<float> &output : *outputs)
    bytes.push_back(bytesOf(output));
  return bytes;
}

/// "edp picture, maca conv".
std::string commandsOf(const Compilation &compilation) {
  std::string text;
  for (const bst::Command &command : compilation.compiled->program.commands)
    text += std::string(text.empty() ? "" : ", ") + bst::engineName(command.engine) + " " +
            bst::opcodeName(command.params);
  return text;
}

const Normalisation plain, imagenet = {{12368, 11628, 10353}, {5840, 5712, 5738}, false},
                           caffe = {{10353, 11628, 12368}, {100, 100, 100}, true};

} // namespace

TEST(FusePictures, ATableIsTheTwoStepsForAllValues) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const auto between = [&](int least, int most) {
      return least + int(random() % unsigned(most - least + 1));
    };
    Network network = {.scale = float(std::exp2(between(-90, 30) / 10.0)), .rest = Rest::Nothing};
    network.type = between(0, 1) ? s8Type : u8Type;
    network.zero = between(0, 255) - (network.type == s8Type ? 128 : 0);
    Normalisation normalisation;
    normalisation.reversed = between(0, 1);
    for (size_t c = 0; c < 3; ++c) {
      normalisation.mean[c] = between(-1000, 20000);
      normalisation.deviation[c] = between(50, 12000);
    }
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + normalisation.text() + ", scale " +
                 std::to_string(network.scale) + ", zero " + std::to_string(network.zero));
    const Compilation compilation = compiledFile(fileOf(network), withPixels(normalisation));
    EXPECT_EQ(commandsOf(compilation), "edp picture, dsp dequantize");
    EXPECT_EQ(outputsOf(compilation, {allPixels()}).front(),
              expectedPicture(network, normalisation));
  }
}

/// v / (2 / k): half of the values lie on a tie or, as 2 / k is rounded, beside one.
TEST(FusePictures, ATableIsTheTwoStepsNextToTies) {
  for (int k = 3; k < 60; k += 2) {
    const Network network = {.scale = 2.0f / float(k), .rest = Rest::Nothing};
    const Compilation compilation =
        compiledFile(fileOf(network), withPixels({.mean = {0, 6400, 12800}}));
    EXPECT_EQ(outputsOf(compilation, {allPixels()}).front(),
              expectedPicture(network, {.mean = {0, 6400, 12800}}))
        << "k = " << k;
  }
}

/// v / 2 in steps of 1: 0, 0.5, 1, 1.5, ..., and the same below zero.
TEST(FusePictures, TiesGoToTheEvenStep) {
  const auto stepsOf = [](int mean) {
    Graph graph = imported(fileOf({.scale = 1, .rest = Rest::Nothing}));
    PictureOptions options;
    options.input = PictureOptions::Input::U8;
    options.preprocess = {"scale=1/2,mean=" + std::to_string(mean)};
    EXPECT_TRUE(bool(takePictures(graph, nullptr, options)));
    runPass(settleQuantisation, graph);
    runPass(fusePictures, graph);
    EXPECT_EQ(ops(graph), "picture dequantize");
    const auto &tables = graph.nodes()[0]->as<PictureAttrs>().tables;
    Integers steps;
    for (size_t i = 0; i <= 8; ++i)
      steps.push_back(int8_t(tables[i]));
    return steps;
  };
  EXPECT_EQ(stepsOf(0), (Integers{0, 0, 1, 2, 2, 2, 3, 4, 4}));
  EXPECT_EQ(stepsOf(4), (Integers{-4, -4, -3, -2, -2, -2, -1, 0, 0}));
}

/// What is left of a picture's way into the network, and that it computes what the exported form
/// does.
TEST(FusePictures, WhatIsLeftOfEachForm) {
  const std::string conv = "maca conv, dsp dequantize", table = "edp picture, ",
                    pooled = "maca conv, edp max_pool, dsp dequantize, dsp dequantize";
  const struct {
    const char *name;
    Network network;
    Normalisation normalisation;
    std::string commands;
  } forms[] = {
      {"the pixels themselves", {.scale = 1, .type = u8Type}, plain, conv},
      {"the pixels but for the first bit", {.scale = 1, .zero = -128}, plain, conv},
      {"not the first bit alone", {.scale = 1, .zero = -127}, plain, table + conv},
      {"blue first", {.scale = 1, .type = u8Type}, {.reversed = true}, table + conv},
      {"torchvision's", {.scale = 0.0183f, .zero = -12}, imagenet, table + conv},
      {"Caffe's", {.scale = 1, .zero = -4}, caffe, table + conv},
      {"in blocks", {.scale = 1, .type = u8Type, .rest = Rest::Stem}, plain, table + conv},
      {"channels last", {.scale = 1, .type = u8Type, .rest = Rest::Moved}, plain, conv},
      {"channels last, blue first",
       {.scale = 0.9f, .rest = Rest::Moved},
       {.reversed = true},
       table + conv},
      {"the pixels, which two read",
       {.scale = 1, .type = u8Type, .rest = Rest::ConvAndPool},
       plain,
       pooled},
      {"the first bit matters to one reader",
       {.scale = 1, .zero = -128, .rest = Rest::ConvAndPool},
       plain,
       table + pooled},
      {"the first bit matters to the host",
       {.scale = 1, .zero = -128, .rest = Rest::Nothing},
       plain,
       table + "dsp dequantize"},
  };
  for (const auto &form : forms) {
    SCOPED_TRACE(form.name);
    const Compilation compilation =
        compiledFile(fileOf(form.network), withPixels(form.normalisation));
    EXPECT_EQ(commandsOf(compilation), form.commands);
    EXPECT_EQ(textOf(outputsOf(compilation, {allPixels()})),
              textOf(exportedOutputs(form.network, form.normalisation)));
  }
}

namespace {

/// The codes of the notices that a compilation with 8-bit pictures gives, and where it runs.
std::string withoutTable(const OnnxBuilder &model, const CompileOptions &options) {
  const Compilation compilation = compiledFile(model, options);
  std::string text = commandsOf(compilation);
  for (const Notice &notice : compilation.notices)
    text += notice.code == Code::PictureInFloat ? "; " + notice.text : "";
  return text;
}

} // namespace

TEST(FusePictures, WhatNoQuantiserReadsFirstStaysFloat) {
  const auto build = [](auto between) {
    QdqBuilder model;
    model.input("x", {1, 3, size, size}).output("y");
    between(model);
    return model;
  };
  const std::string why = "; input 'x': its pixels become floats on DSP, as no quantiser reads "
                          "them first or the device has no EDP";
  const auto doubled = build([](QdqBuilder &m) {
    m.floats("two", {}, {2});
    m.node("Mul", {"x", "two"}, {"d"});
    m.dequantize(m.quantize("d", "q", 4), "y", 4);
  });
  EXPECT_EQ(withoutTable(doubled, withPixels(imagenet)),
            "dsp float_picture, dsp float_binary, dsp quantize, dsp dequantize" + why);
  const auto turned = build([](QdqBuilder &m) {
    m.dequantize(m.quantize(moved(m, "x", "t", {0, 1, 3, 2}), "q", 4), "y", 4);
  });
  EXPECT_EQ(withoutTable(turned, withPixels(imagenet)),
            "dsp float_picture, dsp transpose, dsp quantize, dsp dequantize" + why);
  // Where nothing is quantised there is nothing to mend.
  const auto floats = build([](QdqBuilder &m) { m.node("Relu", {"x"}, {"y"}); });
  EXPECT_EQ(withoutTable(floats, withPixels(imagenet)), "dsp float_picture, dsp float_unary");
  CompileOptions withoutEdp = withPixels(imagenet);
  withoutEdp.targetSettings = {"edp.present=0"};
  EXPECT_EQ(withoutTable(fileOf({.scale = 1}), withoutEdp),
            "dsp float_picture, dsp quantize, maca conv, dsp dequantize" + why);
}

TEST(FusePictures, EveryQuantiserHasATableOfItsOwn) {
  QdqBuilder model;
  model.input("x", {1, 3, size, size}).output("y").output("z");
  model.dequantize(model.quantize("x", "q", 2, 5), "y", 2, 5);
  model.dequantize(model.quantize("x", "p", 0.75f, -5), "z", 0.75f, -5);
  const Compilation compilation = compiledFile(model, withPixels(imagenet));
  EXPECT_EQ(commandsOf(compilation), "edp picture, edp picture, dsp dequantize, dsp dequantize");
  const std::vector<Bytes> outputs = outputsOf(compilation, {allPixels()});
  EXPECT_EQ(outputs[0], expectedPicture({.scale = 2, .zero = 5}, imagenet));
  EXPECT_EQ(outputs[1], expectedPicture({.scale = 0.75f, .zero = -5}, imagenet));
}

/// 6x6 windows at stride 2 are 3x3 windows on blocks of 2 x 2 pixels, which EDP writes.
TEST(FusePictures, PicturesInBlocksHaveTwelveChannels) {
  const Compilation compilation =
      compiledFile(fileOf({.scale = 1, .type = u8Type, .rest = Rest::Stem}), withPixels(plain));
  const bst::Program &program = compilation.compiled->program;
  const bst::Command &picture = program.commands.front();
  EXPECT_EQ(std::get<bst::PictureParams>(picture.params).block, 2);
  EXPECT_THAT(program.tensors[picture.outputs[0]].shape, testing::ElementsAre(1, 12, 8, 8));
  EXPECT_THAT(program.tensors[program.commands[1].inputs[1]].shape,
              testing::ElementsAre(4, 12, 3, 3));
}
