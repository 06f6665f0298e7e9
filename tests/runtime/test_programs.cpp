#include "test_programs.h"

#include "runtime/package/package.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace bst::testing {

static uint64_t roundUp(uint64_t size) { return (size + 63) / 64 * 64; }

[[noreturn]] static void fail(const std::string &message) {
  std::fprintf(stderr, "test program: %s\n", message.c_str());
  std::abort();
}

uint32_t ProgramBuilder::add(Tensor tensor) {
  tensor.size = storedSize(tensor);
  program.tensors.push_back(std::move(tensor));
  return uint32_t(program.tensors.size() - 1);
}

uint32_t ProgramBuilder::floats(std::string name, std::vector<int32_t> shape) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.shape = std::move(shape);
  tensor.offset = program.arenaSize;
  const uint32_t index = add(std::move(tensor));
  program.arenaSize += roundUp(program.tensors[index].size);
  return index;
}

uint32_t ProgramBuilder::quantised(std::string name, std::vector<int32_t> shape, DType dtype,
                                   float scale, int32_t zeroPoint) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.dtype = dtype;
  tensor.layout = shape.size() == 4 ? Layout::Nhwc : Layout::RowMajor;
  tensor.shape = std::move(shape);
  tensor.scale = scale;
  tensor.zeroPoint = zeroPoint;
  tensor.offset = program.arenaSize;
  const uint32_t index = add(std::move(tensor));
  program.arenaSize += roundUp(program.tensors[index].size);
  return index;
}

uint32_t ProgramBuilder::bytes(std::string name, std::vector<int32_t> shape) {
  const uint32_t index = quantised(std::move(name), std::move(shape), DType::U8, 0, 0);
  program.tensors[index].layout = Layout::RowMajor;
  return index;
}

uint32_t ProgramBuilder::alias(std::string name, std::vector<int32_t> shape, uint32_t tensor,
                               std::optional<Layout> layout) {
  Tensor copy = program.tensors[tensor];
  if (layout)
    copy.layout = *layout;
  copy.name = std::move(name);
  copy.shape = std::move(shape);
  return add(std::move(copy));
}

uint32_t ProgramBuilder::constant(std::string name, std::vector<int32_t> shape, DType dtype,
                                  Layout layout) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.dtype = dtype;
  tensor.layout = layout;
  tensor.shape = std::move(shape);
  tensor.storage = Storage::Weights;
  tensor.offset = blocks.size() * sizeof(Block);
  const uint32_t index = add(std::move(tensor));
  const uint64_t size = program.tensors[index].size;
  size_t next = blocks.size();
  blocks.resize(blocks.size() + roundUp(size) / sizeof(Block));
  const auto byteAt = [&](uint64_t i) -> std::byte & {
    return blocks[next + i / 64].bytes[i % 64];
  };
  const Tensor &constant = program.tensors[index];
  if (constant.layout == Layout::Panels) { // What fills them up stays 0.
    uint64_t count = 0;
    for (uint64_t o = 0; o < uint64_t(constant.shape[0]); ++o)
      for (uint64_t i = 0; i < uint64_t(constant.shape[1]); ++i)
        for (uint64_t h = 0; h < uint64_t(constant.shape[2]); ++h)
          for (uint64_t w = 0; w < uint64_t(constant.shape[3]); ++w)
            byteAt(weightIndex(constant, o, h, w, i)) = std::byte(index + count++);
    return index;
  }
  if (dtype == DType::F32) {
    for (uint64_t i = 0; i < size / sizeof(float); ++i) {
      const float value = float(int((index + i * 5) % 17) - 8) / 8;
      std::memcpy(&byteAt(i * sizeof(float)), &value, sizeof(float));
    }
    return index;
  }
  for (uint64_t i = 0; i < size; ++i)
    byteAt(i) = std::byte(index + i);
  return index;
}

void ProgramBuilder::command(Engine engine, std::string name, std::vector<uint32_t> inputs,
                             uint32_t output, Params params) {
  Command command;
  command.engine = engine;
  command.name = std::move(name);
  for (uint32_t i = 0; i < program.commands.size(); ++i)
    if (std::find(inputs.begin(), inputs.end(), program.commands[i].outputs[0]) != inputs.end())
      command.dependsOn.push_back(i);
  command.inputs = std::move(inputs);
  command.outputs = {output};
  command.params = std::move(params);
  program.commands.push_back(std::move(command));
}

