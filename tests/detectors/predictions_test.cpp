// What is known of a detector's outputs: what a decode in the graph gives, or what the user says.
// An output's rank and shape prove nothing.

#include "ir/error.h"
#include "tests/support/detector_models.h"
#include "tests/support/networks.h"

#include "llvm/ADT/STLExtras.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

using Decode = PictureOptions::Decode;

ZooOptions smallTask(ZooOptions::Task task, bool rawHeads = false) {
  ZooOptions options = smallZoo();
  options.task = task;
  options.rawHeads = rawHeads;
  return options;
}
constexpr auto detect = ZooOptions::Task::Detect, segment = ZooOptions::Task::Segment;

llvm::Expected<Compilation> tryCompile(const onnx::ModelProto &model,
                                       const PictureOptions &pictures) {
  auto graph = importOnnx(model.SerializeAsString(), "model.onnx");
  if (!graph)
    return graph.takeError();
  CompileOptions options;
  options.fidelity = false;
  options.pictures = pictures;
  return compile(std::move(*graph), options);
}

std::string refusal(const onnx::ModelProto &model, const PictureOptions &pictures) {
  auto result = tryCompile(model, pictures);
  if (result)
    return "no error";
  const Failure failure = takeFailure(result.takeError());
  return codeText(failure.code) + " " + failure.text;
}

bst::DecodeInfo decodeOf(const onnx::ModelProto &model, const PictureOptions &pictures = {}) {
  auto result = tryCompile(model, pictures);
  EXPECT_TRUE(bool(result)) << llvm::toString(result.takeError());
  return result ? result->compiled->program.decode : bst::DecodeInfo();
}

std::vector<std::string> noticesOf(const onnx::ModelProto &model) {
  auto result = tryCompile(model, {});
  EXPECT_TRUE(bool(result)) << llvm::toString(result.takeError());
  std::vector<std::string> texts;
  if (result)
    for (const Notice &notice : result->notices)
      texts.push_back(notice.text);
  return texts;
}

PictureOptions nms() {
  PictureOptions options;
  options.withNms = true;
  return options;
}
PictureOptions said(Decode decode, std::string predictions = "", std::string prototypes = "") {
  PictureOptions options;
  options.decode = decode;
  options.predictions = std::move(predictions);
  options.prototypes = std::move(prototypes);
  return options;
}

/// Rows that something else than a decode makes, [1, 16, 9], and a small map beside them, as
/// networks with several tasks have it.
onnx::ModelProto rowsAndMap(int64_t mapChannels = 2) {
  OnnxBuilder b;
  b.input("images", {1, 3, 32, 32}).output("rows").output("map");
  b.floats("w", {9, 3, 8, 8}, std::vector<float>(9 * 3 * 64, 0.01f));
  set(b.node("Conv", {"images", "w"}, {"cells"}), "strides", Dims{8, 8});
  b.ints("columns", {3}, {1, 9, 16});
  b.node("Reshape", {"cells", "columns"}, {"flat"});
  set(b.node("Transpose", {"flat"}, {"rows"}), "perm", Dims{0, 2, 1});
  b.floats("v", {mapChannels, 3, 4, 4}, std::vector<float>(size_t(mapChannels) * 48, 0.01f));
  set(b.node("Conv", {"images", "v"}, {"map"}), "strides", Dims{4, 4});
  return b.proto;
}

} // namespace

TEST(KnownOutputs, ADecodeInTheGraphIsRecognisedInEveryQuantisation) {
  for (auto task : {detect, segment})
    for (auto quant : {ZooOptions::Quant::S8, ZooOptions::Quant::U8, ZooOptions::Quant::Affine,
                       ZooOptions::Quant::Float})
      for (bool recognise : {true, false}) {
        ZooOptions zoo = smallTask(task);
        zoo.quant = quant;
        CompileOptions options;
        options.fidelity = false;
        options.recogniseDecode = recognise; // How it is computed, not whether it is known.
        const Compilation c = compiled(zooGraph(zoo), options);
        const bst::DecodeInfo &decode = c.compiled->program.decode;
        EXPECT_EQ(decode.kind, task == segment ? "yolov5-segment" : "yolov5-detect");
        EXPECT_EQ(decode.stage, bst::DetectionStage::Predictions);
        EXPECT_THAT(decode.outputs, ElementsAre(0));
        EXPECT_EQ(decode.classes, 80);
        EXPECT_EQ(decode.masks, task == segment ? 32 : 0);
        EXPECT_EQ(decode.prototypes, task == segment ? 1 : -1);
        EXPECT_THAT(decode.strides, ElementsAre(8, 16, 32));
        EXPECT_EQ(decode.anchors.size(), 18U);
        EXPECT_EQ(c.compiled->program.preprocess.size(), 1U);
      }
}

