// Convolutions with what follows them in the same pass: on random small networks, the simulator
// leaves the same bytes as the scalar reference does, which runs every command on its own. Half of
// the networks have a memory plan in which a result lies where an earlier tensor still is, so that
// the pass must not be taken.
//
//   BSTC_TEST_SEED  of the networks (default 1)

#include "runtime/package/package.h"
#include "runtime/program/chains.h"
#include "runtime/support/memory.h"
#include "runtime/verify/verify.h"
#include "tests/kernels/draw.h"
#include "tests/kernels/simulators.h"
#include "tests/reference/reference.h"
#include "tests/support/program_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>

namespace bst::problems {
namespace {

constexpr int networks = 600;

/// A program with its weights, made command by command; every tensor has memory of its own until
/// place() moves one.
class Network {
public:
  Network(uint64_t seed) : rng(seed) {
    program.name = program.target = program.compiler = "test";
    height = rng.between(1, 12), width = rng.between(1, 12);
  }

  uint32_t tensor(int64_t channels) {
    Tensor t;
    t.name = "t" + std::to_string(program.tensors.size());
    t.dtype = rng.chance(50) ? DType::S8 : DType::U8;
    t.layout = Layout::Nhwc;
    t.shape = {1, int32_t(channels), int32_t(height), int32_t(width)};
    t.scale = makeScale(rng);
    t.zeroPoint = int32_t(rng.chance(50) ? 0 : drawZeroPoint(rng, t.dtype));
    t.size = storedSize(t);
    t.offset = program.arenaSize;
    program.arenaSize = (t.offset + t.size + 63) / 64 * 64;
    program.tensors.push_back(t);
    return uint32_t(program.tensors.size() - 1);
  }
  uint32_t input(int64_t channels) {
    program.inputs.push_back(tensor(channels));
    return program.inputs.back();
  }
  uint32_t conv(uint32_t x, int64_t channels) {
    ConvParams params;
    const int32_t kernel = rng.chance(50) ? 1 : 3;
    params.window = {.kernelH = kernel,
                     .kernelW = kernel,
                     .padTop = kernel / 2,
                     .padLeft = kernel / 2,
                     .padBottom = kernel / 2,
                     .padRight = kernel / 2};
    const int64_t in = program.tensors[x].shape[1];
    Tensor w;
    w.name = "w" + std::to_string(program.tensors.size());
    w.dtype = DType::S8;
    w.layout = weightLayout(params);
    w.shape = {int32_t(channels), int32_t(in), kernel, kernel};
    w.storage = Storage::Weights;
    w.size = storedSize(w);
    w.offset = weights.size();
    weights.resize((w.offset + w.size + 63) / 64 * 64);
    // What fills a panel up must be 0.
    for (int64_t o = 0; o < channels; ++o)
      for (int64_t h = 0; h < kernel; ++h)
        for (int64_t k = 0; k < kernel; ++k)
          for (int64_t i = 0; i < in; ++i)
            weights[w.offset + weightIndex(w, uint64_t(o), uint64_t(h), uint64_t(k), uint64_t(i))] =
                std::byte(rng.next());
    program.tensors.push_back(w);
    const uint32_t constant = uint32_t(program.tensors.size() - 1), y = tensor(channels);
    const bool affine = rng.chance(20);
    for (int64_t o = 0; o < channels; ++o) {
      params.bias.push_back(int32_t(rng.between(-3000, 3000)));
      if (affine)
        params.weightZeroPoint.push_back(int32_t(rng.between(-20, 20)));
      params.requant.push_back(makeRequant(
          rng, rng.chance(2) ? 20 : 0, rng.real(0.5, 2) / (800 * std::sqrt(double(in * kernel)))));
    }
    const Bounds clamp = makeClamp(rng, rng.chance(60), type(y), program.tensors[y].zeroPoint);
    params.clampLo = clamp.lo, params.clampHi = clamp.hi;
    return command(Engine::Maca, {x, constant}, y, params);
  }
  uint32_t lut(uint32_t x) {
    const uint32_t y = tensor(program.tensors[x].shape[1]);
    LutParams params{.function = "silu", .table = makeQuantised(rng, 256, type(y), 0, 0)};
    return command(Engine::Edp, {x}, y, params);
  }
  uint32_t add(uint32_t a, uint32_t b) {
    const uint32_t y = tensor(program.tensors[a].shape[1]);
    AddParams params;
    params.shift = int32_t(rng.chance(10) ? rng.between(1, 62) : rng.between(30, 34));
    const int64_t most = (int64_t(2) << std::min(params.shift, 30)) - 1;
    params.multiplierA = int32_t(rng.between(1, most));
    params.multiplierB = int32_t(rng.chance(20) ? -rng.between(1, most) : rng.between(1, most));
    const Bounds clamp = makeClamp(rng, rng.between(0, 1), type(y), program.tensors[y].zeroPoint);
    params.clampLo = clamp.lo, params.clampHi = clamp.hi;
    const bool swap = rng.chance(50);
    return command(Engine::Edp, {swap ? b : a, swap ? a : b}, y, params);
  }
  uint32_t concat(std::vector<uint32_t> parts) {
    int64_t channels = 0;
    ConcatParams params;
    for (uint32_t part : parts)
      channels += program.tensors[part].shape[1];
    const uint32_t y = tensor(channels);
    for (uint32_t part : parts) {
      Tensor &t = program.tensors[part];
      params.copy.push_back(t.dtype == type(y) && rng.chance(30));
      if (params.copy.back()) { // A copy asks for the same scale and zero point.
        t.scale = program.tensors[y].scale;
        t.zeroPoint = program.tensors[y].zeroPoint;
      }
      params.requant.push_back(makeRequant(rng, 0, rng.real(0.3, 2)));
    }
    return command(Engine::Edp, parts, y, params);
  }
  DType type(uint32_t tensor) const { return program.tensors[tensor].dtype; }
  int64_t channels(uint32_t tensor) const { return program.tensors[tensor].shape[1]; }
  /// Puts `tensor` where `other` is, if it is small enough for that.
  bool place(uint32_t tensor, uint32_t other) {
    if (program.tensors[tensor].size > program.tensors[other].size)
      return false;
    program.tensors[tensor].offset = program.tensors[other].offset;
    return true;
  }
  const Program &finish(uint32_t output) {
    program.outputs = {output};
    // The package's bytes have to be aligned.
    EXPECT_TRUE(aligned.allocate(weights.size()));
    std::memcpy(aligned.bytes().data(), weights.data(), weights.size());
    program.weights = aligned.bytes().data();
    program.weightsSize = weights.size();
    program.arenaSize = 0;
    for (const Tensor &each : program.tensors)
      if (each.storage == Storage::Arena)
        program.arenaSize = std::max(program.arenaSize, (each.offset + each.size + 63) / 64 * 64);
    program.arenaLowerBound = program.arenaSize;
    return program;
  }

