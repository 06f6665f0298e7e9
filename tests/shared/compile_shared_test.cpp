// Real YOLOv5n exports: each compiles, runs, and is faithful to the file.

#include "frontend/import.h"
#include "runtime/package/package.h"
#include "tests/reference/reference.h"
#include "tests/support/networks.h"
#include "tests/support/npy.h"
#include "tests/support/program_run.h"
#include "tests/support/sessions.h"

#include <cstring>
#include <random>

using namespace bstc;
using bst::testing::openBytes;
using bst::testing::simulatorDevice;
using namespace bstc::test;

namespace {

struct Export {
  const char *file;
  int maca, edp, dsp; ///< Commands. Counts follow from the node counts in models/README.md; each
                      ///< pool is two.
};

/// For the names of the tests: the parameter as memory would change with every build.
void PrintTo(const Export &file, std::ostream *stream) { *stream << file.file; }

/// 60 convolutions (63 in Segment). EDP: 13 concats, 7 adds, 3 pools, 2 resizes (3), and one table
/// for each of the 57 SiLUs. DSP: the quantiser of the input, the decode, Segment's prototypes.
constexpr Export quantisedExports[] = {
    {"yolov5n_relu_qat_s8_320", 60, 28, 2},       {"yolov5n_relu_qat_s8_640", 60, 28, 2},
    {"yolov5n_relu_qat_u8_640", 60, 28, 2},       {"yolov5n_relu_qat_affine_640", 60, 28, 2},
    {"yolov5n_relu_qat_s8_bnraw_640", 60, 28, 2}, {"yolov5n_silu_qat_s8_640", 60, 85, 2},
    {"yolov5n_seg_relu_qat_s8_640", 63, 29, 3},
};
constexpr const char *floatExports[] = {
    "yolov5n_relu_fp32_320", "yolov5n_relu_fp32_640",        "yolov5n_silu_fp32_320",
    "yolov5n_silu_fp32_640", "yolov5n_silu_addbug_fp32_320", "yolov5n_seg_relu_fp32_640",
};

std::string modelPath(const std::string &file) {
  return std::string(BSTC_SHARED_DIR "/models/") + file + ".onnx";
}

Compilation compiledFile(const std::string &file, const CompileOptions &options = {}) {
  auto c = compileFile(modelPath(file), options);
  EXPECT_TRUE(bool(c)) << llvm::toString(c.takeError());
  return std::move(*c);
}

int commandsOn(const Compilation &c, bst::Engine engine) {
  int count = 0;
  for (const bst::Command &command : c.compiled->program.commands)
    count += command.engine == engine;
  return count;
}

class QuantisedExport : public testing::TestWithParam<Export> {};
class FloatExport : public testing::TestWithParam<const char *> {};

} // namespace

TEST_P(QuantisedExport, IsPlacedOnTheInt8EnginesAndFaithful) {
  Compilation c = compiledFile(GetParam().file);
  EXPECT_EQ(commandsOn(c, bst::Engine::Maca), GetParam().maca);
  EXPECT_EQ(commandsOn(c, bst::Engine::Edp), GetParam().edp);
  EXPECT_EQ(commandsOn(c, bst::Engine::Dsp), GetParam().dsp);
  EXPECT_TRUE(c.notices.empty()) << c.notices.front().text;
  ASSERT_TRUE(c.fidelity);
  expectFaithful(*c.fidelity);
  EXPECT_EQ(c.fidelity->scalesMerged, 0u);
}

INSTANTIATE_TEST_SUITE_P(Shared, QuantisedExport, testing::ValuesIn(quantisedExports),
                         [](const auto &info) { return std::string(info.param.file); });

TEST_P(FloatExport, RunsOnDspAndIsFaithful) {
  Compilation c = compiledFile(GetParam());
  EXPECT_EQ(commandsOn(c, bst::Engine::Maca) + commandsOn(c, bst::Engine::Edp), 0);
  ASSERT_EQ(c.notices.size(), 1u);
  ASSERT_TRUE(c.fidelity);
  expectFaithful(*c.fidelity);
}

INSTANTIATE_TEST_SUITE_P(Shared, FloatExport, testing::ValuesIn(floatExports),
                         [](const auto &info) { return std::string(info.param); });

