#include "frontend/evaluate.h"
#include "frontend/passes/passes.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

namespace {

/// An image of 8 rows and 12 columns, quantised, and a convolution of 2 output channels on int8.
struct Stem {
  int64_t channels = 3, kernel = 6, stride = 2, pad = 2, groups = 1, dilation = 1;
  bool readTwice = false;
  int64_t rows = 8, strideColumns = 0, padEnd = -1; ///< As stride and pad where 0 and -1.
  bool floatResult = false;
};

constexpr float scale = 0.5f;
constexpr int32_t zero = -7;

Graph build(const Stem &stem) {
  GraphBuilder b;
  Value *image = b.quantize("x", b.input("x", {1, stem.channels, stem.rows, 12}), scale, zero);
  const int64_t inputs = stem.channels / stem.groups;
  TensorType type = s8({2, inputs, stem.kernel, stem.kernel}, 0.25f);
  std::vector<int8_t> weights(size_t(type.count()));
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = int8_t(i * 37 % 251 - 125);
  Value *w = b.graph.addConstant("w", TensorData::make<int8_t>(type, weights), type.quant);
  const int64_t span = (stem.kernel - 1) * stem.dilation + 1;
  const int64_t strideColumns = stem.strideColumns ? stem.strideColumns : stem.stride;
  const int64_t padEnd = stem.padEnd < 0 ? stem.pad : stem.padEnd;
  const int64_t rows = (stem.rows + stem.pad + padEnd - span) / stem.stride + 1;
  const int64_t columns = (12 + stem.pad + padEnd - span) / strideColumns + 1;
  WindowAttrs window = {{stem.kernel, stem.kernel},
                        {stem.stride, strideColumns},
                        {stem.pad, stem.pad},
                        {padEnd, padEnd},
                        {stem.dilation, stem.dilation}};
  b.graph.addOutput(
      b.node(OpKind::Conv, "c", {image, w}, ConvAttrs{window, stem.groups, {}},
             stem.floatResult ? f32({1, 2, rows, columns}) : s8({1, 2, rows, columns}, 1)));
  if (stem.readTwice)
    b.graph.addOutput(b.dequantize("again", image));
  return std::move(b.graph);
}

Graph rewritten(const Stem &stem) {
  Graph graph = build(stem);
  EXPECT_FALSE(bool(spaceToDepth(graph)));
  EXPECT_FALSE(bool(verify(graph)));
  return graph;
}

/// The image that the graph's convolution reads, by the reference of Quantize.
TensorDataRef imageOf(const Graph &graph, const TensorDataRef &x) {
  TensorDataRef image;
  const Value *read = nodeNamed(graph, "c")->input(0);
  auto observer = [&](const Value &value, const TensorDataRef &data) {
    if (value.name == read->name)
      image = data;
  };
  // The evaluator has no int8 convolution: it stops there, after the image was made.
  llvm::consumeError(evaluate(graph, {x}, observer).takeError());
  return image;
}

/// Sums of products of a convolution without groups and dilation; padding adds nothing.
std::vector<int64_t> sums(const Node &conv, const TensorData &image) {
  const auto &window = conv.as<ConvAttrs>().window;
  const TensorData &w = *conv.input(1)->data;
  const Shape &in = image.type.shape, &k = w.type.shape, &out = conv.output()->type.shape;
  std::vector<int64_t> result;
  for (int64_t o = 0; o < out[1]; ++o)
    for (int64_t i = 0; i < out[2]; ++i)
      for (int64_t j = 0; j < out[3]; ++j) {
        int64_t sum = 0;
        for (int64_t c = 0; c < k[1]; ++c)
          for (int64_t di = 0; di < k[2]; ++di)
            for (int64_t dj = 0; dj < k[3]; ++dj) {
              const int64_t row = i * window.stride[0] - window.padBegin[0] + di;
              const int64_t column = j * window.stride[1] - window.padBegin[1] + dj;
              if (row < 0 || row >= in[2] || column < 0 || column >= in[3])
                continue;
              sum += int64_t(image.at((c * in[2] + row) * in[3] + column) - zero) *
                     int64_t(w.at(((o * k[1] + c) * k[2] + di) * k[3] + dj));
            }
        result.push_back(sum);
      }
  return result;
}

TensorDataRef someImage(int64_t channels) {
  std::vector<float> values(size_t(channels * 8 * 12));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = float(int(i * 29 % 113) - 56) * scale;
  return TensorData::make<float>(f32({1, channels, 8, 12}), values);
}

} // namespace

TEST(SpaceToDepth, AStridedWindowOnTheImageBecomesOneOnItsBlocks) {
  const Graph before = build({}), after = rewritten({});
  const Node *conv = nodeNamed(after, "c");
  EXPECT_EQ(conv->input(0)->type, s8({1, 12, 4, 6}, scale, zero));
  EXPECT_EQ(conv->input(0)->name, "x.q.out");
  EXPECT_EQ(conv->input(1)->type.shape, (Shape{2, 12, 3, 3}));
  EXPECT_EQ(conv->as<ConvAttrs>().window.stride[0], 1);
  EXPECT_EQ(conv->output()->type.shape, nodeNamed(before, "c")->output()->type.shape);
  const TensorDataRef x = someImage(3);
  const TensorDataRef image = imageOf(before, x), blocks = imageOf(after, x);
  ASSERT_TRUE(image && blocks);
  const std::vector<int64_t> expected = sums(*nodeNamed(before, "c"), *image);
  ASSERT_EQ(expected.size(), 2u * 4 * 6);
  EXPECT_EQ(sums(*conv, *blocks), expected);
}

TEST(SpaceToDepth, ABlockMayFillTheArray) {
  const Graph after = rewritten({.channels = 4, .kernel = 2, .pad = 0});
  EXPECT_EQ(nodeNamed(after, "c")->input(0)->type.shape, (Shape{1, 16, 4, 6}));
  const Graph wide = rewritten({.channels = 1, .kernel = 4, .stride = 4, .pad = 0});
  EXPECT_EQ(nodeNamed(wide, "c")->input(0)->type.shape, (Shape{1, 16, 2, 3}));
}

TEST(SpaceToDepth, WeightsKeepTheirQuantisation) {
  const Graph after = rewritten({});
  EXPECT_EQ(nodeNamed(after, "c")->input(1)->type.quant, (Quantisation{{0.25f}, {0}, -1}));
}

TEST(SpaceToDepth, OtherConvolutionsStay) {
  const Stem others[] = {
      {.kernel = 3, .pad = 1},                // Products with zero would be added.
      {.kernel = 6, .pad = 1},                // Blocks would start between two positions.
      {.kernel = 6, .stride = 1},             // Nothing to gain.
      {.channels = 8, .kernel = 2, .pad = 0}, // Channels enough.
      {.channels = 2, .groups = 2},
      {.kernel = 2, .dilation = 2},
      {.readTwice = true},
      {.channels = 5, .kernel = 2, .pad = 0}, // A block has more than the array takes at a time.
      {.strideColumns = 4},
      {.padEnd = 1},
      {.kernel = 5, .pad = 2},
      {.rows = 9},
      {.floatResult = true},
  };
  for (const Stem &stem : others)
    EXPECT_EQ(toString(rewritten(stem)), toString(build(stem))) << stem.kernel << " " << stem.pad;
}