  Rng rng;
  Program program;

private:
  uint32_t command(Engine engine, std::vector<uint32_t> inputs, uint32_t output, Params params) {
    Command command;
    command.engine = engine;
    command.name = "c" + std::to_string(program.commands.size());
    command.inputs = std::move(inputs);
    command.outputs = {output};
    if (!program.commands.empty())
      command.dependsOn = {uint32_t(program.commands.size() - 1)};
    command.params = std::move(params);
    program.commands.push_back(std::move(command));
    return output;
  }
  int64_t height, width;
  std::vector<std::byte> weights;
  AlignedMemory aligned;
};

/// conv -> conv [-> lut] [-> add] [-> lut] [-> concat] [-> conv], and for some of them a result
/// that lies where the second convolution's input is.
const Program &build(Network &net) {
  Rng &rng = net.rng;
  const uint32_t image = net.input(rng.logarithmic(1, 40)),
                 other = net.input(rng.logarithmic(1, 90));
  const uint32_t x = net.conv(image, rng.logarithmic(1, 200));
  uint32_t y = net.conv(x, net.channels(other)), result = y;
  if (rng.chance(40))
    result = net.lut(result);
  if (rng.chance(60))
    result = net.add(result, other);
  if (rng.chance(30))
    result = net.lut(result);
  if (rng.chance(50))
    result = rng.chance(50) ? net.concat({other, result}) : net.concat({result, image});
  if (result != y && rng.chance(50))
    net.place(result, x);
  if (rng.chance(50))
    result = net.conv(result, rng.logarithmic(1, 40));
  return net.finish(result);
}

/// Output of a program whose inputs get `data`.
std::vector<std::byte> run(const Program &program, Simulator &simulator,
                           const ExecutionOptions &options,
                           const std::vector<std::vector<uint8_t>> &data, int *joined = nullptr) {
  bst::testing::ProgramRun made(program, simulator, options);
  EXPECT_TRUE(made.status().ok()) << made.status().message();
  for (size_t i = 0; i < data.size(); ++i)
    std::memcpy(made.data(program.inputs[i]).data(), data[i].data(), data[i].size());
  const Status status = made.run();
  EXPECT_TRUE(status.ok()) << status.message();
  for (uint32_t i = 0; joined && i < program.commands.size(); ++i)
    *joined += made.kernel(i).rfind("in c", 0) == 0;
  const auto bytes = made.data(program.outputs[0]);
  return {bytes.begin(), bytes.end()};
}

} // namespace

TEST(Chains, GiveTheBytesOfSingleCommands) {
  const char *text = std::getenv("BSTC_TEST_SEED");
  const uint64_t seed = text ? std::strtoull(text, nullptr, 10) : 1;
  std::cout << "BSTC_TEST_SEED=" << seed << '\n';
  const std::unique_ptr<Simulator> reference = createReference();
  const std::vector<NamedDevice> simulators = allSimulators();
  int joined = 0;
  for (int index = 0; index < networks; ++index) {
    Network net(seed * 1000003 + uint64_t(index));
    const Program &program = build(net);
    const Status legal = verifyProgram(program);
    ASSERT_TRUE(legal.ok()) << index << ": " << legal.message();
    std::vector<std::vector<uint8_t>> data;
    for (uint32_t input : program.inputs) {
      const Tensor &tensor = program.tensors[input];
      data.push_back(makeQuantised(net.rng, tensor.size, tensor.dtype, 0, 0));
    }
    const std::vector<std::byte> expected = run(program, *reference, {}, data);
    for (const NamedDevice &simulator : simulators)
      for (const ExecutionOptions &options : {ExecutionOptions{.threads = 1, .keepTensors = false},
                                              ExecutionOptions{.threads = 3, .keepTensors = false},
                                              ExecutionOptions{.threads = 1, .keepTensors = true}})
        ASSERT_TRUE(run(program, *simulator.device, options, data,
                        options.keepTensors || options.threads > 1 ? nullptr : &joined) == expected)
            << "network " << index << ", " << simulator.name << ", " << options.threads
            << " threads, " << (options.keepTensors ? "every tensor kept" : "in passes");
  }
  // That passes were taken at all.
  EXPECT_GT(joined, networks / 4);
}

TEST(Chains, KeptTensorsAreNotJoined) {
  Network net(7);
  const uint32_t x = net.input(8), y = net.lut(net.conv(x, 8));
  const Program &program = net.finish(y);
  const std::vector<std::vector<uint8_t>> data = {
      std::vector<uint8_t>(program.tensors[x].size, uint8_t(1))};
  for (const NamedDevice &simulator : allSimulators()) {
    int joined = 0;
    run(program, *simulator.device, {.keepTensors = true}, data, &joined);
    EXPECT_EQ(joined, 0) << simulator.name;
  }
}

TEST(Chains, EndWhereATensorIsReadTwiceOrLeaves) {
  Network net(3);
  const uint32_t x = net.input(4), y = net.conv(x, 4), table = net.lut(y);
  EXPECT_EQ(findChains(net.finish(table)).size(), 1u);
  net.program.outputs = {y, table}; // The convolution's own result leaves.
  EXPECT_TRUE(findChains(net.program).empty());
  net.program.outputs = {table};
  net.add(table, y); // It is read twice.
  EXPECT_TRUE(findChains(net.program).empty());
}

TEST(Chains, TakeASumWhoseOtherTermIsThereBefore) {
  Network net(4);
  const uint32_t x = net.input(4), a = net.conv(x, 4), b = net.conv(x, 4), sum = net.add(a, b);
  const auto chains = findChains(net.finish(sum));
  ASSERT_EQ(chains.size(), 1u);
  EXPECT_EQ(chains[0].conv, 1u); // Not the first: its other term comes later.
  EXPECT_THAT(chains[0].commands, testing::ElementsAre(2));
}

} // namespace bst::problems
