// Detectors that end in their raw heads, or in non-maximum suppression.

#include "runtime/package/package.h"
#include "tests/reference/reference.h"
#include "tests/support/graph_builder.h"
#include "tests/support/networks.h"
#include "tests/support/sessions.h"

#include <gmock/gmock.h>

#include <cstring>
#include <map>
#include <random>

using namespace bstc;
using namespace bstc::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

ZooOptions smallHeads(ZooOptions::Task task, bool rawHeads) {
  ZooOptions options = smallZoo();
  options.task = task;
  options.rawHeads = rawHeads;
  return options;
}

/// Writes a made-up picture of 64 x 64 pixels: as pixels, or as YOLOv5 normalises them.
void writePicture(const bst::Tensor &input, std::span<std::byte> memory) {
  const bool pixels = input.dtype == bst::DType::U8; // [1, 64, 64, 3], else [1, 3, 64, 64].
  ASSERT_EQ(memory.size(), 3u * 64 * 64 * (pixels ? 1 : 4));
  std::mt19937 random(3);
  for (size_t place = 0; place < size_t(64) * 64; ++place)
    for (size_t channel = 0; channel < 3; ++channel) {
      const auto value = uint8_t(random());
      if (pixels)
        memory[place * 3 + channel] = std::byte(value);
      else
        reinterpret_cast<float *>(memory.data())[channel * 64 * 64 + place] =
            float(value * (1 / 255.0));
    }
}

/// Outputs of the package's run on that picture, by name. Bytes become floats one by one.
std::map<std::string, std::vector<float>> outputsOf(const Compilation &compilation) {
  std::map<std::string, std::vector<float>> outputs;
  const auto session = bst::testing::sessionOf(bst::testing::openBytes(compilation.package));
  const bst::Program &program = session->program();
  writePicture(program.tensors[program.inputs[0]], session->data(program.inputs[0]));
  EXPECT_TRUE(session->run().ok());
  for (uint32_t output : program.outputs) {
    const std::span<const std::byte> bytes = session->data(output);
    std::vector<float> &values = outputs[program.tensors[output].name];
    if (program.tensors[output].dtype != bst::DType::F32) {
      for (std::byte value : bytes)
        values.push_back(float(int8_t(value)));
      continue;
    }
    values.resize(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
  }
  return outputs;
}

std::vector<std::string> names(const bst::Program &program) {
  std::vector<std::string> list;
  for (uint32_t output : program.outputs)
    list.push_back(program.tensors[output].name);
  return list;
}

const bst::Command &commandWriting(const bst::Program &program, const std::string &tensor) {
  for (const bst::Command &command : program.commands)
    if (program.tensors[command.outputs[0]].name == tensor)
      return command;
  ADD_FAILURE() << tensor;
  return program.commands.front();
}

CompileOptions withNms() {
  CompileOptions options;
  options.pictures.withNms = true;
  // The zoo's networks are not trained: their scores are low.
  options.pictures.nms = {.confidence = 0.1f, .iou = 0.05, .maxDetections = 40};
  return options;
}
CompileOptions withNmsOfHeads(const char *prototypes = "") {
  CompileOptions options = withNms();
  options.pictures.decode = PictureOptions::Decode::Heads;
  options.pictures.prototypes = prototypes;
  return options;
}

} // namespace

TEST(DetectionTail, RawHeadsAreDescribed) {
  CompileOptions options;
  options.pictures.decode = PictureOptions::Decode::Heads;
  options.pictures.prototypes = "output3";
  const Compilation c = compiled(zooGraph(smallHeads(ZooOptions::Task::Segment, true)), options);
  const bst::DecodeInfo &decode = c.compiled->program.decode;
  EXPECT_EQ(decode.kind, "yolov5-segment");
  EXPECT_EQ(decode.stage, bst::DetectionStage::Heads);
  EXPECT_THAT(decode.outputs, ElementsAre(0, 1, 2));
  EXPECT_EQ(decode.prototypes, 3);
  EXPECT_EQ(decode.classes, 80);
  EXPECT_EQ(decode.masks, 32);
  EXPECT_THAT(decode.strides, ElementsAre(8, 16, 32));
  EXPECT_EQ(c.compiled->program.preprocess.size(), 1U);
}

