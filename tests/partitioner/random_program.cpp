#include "tests/partitioner/random_program.h"

#include "runtime/support/text.h"

#include <algorithm>
#include <random>

namespace bstc::test {
namespace {

using namespace bst;

class Maker {
public:
  explicit Maker(unsigned seed) : random(seed) {}
  RandomProgram run();

private:
  int32_t between(int32_t low, int32_t high) {
    return low + int32_t(random() % uint32_t(high - low + 1));
  }
  uint32_t add(Tensor tensor);
  uint32_t map(const std::vector<int32_t> &shape, const Tensor *like = nullptr);
  uint32_t anyMap() { return maps[random() % maps.size()]; }
  const Tensor &at(uint32_t tensor) const { return program.tensors[tensor]; }
  void command(Engine engine, std::vector<uint32_t> inputs, uint32_t output, Params params);
  void addRandom();
  void addAlias();
  void addConv(bool residual);
  void addPool();
  void addResize();
  void addTable();
  void addSum(uint32_t a, uint32_t b);
  void addProduct();
  void addConcat();
  Window window(const Tensor &x, int32_t most);
  Requant requant() { return {(1 << 30) + between(0, 1000), between(31, 38), 0}; }
  /// A map of the same shape, which may be the same.
  uint32_t twinOf(uint32_t tensor);

