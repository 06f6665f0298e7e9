#include "cut_program.h"

namespace bst::testing {

constexpr uint64_t panelBytes = 8 * 64, constantBytes = panelBytes + 16 * 4;

static Slice at(Slice slice, uint64_t offset) {
  slice.onChip = true;
  slice.offset = offset;
  return slice;
}

Slice Slices::part(const char *name, Part part) const {
  const uint32_t tensor = tensorIndex(program, name);
  const std::vector<int32_t> &shape = program.tensors[tensor].shape;
  const auto block = int32_t(program.tiles.channelBlock);
  const int32_t channels = (part.channels + block - 1) / block * block;
  return {.tensor = tensor,
          .part = part,
          .size =
              uint64_t(shape[0]) * uint64_t(part.rows) * uint64_t(shape[3]) * uint64_t(channels)};
}

Slice Slices::dram(const char *name) const {
  const std::vector<int32_t> &shape = tensorNamed(program, name).shape;
  return part(name, {0, shape[2], 0, shape[1]});
}

Slice Slices::chip(const char *name, uint64_t offset) const { return at(dram(name), offset); }

Slice Slices::chip(const char *name, int32_t channel, int32_t channels, uint64_t offset) const {
  return at(part(name, {0, tensorNamed(program, name).shape[2], channel, channels}), offset);
}

Slice Slices::weights(int32_t channel, int32_t channels) const {
  return {.tensor = tensorIndex(program, "w"),
          .part = {0, 0, channel, channels},
          .size = constantBytes * uint64_t(channels) / 16};
}

Slice Slices::weightsAt(int32_t channel, int32_t channels, uint64_t offset) const {
  Slice slice = at(weights(channel, channels), offset);
  slice.memory = OnChip::Weights;
  return slice;
}

ConvParams pointwise(size_t channels) {
  ConvParams conv;
  conv.bias.assign(channels, 1);
  conv.requant.assign(channels, half());
  return conv;
}

TestProgram cutProgram() {
  ProgramBuilder b;
  const std::vector<int32_t> map = {1, 32, 4, 4};
  const uint32_t x = b.quantised("x", map, DType::S8, 0.5f, 0);
  const uint32_t w = b.constant("w", {32, 32, 1, 1}, DType::S8, Layout::Panels);
  const uint32_t c = b.quantised("c", map, DType::S8, 0.5f, 0);
  const uint32_t s = b.quantised("s", map, DType::S8, 0.5f, 0);
  const uint32_t p = b.quantised("p", map, DType::S8, 0.5f, 0);
  b.command(Engine::Maca, "conv0", {x, w}, c, pointwise(32));
  b.command(Engine::Edp, "add0", {c, x}, s, AddParams{1 << 30, 1 << 30, 31, -128, 127});
  b.command(Engine::Edp, "max_pool0", {s}, p, MaxPoolParams{threeByThree()});
  TestProgram test = b.finish({x}, {p});
  Program &program = test.program;
  program.tiles = {.dataBytes = 4096, .weightBytes = 2048, .channelBlock = 16, .ops = {}};
  const Slices m(program);
  const Slice whole = m.chip("x", 0), low = m.weightsAt(0, 16, 0), high = m.weightsAt(16, 16, 576);
  program.tiles.ops = {
      {Queue::LoadData, {0}, {m.part("x", {0, 4, 0, 16})}, m.chip("x", 0, 16, 0), {}},
      {Queue::LoadData, {0}, {m.part("x", {0, 4, 16, 16})}, m.chip("x", 16, 16, 256), {}},
      {Queue::LoadWeights, {0}, {m.weights(0, 16)}, low, {}},
      {Queue::LoadWeights, {0}, {m.weights(16, 16)}, high, {}},
      {Queue::Maca, {0, 1}, {whole, low, whole}, m.chip("s", 0, 16, 512), {1, 2}},
      {Queue::Maca, {0, 1}, {whole, high, whole}, m.chip("s", 16, 16, 768), {1, 3}},
      {Queue::Edp, {2}, {m.chip("s", 512)}, m.chip("p", 1024), {5}},
      {Queue::Store, {2}, {m.chip("p", 1024)}, m.dram("p"), {6}}};
  return test;
}

} // namespace bst::testing