// What the command gives is what a host would make of the predictions, by the reference.
TEST(DetectionTail, NmsGivesWhatTheHostWould) {
  for (auto task : {ZooOptions::Task::Detect, ZooOptions::Task::Segment}) {
    const bool masks = task == ZooOptions::Task::Segment;
    const Compilation plain = compiled(zooGraph(smallHeads(task, false)));
    const Compilation c = compiled(zooGraph(smallHeads(task, false)), withNms());
    expectFaithful(*c.fidelity);
    const bst::Program &program = c.compiled->program;
    std::vector<std::string> expectedNames = {"boxes", "scores", "classes", "count"};
    if (masks)
      expectedNames.insert(expectedNames.end(), {"mask_coefficients", "output1"});
    EXPECT_EQ(names(program), expectedNames);
    const bst::DecodeInfo &decode = program.decode;
    EXPECT_EQ(decode.stage, bst::DetectionStage::Detections);
    EXPECT_THAT(decode.outputs, masks ? testing::ElementsAreArray({0, 1, 2, 3, 4})
                                      : testing::ElementsAreArray({0, 1, 2, 3}));
    EXPECT_EQ(decode.prototypes, masks ? 5 : -1);
    EXPECT_THAT(decode.strides, ElementsAre(8, 16, 32)) << "recognised all the same";

    auto outputs = outputsOf(c);
    std::vector<float> predictions = outputsOf(plain)["output0"];
    // The reference runs the command alone on the predictions.
    bst::Command command;
    command.params = bst::NmsParams{decode.classes, decode.masks, withNms().pictures.nms};
    bst::Tensor x, y;
    x.shape = {1, 252, 85 + decode.masks};
    y.shape = {40 * (6 + decode.masks) + 1};
    std::vector<float> packed(size_t(y.shape[0]));
    std::vector<double> tolerance;
    const bst::TensorView views[] = {{&x, reinterpret_cast<std::byte *>(predictions.data())}};
    bst::runReference(command, views, {&y, reinterpret_cast<std::byte *>(packed.data())},
                      tolerance);
    const auto part = [&](size_t begin, size_t count) {
      return std::vector<float>(packed.begin() + ptrdiff_t(begin),
                                packed.begin() + ptrdiff_t(begin + count));
    };
    EXPECT_EQ(outputs["boxes"], part(0, 160));
    EXPECT_EQ(outputs["scores"], part(160, 40));
    EXPECT_EQ(outputs["classes"], part(200, 40));
    EXPECT_EQ(outputs["count"], part(packed.size() - 1, 1));
    if (masks) {
      EXPECT_EQ(outputs["mask_coefficients"], part(240, 40 * 32));
    }
    EXPECT_GT(packed.back(), 1) << "a picture without detections proves nothing";
  }
}

TEST(DetectionTail, NmsAfterRawHeadsOrAPlainDecodeIsTheSame) {
  const auto expected =
      outputsOf(compiled(zooGraph(smallHeads(ZooOptions::Task::Segment, false)), withNms()));
  const auto heads = outputsOf(
      compiled(zooGraph(smallHeads(ZooOptions::Task::Segment, true)), withNmsOfHeads("output3")));
  for (const char *name : {"boxes", "scores", "classes", "count", "mask_coefficients"})
    EXPECT_EQ(heads.at(name), expected.at(name)) << name;
  EXPECT_EQ(heads.at("output3"), expected.at("output1")) << "the prototypes";
  // A decode that stays plain operators is known all the same. Its numbers differ by roundings.
  CompileOptions options = withNms();
  options.recogniseDecode = false;
  const Compilation plain =
      compiled(zooGraph(smallHeads(ZooOptions::Task::Segment, false)), options);
  EXPECT_EQ(plain.compiled->program.decode.kind, "yolov5-segment");
  EXPECT_THAT(plain.compiled->program.decode.strides, ElementsAre(8, 16, 32));
  const auto outputs = outputsOf(plain);
  EXPECT_EQ(outputs.at("count"), expected.at("count"));
  EXPECT_THAT(outputs.at("scores"),
              testing::Pointwise(testing::FloatNear(1e-5f), expected.at("scores")));
}

