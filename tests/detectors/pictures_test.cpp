// What a package says about its pictures.

#include "runtime/package/package.h"
#include "tests/support/graph_builder.h"
#include "tests/support/networks.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

Compilation compiledFast(Graph graph, CompileOptions options = {}) {
  options.fidelity = false;
  return compiled(std::move(graph), options);
}

std::string refusal(Graph graph, CompileOptions options) {
  options.fidelity = false;
  auto result = compile(std::move(graph), options);
  return result ? "no error" : llvm::toString(result.takeError());
}

/// y = relu(x), the inputs of the given shapes.
Graph reluGraph(std::vector<Shape> inputs) {
  GraphBuilder b;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Value *x = b.input("in" + std::to_string(i), inputs[i]);
    b.graph.addOutput(b.unary(OpKind::Relu, "relu" + std::to_string(i), x));
  }
  return std::move(b.graph);
}

std::vector<bst::Preprocess> preprocessing(std::vector<Shape> inputs,
                                           std::vector<std::string> specifications) {
  CompileOptions options;
  options.pictures.preprocess = std::move(specifications);
  return compiledFast(reluGraph(std::move(inputs)), options).compiled->program.preprocess;
}

std::string preprocessingError(std::vector<Shape> inputs, std::vector<std::string> specifications) {
  CompileOptions options;
  options.pictures.preprocess = std::move(specifications);
  return refusal(reluGraph(std::move(inputs)), options);
}

/// y = x as floats, of an input of bytes.
Graph byteGraph(Shape shape, ElementType element = ElementType::U8) {
  GraphBuilder b;
  Value *x = b.graph.addInput("x", TensorType(element, shape, std::nullopt));
  b.graph.addOutput(
      b.graph.addNode(OpKind::Cast, "cast", {x}, CastAttrs{ElementType::F32}, {{"y", f32(shape)}})
          ->output());
  return std::move(b.graph);
}

std::vector<bst::Preprocess> u8Preprocessing(Shape shape, std::vector<std::string> specifications) {
  CompileOptions options;
  options.pictures.preprocess = std::move(specifications);
  return compiledFast(byteGraph(std::move(shape)), options).compiled->program.preprocess;
}

std::string u8Refusal(std::vector<std::string> specifications,
                      ElementType element = ElementType::U8) {
  CompileOptions options;
  options.pictures.preprocess = std::move(specifications);
  return refusal(byteGraph({1, 3, 4, 5}, element), options);
}

std::string nameList(int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i)
    text += (i ? ", " : "") + std::to_string(i) + ": 'class " + std::to_string(i) + "'";
  return text + "}";
}

} // namespace

TEST(Pictures, Yolov5SaysAllThatAHostNeeds) {
  ZooOptions zoo = smallZoo();
  zoo.task = ZooOptions::Task::Segment;
  CompileOptions options;
  options.pictures.nms = {.confidence = 0.4f, .iou = 0.6, .maxDetections = 100};
  const Compilation c = compiledFast(zooGraph(zoo), options);
  // As a loader sees it.
  std::unique_ptr<bst::Package> package;
  ASSERT_TRUE(bst::Package::fromMemory(c.package, package).ok());
  const bst::Program &program = package->program();
  // detect.py: letterbox with 114, BGR to RGB, / 255.
  ASSERT_EQ(program.preprocess.size(), 1U);
  const bst::Preprocess &p = program.preprocess[0];
  EXPECT_EQ(p.input, 0U);
  EXPECT_FALSE(p.channelsLast);
  EXPECT_EQ(p.colours, bst::ColourOrder::Rgb);
  EXPECT_EQ(p.fit, bst::PictureFit::Letterbox);
  EXPECT_EQ(p.pad, 114);
  EXPECT_THAT(p.mean, ElementsAre(0, 0, 0));
  EXPECT_THAT(p.scale, ElementsAre(1 / 255.0, 1 / 255.0, 1 / 255.0));
  const bst::DecodeInfo &decode = program.decode;
  EXPECT_EQ(decode.stage, bst::DetectionStage::Predictions);
  EXPECT_THAT(decode.outputs, ElementsAre(0));
  EXPECT_EQ(decode.prototypes, 1);
  EXPECT_EQ(decode.nms, options.pictures.nms);
  EXPECT_THAT(decode.classNames, IsEmpty());
}

TEST(Pictures, NamesInTheFilesMetadataAreTaken) {
  Graph graph = zooGraph(smallZoo());
  graph.metadata["names"] = nameList(80);
  const Compilation c = compiledFast(std::move(graph));
  ASSERT_EQ(c.compiled->program.decode.classNames.size(), 80U);
  EXPECT_EQ(c.compiled->program.decode.classNames[79], "class 79");
}