TEST(KnownOutputs, Yolov8IsNotTakenForYolov5) {
  const bst::DecodeInfo decode = decodeOf(yolov8Model());
  EXPECT_EQ(decode.kind, "");
  EXPECT_THAT(decode.outputs, IsEmpty());
  EXPECT_EQ(decode.classes, 0);
  EXPECT_EQ(decode.classNames.size(), 80U) << "names are names";
  EXPECT_THAT(
      refusal(yolov8Model(), nms()),
      HasSubstr("BST5010 model.onnx: no output is known to hold predictions, as no decode "
                "is recognised before one, and nothing says so (outputs: output0 1x84x64)"));
  // Whoever says that they are YOLOv5's rows is told what that would mean: 64 - 5.
  EXPECT_THAT(refusal(yolov8Model(), said(Decode::Rows)),
              HasSubstr("the network has 59 classes but the file's metadata names 80"));
}

TEST(KnownOutputs, RowsAreTakenWhereTheUserSaysSo) {
  onnx::ModelProto model = rowsAndMap();
  model.mutable_graph()->mutable_output()->RemoveLast(); // The map.
  EXPECT_EQ(decodeOf(model).kind, "");
  const bst::DecodeInfo decode = decodeOf(model, said(Decode::Rows));
  EXPECT_EQ(decode.kind, "yolov5-detect");
  EXPECT_EQ(decode.stage, bst::DetectionStage::Predictions);
  EXPECT_THAT(decode.outputs, ElementsAre(0));
  EXPECT_EQ(decode.classes, 4);
  EXPECT_EQ(decode.masks, 0);
  EXPECT_EQ(decode.prototypes, -1);
  EXPECT_THAT(decode.strides, IsEmpty());
  PictureOptions both = nms();
  both.decode = Decode::Rows;
  EXPECT_EQ(decodeOf(model, both).stage, bst::DetectionStage::Detections);
  // Rows of two pictures, and rows without a class.
  for (const auto &[shape, text] :
       {std::pair(Dims{2, 15, 10}, "2x15x10"), {Dims{1, 60, 5}, "1x60x5"}}) {
    OnnxBuilder rows;
    rows.input("images", {1, 3, 10, 10}).output("y").ints("shape", {3}, shape);
    rows.node("Relu", {"images"}, {"positive"});
    rows.node("Reshape", {"positive", "shape"}, {"y"});
    for (const char *name : {"", "y"})
      EXPECT_THAT(refusal(rows.proto, said(Decode::Rows, name)),
                  AllOf(HasSubstr("f32 1xROWSx(5+CLASSES)"), HasSubstr(text)));
  }
  // A network without any.
  OnnxBuilder b;
  b.input("images", {1, 3, 8, 8}).output("y");
  b.node("Relu", {"images"}, {"y"});
  EXPECT_THAT(refusal(b.proto, said(Decode::Rows)),
              HasSubstr("BST5009 model.onnx: no output is f32 1xROWSx(5+CLASSES); they are y "
                        "1x3x8x8"));
}