TestProgram ProgramBuilder::finish(std::vector<uint32_t> inputs, std::vector<uint32_t> outputs) {
  program.name = "graph";
  program.target = "target";
  program.compiler = "1.2.3";
  program.inputs = std::move(inputs);
  program.outputs = std::move(outputs);
  program.arenaLowerBound = program.arenaSize / 2;
  program.cost = {1000, 2000, 0.25, 4};
  TestProgram result;
  result.weights = std::make_shared<std::vector<Block>>(std::move(blocks));
  program.weightsSize = result.weights->size() * sizeof(Block);
  program.weights = program.weightsSize ? result.weights->front().bytes : nullptr;
  result.program = std::move(program);
  return result;
}

static std::vector<Requant> someRequants(size_t count) {
  std::vector<Requant> requants;
  for (size_t i = 0; i < count; ++i)
    requants.push_back({int32_t(1 << 30) + int32_t(i), 36});
  return requants;
}

static Window squareWindow(int32_t kernel, int32_t stride, int32_t padding) {
  return {kernel, kernel, stride, stride, padding, padding, padding, padding, 1, 1};
}

static ConvParams someConv(Window window, size_t channels) {
  ConvParams params;
  params.window = window;
  params.bias.assign(channels, 100);
  params.requant = someRequants(channels);
  return params;
}

TestProgram smallProgram() {
  ProgramBuilder b;
  const uint32_t images = b.floats("images", {1, 2, 4, 4});
  const uint32_t q = b.quantised("q", {1, 2, 4, 4}, DType::S8, 0.5f, -3);
  const uint32_t w = b.constant("w", {3, 2, 3, 3}, DType::S8, Layout::Panels);
  const uint32_t c = b.quantised("c", {1, 3, 4, 4}, DType::S8, 0.25f, 5);
  const uint32_t output = b.floats("output", {1, 3, 4, 4});
  b.command(Engine::Dsp, "quantize0", {images}, q, QuantizeParams{});
  b.command(Engine::Maca, "conv0", {q, w}, c, someConv(squareWindow(3, 1, 1), 3));
  b.command(Engine::Dsp, "dequantize0", {c}, output, DequantizeParams{});
  return b.finish({images}, {output});
}

TestProgram tiledProgram() {
  TestProgram test = smallProgram();
  Program &program = test.program;
  const uint32_t images = tensorIndex(program, "images"), q = tensorIndex(program, "q");
  const uint32_t w = tensorIndex(program, "w"), c = tensorIndex(program, "c");
  const uint32_t output = tensorIndex(program, "output");
  const uint64_t rowBytes = 4 * 16; // Columns, and a block of channels.
  const auto inDram = [&](uint32_t tensor, int32_t row, int32_t rows) {
    return Slice{.tensor = tensor,
                 .part = {row, rows, 0, program.tensors[tensor].shape[1]},
                 .size = uint64_t(rows) * rowBytes};
  };
  const auto onChip = [&](uint32_t tensor, int32_t row, int32_t rows, uint64_t offset) {
    Slice slice = inDram(tensor, row, rows);
    slice.onChip = true;
    slice.offset = offset;
    return slice;
  };
  // A panel of 3 rows of 2 quads; 3 biases.
  const Slice constants = {.tensor = w, .part = {0, 0, 0, 3}, .size = 3 * 2 * 64 + 3 * 4};
  Slice weights = constants;
  weights.onChip = true;
  weights.memory = OnChip::Weights;
  const Slice imagesWhole = {.tensor = images, .size = 128},
              outputWhole = {.tensor = output, .size = 192};
  program.tiles = {
      .dataBytes = 4096,
      .weightBytes = 1024,
      .channelBlock = 16,
      .ops = {
          {Queue::Dsp, {0}, {imagesWhole}, inDram(q, 0, 4), {}},
          {Queue::LoadData, {1}, {inDram(q, 0, 3)}, onChip(q, 0, 3, 0), {0}},
          {Queue::LoadWeights, {1}, {constants}, weights, {}},
          {Queue::Maca, {1}, {onChip(q, 0, 3, 0), weights}, onChip(c, 0, 2, 192), {1, 2}},
          {Queue::Store, {1}, {onChip(c, 0, 2, 192)}, inDram(c, 0, 2), {3}},
          {Queue::LoadData, {1}, {inDram(q, 1, 3)}, onChip(q, 1, 3, 1024), {}},
          {Queue::Maca, {1}, {onChip(q, 1, 3, 1024), weights}, onChip(c, 2, 2, 2048), {5}},
          {Queue::Store, {1}, {onChip(c, 2, 2, 2048)}, inDram(c, 2, 2), {6}},
          {Queue::Dsp, {2}, {inDram(c, 0, 4)}, outputWhole, {7}},
      }};
  return test;
}