TEST(Pictures, NamesOfTheUserComeFirst) {
  Graph graph = zooGraph(smallZoo());
  graph.metadata["names"] = nameList(80);
  CompileOptions options;
  options.pictures.classNames.assign(80, "thing");
  const Compilation c = compiledFast(std::move(graph), options);
  EXPECT_EQ(c.compiled->program.decode.classNames[79], "thing");
}

TEST(Pictures, MetadataThatMakesNoSenseIsLeftOutWithANotice) {
  Graph graph = zooGraph(smallZoo());
  graph.metadata["names"] = "{0: 'person";
  const Compilation c = compiledFast(std::move(graph));
  EXPECT_THAT(c.compiled->program.decode.classNames, IsEmpty());
  EXPECT_THAT(c.notices, testing::Contains(testing::Field(
                             &Notice::text, HasSubstr("metadata are left out: line 1"))));
}

TEST(Pictures, OtherNetworksSayNothingUnlessTold) {
  const Compilation c = compiledFast(reluGraph({{1, 3, 4, 4}}));
  EXPECT_THAT(c.compiled->program.preprocess, IsEmpty());
  EXPECT_EQ(preprocessing({{1, 3, 4, 4}}, {"rgb"}).size(), 1U);
}

// torchvision: (value / 255 - mean) / std = (value - 255 mean) * 1 / (255 std).
TEST(Pictures, MeanAndDeviationBecomeOneDifferenceAndOneProduct) {
  const auto list = preprocessing({{1, 4, 5, 3}}, {"bgr,stretch,mean=0.5:0.25:0,std=0.5:1:2"});
  ASSERT_EQ(list.size(), 1U);
  EXPECT_TRUE(list[0].channelsLast) << "by its shape";
  EXPECT_EQ(list[0].colours, bst::ColourOrder::Bgr);
  EXPECT_EQ(list[0].fit, bst::PictureFit::Stretch);
  EXPECT_DOUBLE_EQ(list[0].mean[0], 127.5);
  EXPECT_DOUBLE_EQ(list[0].mean[1], 63.75);
  EXPECT_DOUBLE_EQ(list[0].mean[2], 0);
  EXPECT_DOUBLE_EQ(list[0].scale[0], 2 / 255.0);
  EXPECT_DOUBLE_EQ(list[0].scale[1], 1 / 255.0);
  EXPECT_DOUBLE_EQ(list[0].scale[2], 0.5 / 255.0);
}

TEST(Pictures, EveryItemOfASpecification) {
  const auto list = preprocessing({{1, 3, 4, 3}, {2, 3, 4, 4}},
                                  {"input=in1, exact, pad=0, scale=1, mean=128",
                                   "input=in0,nhwc,letterbox,pad=127.5,scale=1/128"});
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].input, 1U);
  EXPECT_EQ(list[0].fit, bst::PictureFit::Exact);
  EXPECT_EQ(list[0].pad, 0);
  EXPECT_THAT(list[0].scale, ElementsAre(1, 1, 1));
  EXPECT_THAT(list[0].mean, ElementsAre(128, 128, 128));
  EXPECT_EQ(list[1].input, 0U);
  EXPECT_TRUE(list[1].channelsLast) << "as it was told: both layouts are possible";
  EXPECT_EQ(list[1].pad, 127.5f);
  EXPECT_THAT(list[1].scale, ElementsAre(1 / 128.0, 1 / 128.0, 1 / 128.0));
}

/// bst.h: an input that is u8 takes the pixels themselves.
TEST(Pictures, InputsOfBytesTakePixelsAsTheyAre) {
  for (const bool last : {false, true}) {
    const Shape shape = last ? Shape{1, 4, 5, 3} : Shape{1, 3, 4, 5};
    const auto list = u8Preprocessing(shape, {"bgr,stretch,pad=99.6"});
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].channelsLast, last);
    EXPECT_EQ(list[0].colours, bst::ColourOrder::Bgr);
    EXPECT_EQ(list[0].pad, 100) << "a byte, too";
    EXPECT_THAT(list[0].mean, ElementsAre(0, 0, 0));
    EXPECT_THAT(list[0].scale, ElementsAre(1, 1, 1));
  }
  EXPECT_THAT(u8Refusal({"std=2"}),
              HasSubstr("input 'x' is u8 and takes pixels as they are: scale, mean and std are"));
  EXPECT_THAT(u8Refusal({"rgb"}, ElementType::S8),
              HasSubstr("input 'x' is s8, but pixels are f32 or u8"));
}