/// The deployed form: the detections of the exported one, by the host.
TEST(Deployment, GivesTheBoxesOfTheExportedForm) {
  CompileOptions options = withNms();
  options.pictures.withNms = false;
  options.deploy = true;
  for (auto task : {ZooOptions::Task::Detect, ZooOptions::Task::Segment}) {
    const bool masks = task == ZooOptions::Task::Segment;
    const Compilation c = compiled(zooGraph(smallHeads(task, false)), options);
    expectFaithful(*c.fidelity);
    const bst::Program &program = c.compiled->program;
    EXPECT_TRUE(
        std::holds_alternative<bst::DetectParams>(commandWriting(program, "detections").params));
    EXPECT_EQ(program.decode.stage, bst::DetectionStage::Detections);
    const auto expected = outputsOf(compiled(zooGraph(smallHeads(task, false)), withNms()));
    const auto deployed = outputsOf(c);
    for (const char *name : {"boxes", "scores", "classes", "count"})
      EXPECT_EQ(deployed.at(name), expected.at(name)) << name;
    if (!masks)
      continue;
    EXPECT_EQ(deployed.at("mask_coefficients"), expected.at("mask_coefficients"));
    const bst::Tensor &prototypes = program.tensors[program.outputs[5]];
    EXPECT_EQ(prototypes.name, "output1");
    EXPECT_EQ(prototypes.dtype, bst::DType::S8);
    EXPECT_EQ(prototypes.layout, bst::Layout::Nhwc);
    EXPECT_THAT(prototypes.shape, ElementsAre(1, 32, 16, 16));
  }
}

TEST(Deployment, LeavesOtherNetworksAlone) {
  GraphBuilder b;
  b.graph.addOutput(b.unary(OpKind::Relu, "relu", b.input("x", {1, 3, 4, 4})));
  CompileOptions options;
  options.deploy = true;
  options.pictures.preprocess = {"exact"};
  const Compilation c = compiled(std::move(b.graph), options);
  EXPECT_THAT(names(c.compiled->program), ElementsAre("relu.out"));
}

TEST(Deployment, AsksWhatRawHeadsAre) {
  CompileOptions options;
  options.deploy = true;
  auto result = compile(zooGraph(smallHeads(ZooOptions::Task::Detect, true)), options);
  ASSERT_FALSE(bool(result));
  EXPECT_THAT(llvm::toString(result.takeError()),
              HasSubstr("could be the raw heads of yolov5, but nothing says so"));
}

TEST(DetectionTail, CellsFirstHeadsAreTurned) {
  // Each head as Detect.forward returns it while training: [1, 3, ny, nx, 85].
  Graph graph = zooGraph(smallHeads(ZooOptions::Task::Detect, true));
  std::vector<Value *> cells;
  for (Value *head : graph.outputs()) {
    const Shape shape = head->type.shape;
    Value *split = graph
                       .addNode(OpKind::Reshape, head->name + "/split", {head}, std::monostate(),
                                {{head->name + "/split", f32({1, 3, 85, shape[2], shape[3]})}})
                       ->output();
    cells.push_back(graph
                        .addNode(OpKind::Transpose, head->name + "/cells", {split},
                                 TransposeAttrs{{0, 1, 3, 4, 2}},
                                 {{head->name + "/cells", f32({1, 3, shape[2], shape[3], 85})}})
                        ->output());
  }
  graph.setOutputs(cells);
  const auto expected =
      outputsOf(compiled(zooGraph(smallHeads(ZooOptions::Task::Detect, true)), withNmsOfHeads()));
  const auto turned = outputsOf(compiled(std::move(graph), withNmsOfHeads()));
  for (const char *name : {"boxes", "scores", "classes", "count"})
    EXPECT_EQ(turned.at(name), expected.at(name)) << name;
}

TEST(DetectionTail, NetworksThatAreNoDetectors) {
  GraphBuilder b;
  b.graph.addOutput(b.unary(OpKind::Relu, "relu", b.input("x", {1, 3, 4, 4})));
  auto result = compile(b.graph.clone(), withNms());
  ASSERT_FALSE(bool(result));
  EXPECT_THAT(
      llvm::toString(result.takeError()),
      HasSubstr("no output is known to hold predictions, as no decode is recognised before one, "
                "and nothing says so (outputs: relu.out 1x3x4x4)"));
  CompileOptions prototypes;
  prototypes.pictures.prototypes = "relu.out";
  result = compile(std::move(b.graph), prototypes);
  ASSERT_FALSE(bool(result));
  EXPECT_THAT(llvm::toString(result.takeError()),
              HasSubstr("no output is known to hold predictions"));
}