// The 8-bit half of completeProgram: 'images' to the maps 'joined' and 'enlarged'.
static void addIntegerCommands(ProgramBuilder &b, uint32_t images, uint32_t &joined,
                               uint32_t &enlarged) {
  const std::vector<int32_t> map = {1, 4, 4, 4};
  const uint32_t q = b.quantised("q", {1, 3, 8, 8}, DType::S8, 0.02f, -3);
  b.command(Engine::Dsp, "quantize0", {images}, q, QuantizeParams{});

  const uint32_t w0 = b.constant("w0", {4, 3, 3, 3}, DType::S8, Layout::Panels);
  const uint32_t conv = b.quantised("conv", map, DType::S8, 0.05f, 4);
  ConvParams convParams = someConv(squareWindow(3, 2, 1), 4);
  convParams.weightZeroPoint = {1, 0, -2, 127};
  convParams.clampLo = 4;
  b.command(Engine::Maca, "conv0", {q, w0}, conv, convParams);

  const uint32_t silu = b.quantised("silu", map, DType::U8, 0.03f, 9);
  LutParams lut{"silu", std::vector<uint8_t>(256)};
  for (size_t i = 0; i < lut.table.size(); ++i)
    lut.table[i] = uint8_t(255 - i);
  b.command(Engine::Edp, "lut0", {conv}, silu, lut);

  const uint32_t sum = b.quantised("sum", map, DType::S8, 0.07f, 1);
  b.command(Engine::Edp, "add0", {conv, silu}, sum, AddParams{1 << 30, -(1 << 29), 31, -128, 127});
  const uint32_t product = b.quantised("product", map, DType::U8, 0.01f, 0);
  b.command(Engine::Edp, "mul0", {conv, silu}, product, MulParams{{1 << 30, 40}, 0, 200});

  joined = b.quantised("joined", {1, 8, 4, 4}, DType::S8, 0.07f, 1);
  b.command(Engine::Edp, "concat0", {sum, product}, joined,
            ConcatParams{1, {1, 0}, someRequants(2)});
  const uint32_t pooled = b.quantised("pooled", {1, 8, 4, 4}, DType::S8, 0.07f, 1);
  b.command(Engine::Edp, "max_pool0", {joined}, pooled, MaxPoolParams{squareWindow(3, 1, 1)});
  enlarged = b.quantised("enlarged", {1, 8, 8, 8}, DType::S8, 0.07f, 1);
  const std::vector<int32_t> twice = {0, 0, 1, 1, 2, 2, 3, 3};
  b.command(Engine::Edp, "resize0", {pooled}, enlarged, ResizeParams{twice, twice});
}