/// A detector whose first QuantizeLinear was cut off.
TEST(Pictures, ADetectorOfBytesHasItsFamilysFit) {
  const bst::Preprocess expected = {.channelsLast = true, .scale = {1, 1, 1}};
  bst::Program program;
  program.inputs = {0};
  program.tensors = {{}};
  const auto described = [&](bst::DType type, std::vector<int32_t> shape) {
    program.tensors[0].dtype = type;
    program.tensors[0].shape = std::move(shape);
    return defaultPreprocess(program, *families().front());
  };
  EXPECT_THAT(described(bst::DType::U8, {1, 64, 64, 3}), ElementsAre(expected));
  bst::Preprocess planes = expected;
  planes.channelsLast = false;
  EXPECT_THAT(described(bst::DType::U8, {1, 3, 64, 64}), ElementsAre(planes));
  EXPECT_THAT(described(bst::DType::F32, {1, 3, 64, 64}),
              ElementsAre(families().front()->preprocess));
  EXPECT_THAT(described(bst::DType::F32, {1, 64, 64, 3}), IsEmpty());
  EXPECT_THAT(described(bst::DType::S8, {1, 3, 64, 64}), IsEmpty());
}

TEST(Pictures, BytesNeedNoNormalisationToBeDeployed) {
  CompileOptions options;
  options.deploy = true;
  const Compilation c = compiledFast(byteGraph({1, 4, 5, 3}), options);
  EXPECT_THAT(c.compiled->program.preprocess, IsEmpty());
  EXPECT_EQ(c.compiled->program.tensors[c.compiled->program.inputs[0]].name, "x");
  options.pictures.preprocess = {"stretch"};
  const Compilation said = compiledFast(byteGraph({1, 4, 5, 3}), options);
  ASSERT_EQ(said.compiled->program.preprocess.size(), 1U);
  EXPECT_THAT(said.compiled->program.preprocess[0].scale, ElementsAre(1, 1, 1));
  options.pictures.input = PictureOptions::Input::Nv12;
  EXPECT_THAT(refusal(byteGraph({1, 4, 5, 3}), options),
              HasSubstr("takes bytes already, but NV12 only takes the place of f32 pictures"));
  // Of floats it must be known.
  options.pictures = {};
  EXPECT_THAT(refusal(reluGraph({{1, 3, 4, 4}}), options),
              HasSubstr("nothing says how pixels are normalised"));
  Graph both = byteGraph({1, 4, 5, 3});
  both.addOutput(both.addNode(OpKind::Relu, "relu", {both.addInput("map", f32({1, 3, 4, 4}))},
                              ActivationAttrs{}, {{"z", f32({1, 3, 4, 4})}})
                     ->output());
  EXPECT_THAT(refusal(std::move(both), options), HasSubstr("how pixels are normalised"));
}

TEST(Pictures, SpecificationsThatMakeNoSense) {
  const std::vector<Shape> one = {{1, 3, 4, 4}}, two = {{1, 3, 4, 4}, {1, 3, 4, 4}};
  for (const auto &[text, message] : {
           std::pair("rgb,lettrbox", "'lettrbox' is none of rgb, bgr, letterbox"),
           std::pair("pads=3", "'pads=' is none of"),
           std::pair("pad=300", "pad is a pixel value from 0 to 255, not '300'"),
           std::pair("scale=0", "scale must not be 0"),
           std::pair("std=0:1:1", "std must not be 0"),
           std::pair("mean=1:2", "mean takes a number"),
           std::pair("scale=1/x", "not '1/x'"),
           std::pair("scale=1/0", "not '1/0'"),
           std::pair("mean=nan", "not 'nan'"),
           std::pair("", "'' is none of"),
           std::pair("nhwc", "input 'in0' is 1x3x4x4, but a picture is Nx?x?x3"),
           std::pair("input=images", "the network has no input 'images', it has in0"),
       })
    EXPECT_THAT(preprocessingError(one, {text}), HasSubstr(message)) << text;
  EXPECT_THAT(preprocessingError({{1, 4, 5, 6}}, {"rgb"}), HasSubstr("is Nx3x?x? or Nx?x?x3"));
  EXPECT_THAT(preprocessingError(two, {"rgb"}),
              HasSubstr("say of which input with input=NAME; the network has in0, in1"));
  EXPECT_THAT(preprocessingError(two, {"input=in0", "input=in0,bgr"}),
              HasSubstr("input 'in0' is described twice"));
}