TEST(KnownOutputs, ASmallMapIsNoPrototypesUnlessSomethingSaysSo) {
  EXPECT_THAT(refusal(rowsAndMap(), said(Decode::Rows)),
              HasSubstr("output map 1x2x8x8 may hold the prototypes of masks or something else"));
  bst::DecodeInfo decode = decodeOf(rowsAndMap(), said(Decode::Rows, "", "map"));
  EXPECT_EQ(decode.kind, "yolov5-segment");
  EXPECT_EQ(decode.classes, 2);
  EXPECT_EQ(decode.masks, 2);
  EXPECT_EQ(decode.prototypes, 1);
  decode = decodeOf(rowsAndMap(), said(Decode::Rows, "", "none"));
  EXPECT_EQ(decode.kind, "yolov5-detect");
  EXPECT_EQ(decode.classes, 4);
  EXPECT_EQ(decode.prototypes, -1);
  // As many channels as all numbers behind objectness, or more, cannot be prototypes.
  EXPECT_EQ(decodeOf(rowsAndMap(4), said(Decode::Rows)).classes, 4);
  EXPECT_THAT(
      refusal(rowsAndMap(4), said(Decode::Rows, "", "map")),
      HasSubstr("BST5009 model.onnx: output map 1x4x8x8 is not f32 1xMASKSxROWSxCOLUMNS with "
                "MASKS fewer than the 4 numbers of a row for classes and masks"));
  EXPECT_THAT(refusal(rowsAndMap(3), said(Decode::Rows)), HasSubstr("may hold the prototypes"));
}

TEST(KnownOutputs, NamesSayHowManyMasksThereAre) {
  for (const auto &[names, masks] : {std::pair(2, 2), {4, 0}}) {
    onnx::ModelProto model = rowsAndMap();
    setMetadata(model, "names", pythonNames(names));
    const bst::DecodeInfo decode = decodeOf(model, said(Decode::Rows));
    EXPECT_EQ(decode.classes, names);
    EXPECT_EQ(decode.masks, masks);
    EXPECT_EQ(decode.prototypes, masks ? 1 : -1);
  }
  for (int names : {3, 5}) { // Of one mask there is no map; five classes have no room.
    onnx::ModelProto model = rowsAndMap();
    setMetadata(model, "names", pythonNames(names));
    EXPECT_THAT(refusal(model, said(Decode::Rows)),
                HasSubstr("the network has 4 classes but the file's metadata names " +
                          std::to_string(names)));
  }
}

TEST(KnownOutputs, OtherMapsBesideARecognisedDecodeAreNoMasks) {
  for (auto task : {detect, segment})
    for (const PictureOptions &options : {PictureOptions(), nms()}) {
      onnx::ModelProto model = zooModelProto(smallTask(task));
      // The first convolution's result: 16 channels of 32 x 32.
      const auto conv = llvm::find_if(model.graph().node(), [](const onnx::NodeProto &node) {
        return node.op_type() == "Conv";
      });
      ASSERT_NE(conv, model.graph().node().end());
      addOutput(model, conv->output(0));
      const bst::DecodeInfo decode = decodeOf(model, options);
      EXPECT_EQ(decode.kind, task == segment ? "yolov5-segment" : "yolov5-detect");
      EXPECT_EQ(decode.classes, 80);
      // Behind five outputs of detections, or behind the predictions.
      EXPECT_EQ(decode.prototypes, task == detect ? -1 : options.withNms ? 5 : 1);
      PictureOptions wrong = options;
      wrong.prototypes = conv->output(0);
      EXPECT_THAT(refusal(model, wrong),
                  HasSubstr(std::string("x32x32 is not f32 1xMASKSxROWSxCOLUMNS with MASKS ") +
                            (task == segment ? "32" : "0") + ", as the decode has"));
    }
}

TEST(KnownOutputs, OfTwoPrototypesTheUserSaysWhich) {
  onnx::ModelProto model = zooModelProto(smallTask(segment));
  appendToOutput(model, "output1", "Relu");
  addOutput(model, "output1_before_Relu"); // The prototypes before the Relu: 32 channels as well.
  const char *which =
      "outputs 'output1' and 'output1_before_Relu' could both hold the prototypes of masks, "
      "and nothing says which one counts";
  EXPECT_EQ(decodeOf(model).kind, "");
  EXPECT_THAT(noticesOf(model), Contains(which));
  EXPECT_THAT(refusal(model, nms()), HasSubstr(std::string("BST5007 model.onnx: ") + which));
  PictureOptions options;
  options.prototypes = "output1_before_Relu";
  EXPECT_EQ(decodeOf(model, options).prototypes, 2);
  EXPECT_EQ(decodeOf(model, options).masks, 32);
  options.withNms = true;
  EXPECT_EQ(decodeOf(model, options).prototypes, 6) << "behind the five outputs of detections";
  options.prototypes = "none";
  EXPECT_EQ(decodeOf(model, options).prototypes, -1);
  EXPECT_EQ(decodeOf(model, options).masks, 32);
  options.prototypes = "output0";
  EXPECT_THAT(refusal(model, options),
              HasSubstr("output output0 1x252x117 is not f32 1xMASKSxROWSxCOLUMNS "
                        "with MASKS 32, as the decode has mask coefficients"));
  options.prototypes = "masks";
  EXPECT_THAT(refusal(model, options),
              HasSubstr("BST5008 model.onnx: the network has no output 'masks' that could hold the "
                        "prototypes of masks; its outputs are output0 1x252x117, output1 "
                        "1x32x16x16, output1_before_Relu 1x32x16x16"));
}