// The float half: 'enlarged' to the float head 'level0' and the output 'scores'.
static void addFloatCommands(ProgramBuilder &b, uint32_t enlarged, uint32_t &level0,
                             uint32_t &scores) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const uint32_t real = b.floats("real", {1, 8, 8, 8});
  b.command(Engine::Dsp, "dequantize0", {enlarged}, real, DequantizeParams{});
  const uint32_t w1 = b.constant("w1", {6, 4, 1, 1}, DType::F32, Layout::RowMajor);
  const uint32_t bias = b.constant("bias", {6}, DType::F32, Layout::RowMajor);
  const uint32_t fconv = b.floats("fconv", {1, 6, 8, 8});
  b.command(Engine::Dsp, "float_conv0", {real, w1, bias}, fconv,
            FloatConvParams{Window{}, 2, -infinity, infinity});
  const uint32_t act = b.floats("act", {1, 6, 8, 8});
  b.command(Engine::Dsp, "unary0", {fconv}, act, FloatUnaryParams{UnaryFn::Clip, -1, 1});
  const uint32_t factor = b.constant("factor", {6, 1, 1}, DType::F32, Layout::RowMajor);
  const uint32_t scaled = b.floats("scaled", {1, 6, 8, 8});
  b.command(Engine::Dsp, "binary0", {act, factor}, scaled, FloatBinaryParams{BinaryFn::Mul});
  const uint32_t averaged = b.floats("averaged", {1, 6, 4, 4});
  b.command(Engine::Dsp, "pool0", {scaled}, averaged,
            FloatPoolParams{PoolFn::Average, squareWindow(2, 2, 0), true});
  const uint32_t grown = b.floats("grown", {1, 6, 8, 8});
  const std::vector<int32_t> twice = {0, 0, 1, 1, 2, 2, 3, 3};
  b.command(Engine::Dsp, "float_resize0", {averaged}, grown, FloatResizeParams{twice, twice});
  level0 = b.floats("level0", {1, 12, 8, 8});
  b.command(Engine::Dsp, "float_concat0", {scaled, grown}, level0, FloatConcatParams{1});

  const uint32_t turned = b.floats("turned", {1, 8, 8, 12});
  b.command(Engine::Dsp, "transpose0", {level0}, turned, TransposeParams{{0, 2, 3, 1}});
  const uint32_t part = b.floats("part", {1, 4, 8, 12});
  b.command(Engine::Dsp, "slice0", {turned}, part, SliceParams{{0, 7, 0, 0}, {1, -2, 1, 1}});
  const uint32_t flat = b.alias("flat", {32, 12}, part);
  const uint32_t soft = b.floats("soft", {32, 12});
  b.command(Engine::Dsp, "softmax0", {flat}, soft, SoftmaxParams{-1});
  const uint32_t matrix = b.constant("matrix", {5, 12}, DType::F32, Layout::RowMajor);
  const uint32_t offset = b.constant("offset", {5}, DType::F32, Layout::RowMajor);
  scores = b.floats("scores", {32, 5});
  b.command(Engine::Dsp, "matmul0", {soft, matrix, offset}, scores,
            MatMulParams{false, true, 1, 0.5f});
}