namespace {

using Tensors = std::vector<std::vector<std::byte>>;

/// Fills the input of a run, and takes its first output.
template <class Run> void fill(Run &run, const bst::Program &program, const std::vector<float> &x) {
  const std::span<std::byte> images = run.data(program.inputs[0]);
  EXPECT_EQ(images.size(), x.size() * sizeof(float));
  std::memcpy(images.data(), x.data(), images.size());
}

void take(Tensors &tensors, std::span<const std::byte> bytes) {
  tensors.emplace_back(bytes.begin(), bytes.end());
}

/// Runs a compiled network of one input in a session, optionally watching.
std::vector<float> runOn(const bstrt::Package &package, const bstrt::Device &device,
                         const std::vector<float> &input, Tensors *tensors, unsigned threads = 1) {
  const bst::Program &program = bst::programOf(package);
  std::unique_ptr<bst::ProgramSession> session;
  const auto onCommand = [&](uint32_t command, double) {
    for (uint32_t output : program.commands[command].outputs)
      if (tensors)
        take(*tensors, session->data(output));
  };
  session = bst::testing::sessionOf(
      package, device,
      {.threads = threads, .keepTensors = tensors != nullptr, .onCommand = onCommand});
  fill(*session, program, input);
  EXPECT_TRUE(session->run().ok());
  const std::span<std::byte> bytes = session->data(program.outputs[0]);
  std::vector<float> output(bytes.size() / sizeof(float));
  std::memcpy(output.data(), bytes.data(), bytes.size());
  return output;
}

const std::vector<float> &recordedPicture() {
  static const std::vector<float> picture = readNpy(BSTC_SHARED_DIR "/golden/bus_320_input.npy");
  return picture;
}

/// Every command's output of the scalar reference.
Tensors referenceTensors(const bst::Program &program, const std::vector<float> &input) {
  const auto reference = bst::createReference();
  bst::testing::ProgramRun run(program, *reference);
  fill(run, program, input);
  Tensors tensors;
  EXPECT_TRUE(run.run([&](uint32_t command) {
                   for (uint32_t output : program.commands[command].outputs)
                     take(tensors, run.data(output));
                 })
                  .ok());
  return tensors;
}
} // namespace

/// golden/README.md: ONNX Runtime 1.30 on bus.jpg, 320x320.
TEST(SharedGolden, SimulatorOnFloatModels) {
  for (const char *file : {"yolov5n_relu_fp32_320", "yolov5n_silu_fp32_320"})
    for (bool recognise : {true, false}) {
      SCOPED_TRACE(file);
      CompileOptions options;
      options.fidelity = false;
      options.recogniseDecode = recognise;
      const bstrt::Package package = openBytes(compiledFile(file, options).package);
      std::vector<float> actual = runOn(package, simulatorDevice(), recordedPicture(), nullptr);
      std::vector<float> expected =
          readNpy(std::string(BSTC_SHARED_DIR "/golden/") + file + ".output0.npy");
      ASSERT_EQ(actual.size(), expected.size());
      for (size_t i = 0; i < expected.size(); ++i)
        ASSERT_NEAR(actual[i], expected[i], i % 85 < 4 ? 2e-3 : 2e-5) << "element " << i;
    }
}

/// Simulator and scalar reference: the same bytes in every int8 tensor of a real network.
TEST(SharedExactness, SimulatorEqualsTheScalarReference) {
  const bstrt::Package package = openBytes(compiledFile("yolov5n_relu_qat_s8_320").package);
  const bst::Program &program = bst::programOf(package);
  Tensors simulated;
  runOn(package, simulatorDevice(), recordedPicture(), &simulated);
  const Tensors expected = referenceTensors(program, recordedPicture());
  ASSERT_EQ(simulated.size(), expected.size());
  for (size_t i = 0; i + 1 < expected.size(); ++i) // The last one is the float decode.
    EXPECT_TRUE(simulated[i] == expected[i]) << program.commands[i].name;
}

/// Every kernel and every number of threads: the same bytes in every tensor, on a made-up picture.
TEST_P(QuantisedExport, IsTheSameOnEveryInstructionSetAndNumberOfThreads) {
  CompileOptions compileOptions;
  compileOptions.fidelity = false;
  const bstrt::Package package = openBytes(compiledFile(GetParam().file, compileOptions).package);
  const bst::Program &program = bst::programOf(package);
  std::vector<float> picture(bst::elementCount(program.tensors[program.inputs[0]]));
  std::mt19937 random(7);
  for (float &value : picture)
    value = float(random() % 256) / 255;
  Tensors expected;
  int compared = 0;
  for (const char *isa : {"scalar", "avx2", "avxvnni", "avx512vnni", "neon", "neondot"})
    for (unsigned threads : {1, 2, 3}) {
      auto device = bstrt::Device::simulator((std::string("isa=") + isa).c_str());
      if (!device)
        continue; // Not of this processor.
      Tensors tensors;
      runOn(package, *device, picture, &tensors, threads);
      if (expected.empty())
        expected = std::move(tensors);
      else
        for (size_t i = 0; i < expected.size(); ++i)
          ASSERT_TRUE(tensors[i] == expected[i])
              << program.commands[i].name << " on " << isa << " with " << threads << " threads";
      ++compared;
    }
  EXPECT_GE(compared, 3);
}