TEST(KnownOutputs, OfTwoDecodesTheUserSaysWhich) {
  onnx::ModelProto model = zooModelProto(smallTask(detect));
  addNetwork(model, zooModelProto(smallTask(segment)), "second_");
  const char *which = "outputs 'output0' and 'second_output0' both hold predictions of a "
                      "decode, and nothing says which one counts";
  const bst::DecodeInfo unknown = decodeOf(model);
  EXPECT_EQ(unknown.kind, "");
  EXPECT_EQ(unknown.classes, 0);
  EXPECT_THAT(noticesOf(model), Contains(which));
  EXPECT_THAT(refusal(model, nms()), HasSubstr(std::string("BST5007 model.onnx: ") + which));
  EXPECT_THAT(refusal(model, said(Decode::Rows)),
              HasSubstr("outputs 'output0' and 'second_output0' could both hold the rows"));
  PictureOptions options;
  options.predictions = "output0";
  bst::DecodeInfo decode = decodeOf(model, options);
  EXPECT_EQ(decode.kind, "yolov5-detect");
  EXPECT_THAT(decode.outputs, ElementsAre(0));
  EXPECT_EQ(decode.prototypes, -1);
  options.predictions = "second_output0";
  decode = decodeOf(model, options);
  EXPECT_EQ(decode.kind, "yolov5-segment");
  EXPECT_THAT(decode.outputs, ElementsAre(1));
  EXPECT_EQ(decode.prototypes, 2);
  EXPECT_EQ(decode.classes, 80);
  EXPECT_THAT(decode.strides, ElementsAre(8, 16, 32));
  options.predictions = "output9";
  EXPECT_THAT(refusal(model, options),
              HasSubstr("the network has no output 'output9' that could hold the "
                        "predictions; its outputs are output0 1x252x85"));
  options.predictions = "second_output1";
  EXPECT_THAT(refusal(model, options),
              HasSubstr("BST5009 model.onnx: output 'second_output1' is not what a decode in the "
                        "graph gives, and nothing says that it holds rows"));
  options.decode = Decode::Rows;
  EXPECT_THAT(refusal(model, options), HasSubstr("output second_output1 1x32x16x16 "
                                                 "is not f32 1xROWSx(5+CLASSES)"));
}

TEST(KnownOutputs, HeadsThatEndInSigmoidAreNotDecodedTwice) {
  for (const char *output : {"output0", "output2"}) {
    onnx::ModelProto model = zooModelProto(smallTask(detect, true));
    EXPECT_EQ(decodeOf(model, said(Decode::Heads)).stage, bst::DetectionStage::Heads);
    appendToOutput(model, output, "Sigmoid");
    EXPECT_THAT(refusal(model, said(Decode::Heads)),
                AllOf(HasSubstr(std::string("BST5013 model.onnx: output ") + output + " 1x255x"),
                      HasSubstr(std::string("is no raw head: node '") + output +
                                "/Sigmoid' (Sigmoid) comes after its convolution, and the decode "
                                "begins with a Sigmoid of its own")));
  }
}

// As some exporters turn them to cells, behind the Sigmoid.
TEST(KnownOutputs, TurningHeadsDoesNotHideTheirSigmoid) {
  onnx::ModelProto model = zooModelProto(smallTask(detect, true));
  appendToOutput(model, "output0", "Sigmoid");
  onnx::TensorProto &shape = *model.mutable_graph()->add_initializer();
  shape.set_name("cells_shape");
  shape.set_data_type(onnx::TensorProto::INT64);
  shape.add_dims(5);
  for (int64_t extent : {1, 3, 85, 8, 8})
    shape.add_int64_data(extent);
  appendToOutput(model, "output0", "Reshape").add_input("cells_shape");
  set(appendToOutput(model, "output0", "Transpose"), "perm", Dims{0, 1, 3, 4, 2});
  model.mutable_graph()->mutable_output(0)->clear_type();
  EXPECT_THAT(refusal(model, said(Decode::Heads)),
              HasSubstr("output output0 1x3x8x8x85 is no raw head: node "
                        "'output0/Sigmoid' (Sigmoid)"));
}