TestProgram completeProgram() {
  ProgramBuilder b;
  const uint32_t images = b.floats("images", {1, 3, 8, 8});
  uint32_t joined, enlarged, level0, scores;
  addIntegerCommands(b, images, joined, enlarged);
  addFloatCommands(b, enlarged, level0, scores);
  const uint32_t w2 = b.constant("w2", {12, 8, 1, 1}, DType::S8, Layout::Panels);
  const uint32_t level1 = b.quantised("level1", {1, 12, 4, 4}, DType::U8, 0.1f, 128);
  ConvParams head = someConv(Window{}, 12);
  head.clampLo = 0;
  head.clampHi = 255;
  b.command(Engine::Maca, "head1", {joined, w2}, level1, head);
  const uint32_t boxes = b.floats("boxes", {1, 160, 6});
  b.command(Engine::Dsp, "decode0", {level0, level1}, boxes,
            YoloDecodeParams{2, 1, 0, {8, 16}, {10, 13, 16, 30, 33, 23, 30, 61}});
  const uint32_t mean = b.quantised("mean", {1, 8, 4, 4}, DType::S8, 0.07f, 1);
  b.command(Engine::Edp, "average_pool0", {joined}, mean,
            AveragePoolParams{squareWindow(3, 1, 1), false, {4, 6, 9}, someRequants(3)});
  const uint32_t padded = b.floats("padded", {1, 3, 11, 8});
  b.command(Engine::Dsp, "pad0", {images}, padded,
            FloatPadParams{PadMode::Reflect, {0, 0, 1, 0}, 0});
  const uint32_t normal = b.floats("normal", {1, 3, 8, 8});
  b.command(Engine::Dsp, "lrn0", {images}, normal, LrnParams{5, 1e-4f, 0.75f, 1});
  const uint32_t kept = b.floats("kept", {121});
  b.command(Engine::Dsp, "nms0", {boxes}, kept, NmsParams{1, 0, {.maxDetections = 20}});
  const uint32_t cropped = b.floats("cropped", {1, 6, 2, 2});
  b.command(Engine::Dsp, "pad1", {normal}, cropped,
            FloatPadParams{PadMode::Constant, {0, 0, 0, 0}, 0});
  const uint32_t heads8 = b.quantised("int8_head", {1, 6, 2, 2}, DType::S8, 0.1f, 0);
  b.command(Engine::Dsp, "quantize_head", {cropped}, heads8, QuantizeParams{});
  const uint32_t listed = b.floats("listed", {121});
  b.command(Engine::Dsp, "detect0", {heads8}, listed,
            DetectParams{{1, 1, 0, {8}, {10, 13}}, {.maxDetections = 20}, {0}});
  const uint32_t camera = b.bytes("camera", {1, 6, 4});
  const uint32_t pixels = b.bytes("pixels", {1, 4, 4, 3});
  b.command(Engine::Dsp, "nv12_0", {camera}, pixels, Nv12Params{});
  const uint32_t picture = b.alias("pixels_map", {1, 3, 4, 4}, pixels, Layout::Picture);
  const uint32_t blocks = b.quantised("blocks", {1, 12, 2, 2}, DType::S8, 0.1f, -3);
  b.command(Engine::Edp, "picture0", {picture}, blocks,
            PictureParams{std::vector<uint8_t>(768, 7), 2, true});
  const uint32_t real = b.floats("real", {1, 3, 4, 4});
  b.command(Engine::Dsp, "float_picture0", {picture}, real,
            FloatPictureParams{std::vector<float>(768, 0.5f), false});
  TestProgram result = b.finish({images, camera}, {boxes, scores});
  result.program.decode = {.kind = "yolov5-detect",
                           .classes = 1,
                           .strides = {8, 16},
                           .anchors = {10, 13, 16, 30, 33, 23, 30, 61},
                           .classNames = {"person"},
                           .outputs = {0}};
  result.program.preprocess = {Preprocess{}};
  return result;
}

TestProgram distinctProgram() {
  const Window window = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const std::vector<Params> all = {
      ConvParams{window, 12, {13, 14}, {15}, {{16, 17, 111}, {18, 19, -112}}, -20, 21},
      LutParams{"function", {22, 23}},
      AddParams{24, -25, 26, -27, 28},
      MulParams{{29, 30, 113}, -31, 32},
      ConcatParams{33, {1, 0, 34}, {{35, 36, 114}}},
      MaxPoolParams{window},
      ResizeParams{{37, 38}, {39}},
      QuantizeParams{139},
      DequantizeParams{},
      FloatConvParams{window, 40, -41.5f, 42.5f},
      FloatUnaryParams{UnaryFn::Ceil, 43.5f, 44.5f},
      FloatBinaryParams{BinaryFn::Min},
      TransposeParams{{45, 46}},
      SliceParams{{47, 48}, {49}},
      FloatConcatParams{50},
      FloatPoolParams{PoolFn::Average, window, true},
      FloatResizeParams{{51}, {52, 53}},
      SoftmaxParams{-54},
      MatMulParams{true, false, 55.5f, 56.5f},
      MatMulParams{false, true, 57.5f, 58.5f},
      YoloDecodeParams{59, 60, 61, {62.5f}, {63.5f, 64.5f}},
      AveragePoolParams{window, true, {121, 122}, {{123, 124, 125}}},
      FloatPadParams{PadMode::Edge, {126, -127}, 128.5f},
      LrnParams{129, 130.5f, 131.5f, 132.5f},
      NmsParams{133, 134, {135.5f, 136.5, 137, true, false, 138}},
      PictureParams{{140, 141, 142}, 143, true},
      FloatPictureParams{{144.5f, 145.5f}, true},
      Nv12Params{true},
      DetectParams{{140, 141, 142, {143.5f}, {144.5f, 145.5f}},
                   {146.5f, 147.5, 148, false, true, 149},
                   {150, -151}},
  };
  ProgramBuilder b;
  b.constant("weights", {3, 7}, DType::U8, Layout::Ohwi);
  TestProgram result = b.finish({65, 66}, {67});
  Program &program = result.program;
  program.tensors.push_back({"tensor",
                             DType::S32,
                             Layout::Nhwc,
                             {68, -69},
                             70.5f,
                             -71,
                             Storage::Weights,
                             uint64_t(72) << 40,
                             uint64_t(73) << 40});
  uint32_t next = 74;
  for (const Params &params : all) {
    const uint32_t i = next++;
    program.commands.push_back({Engine(i % 3),
                                "command" + std::to_string(i),
                                {i, i + 1},
                                {i + 2},
                                {i + 3, i + 4},
                                params});
  }
  program.arenaSize = uint64_t(100) << 40;
  program.arenaLowerBound = uint64_t(101) << 40;
  program.decode = {"kind",
                    102,
                    103,
                    {104.5f},
                    {105.5f, 106.5f},
                    {"cat", "", "dog"},
                    DetectionStage::Heads,
                    {139, 140},
                    141,
                    {142.5f, 143.5, 144, false, true, 145}};
  program.preprocess = {
      {146, true, ColourOrder::Bgr, PictureFit::Stretch, 147.5f, {148, 149, 150}, {151, 152, 153}},
      {154, false, ColourOrder::Rgb, PictureFit::Exact, 155.5f, {156, 157, 158}, {159, 160, 161}}};
  program.cost = {uint64_t(107) << 40, uint64_t(108) << 40, 109.25, 110.25};
  const auto slice = [](uint32_t i) {
    return Slice{i,
                 {int32_t(i + 1), int32_t(i + 2), int32_t(i + 3), int32_t(i + 4)},
                 true,
                 OnChip::Weights,
                 uint64_t(i + 5) << 40,
                 uint64_t(i + 6) << 40};
  };
  program.tiles = {uint64_t(111) << 40,
                   uint64_t(112) << 40,
                   113,
                   117,
                   118,
                   uint64_t(119) << 40,
                   {{Queue::Edp, {114, 115}, {slice(116), slice(126)}, slice(136), {146, 147}},
                    {Queue::Store, {148}, {}, slice(149), {}}}};
  return result;
}

