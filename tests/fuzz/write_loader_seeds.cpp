// Writes the seeds of tests/fuzz/corpus/loader: every kind of command, tile operations, what is
// said about pictures at each stage of detection, self-tests. (compiled.bst is a compiler's: see
// CMakeLists.txt.)
#include "runtime/package/package.h"
#include "tests/runtime/test_programs.h"
#include "tests/support/sessions.h"

#include <filesystem>
#include <fstream>

using namespace bst;
using namespace bst::testing;

static bool write(const std::filesystem::path &path, const TestProgram &test,
                  const SelfTest &selfTest = {}) {
  std::vector<std::byte> bytes;
  if (!writePackage(test.program, bytes, selfTest).ok())
    return false;
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
  return bool(file);
}

/// A self-test of the program on an input that is made from a seed, or `given`.
static SelfTest tested(const TestProgram &test, std::vector<std::vector<std::byte>> given = {}) {
  SelfTest selfTest;
  selfTest.seed = 7;
  selfTest.inputs = std::move(given);
  (void)makeSelfTest(openProgram(test.program), simulatorDevice(),
                     selfTest); // Without checksums it would be none.
  return selfTest;
}

static const std::vector<Preprocess> pictures = {{.channelsLast = true,
                                                  .colours = ColourOrder::Bgr,
                                                  .fit = PictureFit::Stretch,
                                                  .mean = {1, 2, 3}}};

/// Raw heads of two levels, one in each of the layouts, and prototypes of masks.
static TestProgram headsProgram() {
  ProgramBuilder b;
  const uint32_t images = b.floats("images", {1, 4, 4, 3});
  const uint32_t wide = b.floats("wide", {1, 3, 4, 4});
  b.command(Engine::Dsp, "transpose0", {images}, wide, TransposeParams{{0, 3, 1, 2}});
  const uint32_t weights = b.constant("w", {16, 3, 1, 1}, DType::F32, Layout::RowMajor);
  const uint32_t bias = b.constant("b", {16}, DType::F32, Layout::RowMajor);
  const uint32_t head0 = b.floats("head0", {1, 16, 4, 4}); // 2 anchors of 4 + 1 + 1 + 2.
  b.command(Engine::Dsp, "conv0", {wide, weights, bias}, head0,
            FloatConvParams{Window{}, 1, -9, 9});
  const uint32_t split = b.alias("split", {1, 2, 8, 4, 4}, head0);
  const uint32_t head1 = b.floats("head1", {1, 2, 4, 4, 8});
  b.command(Engine::Dsp, "transpose1", {split}, head1, TransposeParams{{0, 1, 3, 4, 2}});
  const uint32_t prototypes = b.floats("prototypes", {1, 2, 4, 4});
  b.command(Engine::Dsp, "slice0", {wide}, prototypes, SliceParams{{0, 1, 0, 0}, {1, 1, 1, 1}});
  TestProgram test = b.finish({images}, {head0, head1, prototypes});
  test.program.preprocess = pictures;
  test.program.decode = {.kind = "yolov5-segment",
                         .classes = 1,
                         .masks = 2,
                         .strides = {8, 16},
                         .anchors = {1, 2, 3, 4, 5, 6, 7, 8},
                         .classNames = {"car"},
                         .stage = DetectionStage::Heads,
                         .outputs = {0, 1},
                         .prototypes = 2};
  return test;
}

/// Detections with mask coefficients, cut from what the suppression keeps.
static TestProgram detectionsProgram() {
  constexpr int32_t most = 4, masks = 3;
  ProgramBuilder b;
  const uint32_t images = b.floats("images", {1, 3, 5, 10});
  const uint32_t rows = b.alias("rows", {1, 15, 10}, images); // 5 + 2 classes + 3 masks.
  const uint32_t kept = b.floats("kept", {most * (6 + masks) + 1});
  const NmsOptions options = {.confidence = 0.1f, .maxDetections = most, .multiLabel = true};
  b.command(Engine::Dsp, "nms0", {rows}, kept, NmsParams{2, masks, options});
  std::vector<uint32_t> outputs;
  int32_t begin = 0;
  const auto cut = [&](const char *name, int32_t size, std::vector<int32_t> shape) {
    const uint32_t part = b.floats(std::string(name) + "_flat", {size});
    b.command(Engine::Dsp, name, {kept}, part, SliceParams{{begin}, {1}});
    outputs.push_back(b.alias(name, std::move(shape), part));
    begin += size;
  };
  cut("boxes", most * 4, {1, most, 4});
  cut("scores", most, {1, most});
  cut("classes", most, {1, most});
  cut("masks", most * masks, {1, most, masks});
  cut("count", 1, {1});
  std::swap(outputs[3], outputs[4]);
  TestProgram test = b.finish({images}, outputs);
  test.program.decode = {.kind = "yolov5-segment",
                         .classes = 2,
                         .masks = masks,
                         .strides = {},
                         .anchors = {},
                         .classNames = {"car", "dog"},
                         .stage = DetectionStage::Detections,
                         .outputs = {0, 1, 2, 3, 4},
                         .nms = options};
  test.program.preprocess = {Preprocess{}};
  return test;
}

int main(int count, char **arguments) {
  if (count != 2)
    return 2;
  const std::filesystem::path folder = arguments[1];
  const TestProgram tiled = tiledProgram(), complete = completeProgram();
  const std::vector<std::byte> picture(tiled.program.tensors[tiled.program.inputs[0]].size);
  return !(write(folder / "small.bst", smallProgram()) && write(folder / "tiled.bst", tiled) &&
           write(folder / "complete.bst", complete, tested(complete)) &&
           write(folder / "self_test.bst", tiled, tested(tiled, {picture})) &&
           write(folder / "heads.bst", headsProgram()) &&
           write(folder / "detections.bst", detectionsProgram(), tested(detectionsProgram())));
}