/// The value that the node of this kind gives, for each such node whose result has that rank.
static std::vector<std::string> valuesOf(const onnx::ModelProto &model, const char *op,
                                         size_t rank) {
  auto graph = importOnnx(model.SerializeAsString(), "model.onnx");
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  std::vector<std::string> names;
  for (const onnx::NodeProto &node : model.graph().node())
    if (const Value *value = node.op_type() == op ? graph->find(node.output(0)) : nullptr)
      if (value->type.shape.size() == rank)
        names.push_back(node.output(0));
  return names;
}

TEST(KnownOutputs, HeadsThatAreDecodedAlreadyAreNotDecodedTwice) {
  // What Detect gives before it joins the levels: [1, 3, ny, nx, 85] in pixels.
  const onnx::ModelProto whole = zooModelProto(smallTask(detect));
  onnx::ModelProto model = whole;
  const std::vector<std::string> levels = valuesOf(whole, "Concat", 5);
  ASSERT_EQ(levels.size(), 3U);
  model.mutable_graph()->clear_output();
  for (const std::string &level : levels)
    addOutput(model, level);
  EXPECT_THAT(refusal(model, said(Decode::Heads)), HasSubstr("is no raw head: node '"));
  // Older exports have the predictions and the turned heads beside them.
  model = whole;
  const std::vector<std::string> heads = valuesOf(whole, "Transpose", 5);
  ASSERT_EQ(heads.size(), 3U);
  for (const std::string &head : heads)
    addOutput(model, head);
  EXPECT_THAT(decodeOf(model).outputs, ElementsAre(0));
  EXPECT_THAT(
      refusal(model, said(Decode::Heads)),
      HasSubstr("BST5011 model.onnx: output output0 1x252x85 is decoded already, in the graph"));
  // The heads alone are raw.
  model.mutable_graph()->mutable_output()->DeleteSubrange(0, 1);
  EXPECT_EQ(decodeOf(model, said(Decode::Heads)).stage, bst::DetectionStage::Heads);
}

TEST(KnownOutputs, RawHeadsOfASegmentNetworkNeedAWord) {
  const onnx::ModelProto model = zooModelProto(smallTask(segment, true));
  EXPECT_THAT(refusal(model, said(Decode::Heads)),
              HasSubstr("output output3 1x32x16x16 may hold the prototypes of masks"));
  bst::DecodeInfo decode = decodeOf(model, said(Decode::Heads, "", "output3"));
  EXPECT_EQ(decode.classes, 80);
  EXPECT_EQ(decode.masks, 32);
  EXPECT_EQ(decode.prototypes, 3);
  PictureOptions named = said(Decode::Heads);
  named.classNames.assign(80, "thing");
  decode = decodeOf(model, named);
  EXPECT_EQ(decode.classes, 80);
  EXPECT_EQ(decode.prototypes, 3);
  decode = decodeOf(model, said(Decode::Heads, "", "none"));
  EXPECT_EQ(decode.kind, "yolov5-detect");
  EXPECT_EQ(decode.classes, 112);
}

TEST(KnownOutputs, NamesThatContradictTheClassesAreAnError) {
  for (int names : {3, 79, 81}) {
    onnx::ModelProto model = zooModelProto(smallTask(detect));
    setMetadata(model, "names", pythonNames(names));
    EXPECT_THAT(
        refusal(model, {}),
        HasSubstr("BST5017 model.onnx: the network has 80 classes but the file's metadata names " +
                  std::to_string(names)));
    PictureOptions given;
    given.classNames.assign(80, "thing");
    EXPECT_EQ(decodeOf(model, given).classNames[79], "thing");
    given.classNames.assign(size_t(names), "thing");
    EXPECT_THAT(refusal(model, given),
                HasSubstr("the network has 80 classes but " + std::to_string(names) +
                          " class names were given"));
  }
}