uint32_t tensorIndex(const Program &program, std::string_view name) {
  for (size_t i = 0; i < program.tensors.size(); ++i)
    if (program.tensors[i].name == name)
      return uint32_t(i);
  fail("no tensor " + std::string(name));
}

Tensor &tensorNamed(Program &program, std::string_view name) {
  return program.tensors[tensorIndex(program, name)];
}

Command &commandNamed(Program &program, std::string_view name) {
  for (Command &command : program.commands)
    if (command.name == name)
      return command;
  fail("no command " + std::string(name));
}

void fitArena(Program &program) {
  program.arenaSize = 0;
  for (const Tensor &tensor : program.tensors)
    if (tensor.storage == Storage::Arena)
      program.arenaSize = std::max(program.arenaSize, roundUp(tensor.offset + tensor.size));
  program.arenaLowerBound = 0;
}

void reshape(Program &program, std::string_view name, std::vector<int32_t> shape) {
  Tensor &tensor = tensorNamed(program, name);
  tensor.shape = std::move(shape);
  tensor.size = storedSize(tensor);
  if (tensor.storage == Storage::Arena) {
    tensor.offset = program.arenaSize;
    fitArena(program);
  } else { // verifyProgram does not look at the weights themselves.
    tensor.offset = program.weightsSize;
    program.weightsSize += roundUp(tensor.size);
  }
}

std::vector<std::byte> packageOf(const Program &program) {
  std::vector<std::byte> bytes;
  const Status status = writePackage(program, bytes);
  if (!status.ok())
    fail(std::string(status.message()));
  return bytes;
}

template <class T> static T readAt(std::span<const std::byte> package, size_t at) {
  T value;
  std::memcpy(&value, package.data() + at, sizeof(T));
  return value;
}

size_t rootTable(std::span<const std::byte> package) { return readAt<uint32_t>(package, 0); }

size_t fieldOf(std::span<const std::byte> package, size_t table, size_t field) {
  const size_t vtable = size_t(int64_t(table) - readAt<int32_t>(package, table));
  return table + readAt<uint16_t>(package, vtable + 4 + 2 * field);
}

size_t follow(std::span<const std::byte> package, size_t at) {
  return at + readAt<uint32_t>(package, at);
}

} // namespace bst::testing
