// The host's decode against the DSP's, which has its own reference.

#include "detectors/yolov5/decode_heads.h"
#include "tests/support/sessions.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <random>

using namespace bstc;

namespace {

constexpr int32_t anchors = 3, classes = 4, masks = 2, width = 5 + classes + masks;

/// A program whose outputs are heads of strides 8 and 16 for a picture of 32 x 48, and their bytes.
struct Heads {
  bst::Program program;
  std::vector<std::vector<float>> values; ///< Row-major maps: what the bytes stand for.
  std::vector<std::vector<std::byte>> bytes;

  std::vector<std::span<const std::byte>> spans() const { return {bytes.begin(), bytes.end()}; }
};

enum class Form { Map, Cells, QuantisedMap, QuantisedNhwc };

/// Element (channel, cell) of a head in its memory.
size_t place(Form form, size_t channel, size_t cell, size_t cells) {
  if (form == Form::QuantisedNhwc)
    return cell * size_t(anchors * width) + channel;
  if (form == Form::Cells)
    return (channel / width * cells + cell) * width + channel % width;
  return channel * cells + cell;
}

Heads makeHeads(std::vector<Form> forms) {
  Heads heads;
  std::mt19937 random(5);
  heads.program.decode = {.kind = "yolov5-segment",
                          .classes = classes,
                          .masks = masks,
                          .strides = {8, 16},
                          .anchors = {10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119},
                          .classNames = {},
                          .stage = bst::DetectionStage::Heads,
                          .outputs = {0, 1}};
  for (size_t level = 0; level < 2; ++level) {
    const Form form = forms[level];
    const bool quantised = form == Form::QuantisedMap || form == Form::QuantisedNhwc;
    const int32_t rows = level ? 2 : 4, columns = level ? 3 : 6;
    bst::Tensor tensor;
    tensor.shape = form == Form::Cells ? std::vector<int32_t>{1, anchors, rows, columns, width}
                                       : std::vector<int32_t>{1, anchors * width, rows, columns};
    tensor.dtype = quantised ? bst::DType::S8 : bst::DType::F32;
    tensor.layout = form == Form::QuantisedNhwc ? bst::Layout::Nhwc : bst::Layout::RowMajor;
    if (quantised)
      tensor.scale = 0.07f, tensor.zeroPoint = 3;
    tensor.size = bst::storedSize(tensor);
    const auto cells = size_t(rows * columns), channels = size_t(anchors * width);
    std::vector<float> map(channels * cells);
    std::vector<std::byte> bytes(tensor.size);
    for (size_t channel = 0; channel < channels; ++channel)
      for (size_t cell = 0; cell < cells; ++cell) {
        const auto stored = int32_t(random() % 256) - 128;
        const float value = float(stored - 3) * 0.07f;
        map[channel * cells + cell] = value;
        const size_t at = place(form, channel, cell, cells);
        if (quantised)
          bytes[at] = std::byte(stored & 0xff);
        else
          std::memcpy(&bytes[at * 4], &value, 4);
      }
    heads.program.tensors.push_back(tensor);
    heads.program.outputs.push_back(uint32_t(level));
    heads.values.push_back(std::move(map));
    heads.bytes.push_back(std::move(bytes));
  }
  return heads;
}

/// What the DSP command makes of float maps.
std::vector<float> decodedByDsp(const Heads &heads) {
  bst::Program program;
  bst::Command command;
  uint64_t offset = 0;
  const auto add = [&](std::vector<int32_t> shape) {
    bst::Tensor tensor;
    tensor.name = std::to_string(program.tensors.size());
    tensor.shape = std::move(shape);
    tensor.size = bst::storedSize(tensor);
    tensor.offset = offset;
    offset += (tensor.size + 63) / 64 * 64;
    program.tensors.push_back(tensor);
    return uint32_t(program.tensors.size() - 1);
  };
  program.inputs = {add({1, anchors * width, 4, 6}), add({1, anchors * width, 2, 3})};
  program.outputs = {add({1, anchors * 30, width})};
  program.arenaSize = offset;
  command.inputs = program.inputs;
  command.outputs = program.outputs;
  command.params = bst::YoloDecodeParams{anchors, classes, masks, heads.program.decode.strides,
                                         heads.program.decode.anchors};
  program.commands = {command};
  const auto session = bst::testing::sessionOf(bst::testing::openProgram(program));
  for (size_t level = 0; level < 2; ++level)
    std::memcpy(session->data(program.inputs[level]).data(), heads.values[level].data(),
                heads.values[level].size() * sizeof(float));
  EXPECT_TRUE(session->run().ok());
  const std::span<std::byte> bytes = session->data(program.outputs[0]);
  std::vector<float> predictions(bytes.size() / sizeof(float));
  std::memcpy(predictions.data(), bytes.data(), bytes.size());
  return predictions;
}

} // namespace

TEST(HeadDecoder, EveryFormOfAHeadGivesThePredictionsOfTheDsp) {
  const std::vector<float> expected = decodedByDsp(makeHeads({Form::Map, Form::Map}));
  for (Form first : {Form::Map, Form::Cells, Form::QuantisedMap, Form::QuantisedNhwc})
    for (Form second : {Form::Map, Form::Cells, Form::QuantisedMap, Form::QuantisedNhwc})
      for (unsigned threads : {1U, 3U}) {
        const Heads heads = makeHeads({first, second});
        yolov5::Decoder decoder(heads.program, threads);
        EXPECT_EQ(decoder.rows(), 90U);
        EXPECT_EQ(decoder.layout().classes, classes);
        EXPECT_EQ(decoder.layout().masks, masks);
        const std::span<const float> rows = decoder.decode(heads.spans());
        EXPECT_EQ(std::vector<float>(rows.begin(), rows.end()), expected)
            << int(first) << ' ' << int(second) << ' ' << threads;
      }
}

// Anchor 1 of level 1, cell (row 1, column 2): by the formula, in double.
TEST(HeadDecoder, OneCellByHand) {
  const Heads heads = makeHeads({Form::Cells, Form::Cells});
  yolov5::Decoder decoder(heads.program);
  const std::span<const float> rows = decoder.decode(heads.spans());
  const size_t row = 3 * 24 + 1 * 6 + 1 * 3 + 2;
  const auto t = [&](size_t number) { return double(heads.values[1][(width + number) * 6 + 5]); };
  const auto s = [&](size_t number) { return 1 / (1 + std::exp(-t(number))); };
  const double expected[] = {(2 * s(0) + 1.5) * 16,
                             (2 * s(1) + 0.5) * 16,
                             4 * s(2) * s(2) * 62,
                             4 * s(3) * s(3) * 45,
                             s(4),
                             s(5),
                             s(6),
                             s(7),
                             s(8),
                             t(9),
                             t(10)};
  for (size_t i = 0; i < width; ++i)
    EXPECT_NEAR(rows[row * width + i], expected[i], 1e-4) << i;
}