  std::mt19937 random;
  Program program;
  std::vector<std::byte> weights;
  std::vector<uint32_t> maps;
  std::vector<uint32_t> roots; ///< By tensor.
};

uint32_t Maker::add(Tensor tensor) {
  tensor.name = text("t{}", program.tensors.size());
  tensor.size = storedSize(tensor);
  const uint64_t rounded = (tensor.size + 63) / 64 * 64;
  if (tensor.storage == Storage::Arena) {
    tensor.offset = program.arenaSize;
    program.arenaSize += rounded;
  } else {
    tensor.offset = weights.size();
    weights.resize(weights.size() + rounded); // What fills panels up stays 0.
    const auto at = [&](size_t axis) { return uint64_t(tensor.shape[axis]); };
    for (uint64_t i = 0; i < elementCount(tensor); ++i)
      weights[tensor.offset + weightIndex(tensor, i / at(3) / at(2) / at(1), i / at(3) % at(2),
                                          i % at(3), i / at(3) / at(2) % at(1))] =
          std::byte(random());
  }
  program.tensors.push_back(std::move(tensor));
  roots.push_back(uint32_t(roots.size()));
  return roots.back();
}

/// Another name for the bytes of a map, which commands read like any other.
void Maker::addAlias() {
  const uint32_t tensor = anyMap(), root = roots[tensor];
  Tensor alias = at(tensor);
  alias.name = text("t{}", program.tensors.size());
  maps.push_back(uint32_t(program.tensors.size()));
  program.tensors.push_back(std::move(alias));
  roots.push_back(root);
}

uint32_t Maker::map(const std::vector<int32_t> &shape, const Tensor *like) {
  Tensor tensor;
  tensor.dtype = like ? like->dtype : between(0, 1) ? DType::S8 : DType::U8;
  tensor.layout = Layout::Nhwc;
  tensor.shape = shape;
  tensor.scale = like ? like->scale : 0.1f;
  tensor.zeroPoint = like ? like->zeroPoint : between(0, 5);
  return add(std::move(tensor));
}

void Maker::command(Engine engine, std::vector<uint32_t> inputs, uint32_t output, Params params) {
  Command &made = program.commands.emplace_back();
  made.engine = engine;
  made.name = text("c{}", program.commands.size() - 1);
  made.inputs = std::move(inputs);
  made.outputs = {output};
  made.params = std::move(params);
  if (at(output).layout == Layout::Nhwc)
    maps.push_back(output);
}

Window Maker::window(const Tensor &x, int32_t most) {
  Window w;
  w.kernelH = between(1, std::min(most, x.shape[2]));
  w.kernelW = between(1, std::min(most, x.shape[3]));
  w.strideH = between(1, 2), w.strideW = between(1, 2);
  w.padTop = between(0, w.kernelH - 1), w.padBottom = between(0, w.kernelH - 1);
  w.padLeft = between(0, w.kernelW - 1), w.padRight = between(0, w.kernelW - 1);
  return w;
}

static int32_t extent(int32_t in, int32_t before, int32_t after, int32_t kernel, int32_t stride,
                      int32_t dilation) {
  return (in + before + after - (kernel - 1) * dilation - 1) / stride + 1;
}

static std::vector<int32_t> shapeAfter(const Tensor &x, const Window &w, int32_t channels) {
  return {x.shape[0], channels,
          extent(x.shape[2], w.padTop, w.padBottom, w.kernelH, w.strideH, w.dilationH),
          extent(x.shape[3], w.padLeft, w.padRight, w.kernelW, w.strideW, w.dilationW)};
}

/// A residual one keeps the map's shape; a sum with the map follows.
void Maker::addConv(bool residual) {
  const uint32_t input = anyMap();
  const Tensor x = at(input);
  ConvParams conv;
  conv.window = window(x, 3);
  if (residual) {
    conv.window = {};
    conv.window.kernelH = conv.window.kernelW = 3;
    conv.window.padTop = conv.window.padBottom = conv.window.padLeft = conv.window.padRight = 1;
  } else if (between(0, 4) == 0 && 2 * conv.window.kernelW < x.shape[3] &&
             2 * conv.window.kernelH < x.shape[2])
    conv.window.dilationH = conv.window.dilationW = 2;
  if (between(0, 3) == 0)
    for (int32_t groups : {x.shape[1], 4, 2})
      if (x.shape[1] % groups == 0 && conv.groups == 1)
        conv.groups = groups;
  const int32_t perGroup = conv.groups == 1 ? between(1, 80) : between(1, 2);
  const int32_t channels = residual ? x.shape[1] : perGroup * conv.groups;
  for (int32_t c = 0; c < channels; ++c) {
    conv.bias.push_back(between(-2000, 2000));
    conv.requant.push_back({(1 << 30) + between(0, 1 << 20), between(36, 38), between(0, 9)});
    if (input % 2)
      conv.weightZeroPoint.push_back(between(-3, 3));
  }
  Tensor w;
  w.dtype = DType::S8;
  w.layout = weightLayout(conv);
  w.shape = {channels, x.shape[1] / conv.groups, conv.window.kernelH, conv.window.kernelW};
  w.storage = Storage::Weights;
  const uint32_t constant = add(std::move(w));
  const uint32_t output = map(shapeAfter(x, conv.window, channels));
  conv.clampLo = at(output).dtype == DType::U8 ? 0 : -128;
  conv.clampHi = at(output).dtype == DType::U8 ? 255 : 127;
  command(Engine::Maca, {input, constant}, output, std::move(conv));
  if (residual)
    addSum(output, input);
}

void Maker::addPool() {
  const uint32_t input = anyMap();
  const Tensor x = at(input);
  Window w = window(x, 5);
  w.padTop = std::min(w.padTop, w.kernelH / 2), w.padBottom = std::min(w.padBottom, w.kernelH / 2);
  w.padLeft = std::min(w.padLeft, w.kernelW / 2), w.padRight = std::min(w.padRight, w.kernelW / 2);
  command(Engine::Edp, {input}, map(shapeAfter(x, w, x.shape[1]), &x), MaxPoolParams{w});
}

void Maker::addResize() {
  const uint32_t input = anyMap();
  const Tensor x = at(input);
  ResizeParams resize;
  const int32_t rows = between(1, std::min(2 * x.shape[2], 40));
  const int32_t columns = between(1, std::min(2 * x.shape[3], 40));
  for (int32_t i = 0; i < rows; ++i)
    resize.rows.push_back(i * x.shape[2] / rows);
  for (int32_t i = 0; i < columns; ++i)
    resize.columns.push_back(i * x.shape[3] / columns);
  command(Engine::Edp, {input}, map({x.shape[0], x.shape[1], rows, columns}, &x), resize);
}

void Maker::addTable() {
  const uint32_t input = anyMap();
  LutParams lut{"random", {}};
  for (int i = 0; i < 256; ++i)
    lut.table.push_back(uint8_t(random()));
  const std::vector<int32_t> shape = at(input).shape;
  command(Engine::Edp, {input}, map(shape), std::move(lut));
}

uint32_t Maker::twinOf(uint32_t tensor) {
  std::vector<uint32_t> twins;
  for (uint32_t other : maps)
    if (at(other).shape == at(tensor).shape)
      twins.push_back(other);
  return twins[random() % twins.size()];
}

void Maker::addSum(uint32_t a, uint32_t b) {
  const std::vector<int32_t> shape = at(a).shape;
  const uint32_t output = map(shape);
  const bool isSigned = at(output).dtype == DType::S8;
  command(Engine::Edp, between(0, 1) ? std::vector{a, b} : std::vector{b, a}, output,
          AddParams{1 << 29, (1 << 28) + 77, 30, isSigned ? -128 : 0, isSigned ? 127 : 255});
}

void Maker::addProduct() {
  const uint32_t a = anyMap(), b = twinOf(a);
  const std::vector<int32_t> shape = at(a).shape;
  const uint32_t output = map(shape);
  const bool isSigned = at(output).dtype == DType::S8;
  command(Engine::Edp, {a, b}, output,
          MulParams{requant(), isSigned ? -128 : 0, isSigned ? 127 : 255});
}

void Maker::addConcat() {
  const uint32_t first = anyMap();
  const int32_t axis = between(0, 5) ? 1 : between(0, 3);
  std::vector<uint32_t> inputs = {first};
  std::vector<int32_t> shape = at(first).shape;
  for (uint32_t other : maps) {
    std::vector<int32_t> joined = at(other).shape;
    joined[size_t(axis)] = at(first).shape[size_t(axis)];
    if (joined != at(first).shape || inputs.size() == 3 || !between(0, 2))
      continue;
    inputs.push_back(other);
    shape[size_t(axis)] += at(other).shape[size_t(axis)];
  }
  if (shape[1] > 200 || shape[2] > 60 || shape[3] > 60 || shape[0] > 3)
    return;
  ConcatParams concat{axis, {}, {}};
  const uint32_t output = map(shape, &at(first));
  for (uint32_t input : inputs) {
    const bool same =
        at(input).dtype == at(output).dtype && at(input).zeroPoint == at(output).zeroPoint;
    concat.copy.push_back(same && between(0, 1));
    concat.requant.push_back(requant());
  }
  command(Engine::Edp, std::move(inputs), output, std::move(concat));
}

void Maker::addRandom() {
  switch (between(0, 12)) {
  case 7:
    return addAlias();
  case 0:
    return addPool();
  case 1:
    return addResize();
  case 2:
    return addTable();
  case 3:
    return addProduct();
  case 4:
  case 5:
    return addConcat();
  case 6: {
    const uint32_t a = anyMap();
    return addSum(a, twinOf(a));
  }
  default:
    return addConv(between(0, 2) == 0);
  }
}

RandomProgram Maker::run() {
  Tensor images;
  images.shape = {between(0, 3) ? 1 : 2, between(1, 20), between(5, 30), between(5, 30)};
  const uint32_t input = add(images);
  program.inputs = {input};
  command(Engine::Dsp, {input}, map(images.shape), QuantizeParams{});
  const int32_t count = between(3, 25);
  for (int32_t i = 0; i < count; ++i)
    addRandom();
  // What nobody reads leaves, and sometimes what somebody reads.
  std::vector<bool> read(program.tensors.size());
  for (const Command &made : program.commands)
    for (uint32_t tensor : made.inputs)
      read[roots[tensor]] = true;
  for (uint32_t tensor : std::vector(maps))
    if (!read[roots[tensor]] || !between(0, 7)) {
      Tensor result;
      result.shape = at(tensor).shape;
      const uint32_t output = add(std::move(result));
      program.outputs.push_back(output);
      command(Engine::Dsp, {tensor}, output, DequantizeParams{});
    }
  RandomProgram result;
  // Package and session want weights at 64 bytes.
  result.weights = std::make_shared<std::vector<std::byte>>(weights.size() + 64);
  std::byte *start = result.weights->data();
  start += (64 - uintptr_t(start) % 64) % 64;
  std::copy(weights.begin(), weights.end(), start);
  program.weights = start;
  program.weightsSize = weights.size();
  program.arenaLowerBound = 0;
  result.program = std::move(program);
  result.roots = std::move(roots);
  return result;
}

} // namespace

RandomProgram randomProgram(unsigned seed) { return Maker(seed).run(); }

} // namespace bstc::test
