// What the zoo writes, against real exports of the same networks by PyTorch 1.13.

#include "zoo/zoo.h"

#include "llvm/Support/Error.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>

namespace bstc {
namespace {

using Activation = ZooOptions::Activation;
using Quant = ZooOptions::Quant;
using Task = ZooOptions::Task;
using Histogram = std::map<std::string, int>;

ZooOptions optionsFor(Activation activation, Task task, Quant quant, int size = 64) {
  ZooOptions options;
  options.activation = activation;
  options.task = task;
  options.quant = quant;
  options.size = size;
  return options;
}

std::string bytesOf(const ZooOptions &options) {
  llvm::Expected<std::string> bytes = buildZooModel(options);
  EXPECT_TRUE(static_cast<bool>(bytes));
  return bytes ? *bytes : std::string();
}

onnx::ModelProto modelOf(const ZooOptions &options) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(bytesOf(options)));
  return model;
}

template <typename T> std::vector<T> valuesOf(const onnx::TensorProto &tensor) {
  std::vector<T> values(tensor.raw_data().size() / sizeof(T));
  std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
  return values;
}

std::vector<int64_t> dimsOf(const onnx::ValueInfoProto &info) {
  std::vector<int64_t> dims;
  for (const auto &d : info.type().tensor_type().shape().dim())
    dims.push_back(d.dim_value());
  return dims;
}

/// Initializers by name, also through Identity nodes.
std::map<std::string, const onnx::TensorProto *> constantsOf(const onnx::GraphProto &graph) {
  std::map<std::string, const onnx::TensorProto *> constants;
  for (const onnx::TensorProto &tensor : graph.initializer())
    constants[tensor.name()] = &tensor;
  for (const onnx::NodeProto &node : graph.node())
    if (node.op_type() == "Identity")
      constants[node.output(0)] = constants.at(node.input(0));
  return constants;
}

constexpr std::array everyActivation = {Activation::Relu, Activation::Silu};
constexpr std::array everyTask = {Task::Detect, Task::Segment};
constexpr std::array everyQuant = {Quant::S8, Quant::U8, Quant::Affine, Quant::Float};

// Node types of real yolov5n exports. No export was at hand of Segment with SiLU: its counts are
// those of the ReLU export with 60 times Sigmoid and Mul in place of Relu, and 3 more pairs.
Histogram expectedNodes(Activation activation, Task task, Quant quant) {
  bool relu = activation == Activation::Relu, detect = task == Task::Detect;
  Histogram nodes = {{"Concat", 17},   {"Add", 10},  {"Reshape", 6}, {"MaxPool", 3},
                     {"Transpose", 3}, {"Split", 3}, {"Pow", 3}};
  nodes["Conv"] = detect ? 60 : 63;
  nodes["Constant"] = detect ? 27 : 28;
  nodes["Resize"] = detect ? 2 : 3;
  nodes["Sigmoid"] = relu ? (detect ? 3 : 9) : (detect ? 60 : 69);
  nodes["Mul"] = relu ? 12 : (detect ? 69 : 72);
  if (relu)
    nodes["Relu"] = detect ? 57 : 60;
  if (quant != Quant::Float) {
    int pairs = relu ? (detect ? 141 : 147) : (detect ? 198 : 207);
    nodes["QuantizeLinear"] = pairs;
    nodes["DequantizeLinear"] = pairs;
  }
  return nodes;
}

TEST(ZooExport, EveryVariantHasTheNodeTypesOfTheRealExport) {
  for (Activation activation : everyActivation)
    for (Task task : everyTask)
      for (Quant quant : everyQuant) {
        SCOPED_TRACE(testing::Message()
                     << "silu " << static_cast<int>(activation) << " segment "
                     << static_cast<int>(task) << " quant " << static_cast<int>(quant));
        Histogram nodes;
        onnx::ModelProto model = modelOf(optionsFor(activation, task, quant));
        for (const onnx::NodeProto &node : model.graph().node())
          ++nodes[node.op_type()];
        nodes.erase("Identity");
        EXPECT_EQ(nodes, expectedNodes(activation, task, quant));
      }
}

TEST(ZooExport, EqualZeroPointsAreSharedThroughIdentity) {
  // Counts of the real symmetric int8 exports.
  constexpr struct {
    Activation activation;
    int identities;
  } exports[] = {{Activation::Relu, 134}, {Activation::Silu, 191}};
  for (const auto &real : exports) {
    onnx::ModelProto model = modelOf(optionsFor(real.activation, Task::Detect, Quant::S8));
    int identities = 0;
    for (const onnx::NodeProto &node : model.graph().node())
      identities += node.op_type() == "Identity";
    EXPECT_EQ(identities, real.identities);
  }
}

TEST(ZooExport, ModelsAreOpset13WithStaticShapes) {
  onnx::ModelProto model = modelOf(optionsFor(Activation::Relu, Task::Segment, Quant::S8, 640));
  EXPECT_EQ(model.ir_version(), 7);
  ASSERT_EQ(model.opset_import_size(), 1);
  EXPECT_EQ(model.opset_import(0).version(), 13);
  const onnx::GraphProto &graph = model.graph();
  ASSERT_EQ(graph.input_size(), 1);
  EXPECT_EQ(graph.input(0).name(), "images");
  EXPECT_EQ(dimsOf(graph.input(0)), (std::vector<int64_t>{1, 3, 640, 640}));
  ASSERT_EQ(graph.output_size(), 2);
  EXPECT_EQ(graph.output(0).name(), "output0");
  EXPECT_EQ(dimsOf(graph.output(0)), (std::vector<int64_t>{1, 25200, 117}));
  EXPECT_EQ(graph.output(1).name(), "output1");
  EXPECT_EQ(dimsOf(graph.output(1)), (std::vector<int64_t>{1, 32, 160, 160}));

  onnx::ModelProto detector = modelOf(optionsFor(Activation::Relu, Task::Detect, Quant::S8, 320));
  ASSERT_EQ(detector.graph().output_size(), 1);
  EXPECT_EQ(dimsOf(detector.graph().output(0)), (std::vector<int64_t>{1, 6300, 85}));
}

TEST(ZooExport, NodesReadOnlyWhatStandsBeforeThem) {
  for (Task task : everyTask) {
    onnx::ModelProto model = modelOf(optionsFor(Activation::Silu, task, Quant::U8));
    std::set<std::string> values = {"", "images"}, names;
    for (const onnx::TensorProto &tensor : model.graph().initializer())
      EXPECT_TRUE(values.insert(tensor.name()).second) << tensor.name();
    for (const onnx::NodeProto &node : model.graph().node()) {
      EXPECT_TRUE(names.insert(node.name()).second) << node.name();
      for (const std::string &input : node.input())
        EXPECT_TRUE(values.count(input)) << node.name() << " reads " << input;
      for (const std::string &output : node.output())
        EXPECT_TRUE(values.insert(output).second) << output;
    }
    for (const onnx::ValueInfoProto &output : model.graph().output())
      EXPECT_TRUE(values.count(output.name())) << output.name();
  }
}

TEST(ZooExport, NodesAreNamedAsTorchNamesThem) {
  onnx::ModelProto model = modelOf(optionsFor(Activation::Relu, Task::Detect, Quant::Float));
  std::set<std::string> names;
  for (const onnx::NodeProto &node : model.graph().node())
    names.insert(node.name());
  for (const char *name :
       {"/model.0/conv/Conv", "/model.0/act/Relu", "/model.2/m/m.0/cv1/conv/Conv",
        "/model.2/m/m.0/Add", "/model.2/Concat", "/model.9/m/MaxPool", "/model.9/m_2/MaxPool",
        "/model.11/Resize", "/model.24/m.0/Conv", "/model.24/Mul_11", "/model.24/Concat_3"})
    EXPECT_TRUE(names.count(name)) << name;
}

TEST(ZooExport, FoldedParametersAreThePublishedOnes) {
  // "Model summary" of v7.0 after fusing: 1867405 for yolov5n, 7225885 for yolov5s.
  for (auto [network, published] : {std::pair("yolov5n", 1867405), std::pair("yolov5s", 7225885)}) {
    ZooOptions options = optionsFor(Activation::Relu, Task::Detect, Quant::Float);
    options.network = network;
    onnx::ModelProto model = modelOf(options);
    size_t bytes = 0;
    for (const onnx::TensorProto &tensor : model.graph().initializer())
      bytes += tensor.raw_data().size();
    EXPECT_EQ(bytes, published * sizeof(float)) << network;
  }
}

TEST(ZooExport, DecodeHasThePublishedAnchorsAndStrides) {
  onnx::ModelProto model = modelOf(optionsFor(Activation::Relu, Task::Detect, Quant::Float));
  std::vector<std::vector<float>> anchors;
  std::vector<float> scalars;
  for (const onnx::NodeProto &node : model.graph().node()) {
    if (node.op_type() != "Constant" || node.attribute(0).t().data_type() != 1)
      continue;
    std::vector<float> values = valuesOf<float>(node.attribute(0).t());
    if (values.size() == 1)
      scalars.push_back(values[0]);
    if (node.attribute(0).t().dims_size() != 5 || values[0] == -0.5F)
      continue;
    size_t third = values.size() / 3;
    anchors.push_back({values[0], values[1], values[third], values[third + 1], values[2 * third],
                       values[2 * third + 1]});
  }
  EXPECT_EQ(scalars, (std::vector<float>{2, 8, 2, 2, 2, 16, 2, 2, 2, 32, 2, 2}));
  EXPECT_EQ(anchors, (std::vector<std::vector<float>>{{10, 13, 16, 30, 33, 23},
                                                      {30, 61, 62, 45, 59, 119},
                                                      {116, 90, 156, 198, 373, 326}}));
}

TEST(ZooExport, SameOptionsGiveSameBytesAndSeedsDiffer) {
  ZooOptions options = optionsFor(Activation::Relu, Task::Detect, Quant::S8);
  std::string first = bytesOf(options);
  EXPECT_TRUE(first == bytesOf(options));
  options.seed = 2;
  EXPECT_FALSE(first == bytesOf(options));
}

uint64_t fnv1a(const std::string &bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char byte : bytes)
    hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

TEST(ZooExport, RecordedOutputsBelongToTheseBytes) {
  // Also says that compilers and build types agree. If this must change, record anew:
  // tests/data/zoo/README.md.
  EXPECT_EQ(fnv1a(bytesOf(optionsFor(Activation::Relu, Task::Detect, Quant::Float))),
            0x796fce84cd1d6454ULL);
  EXPECT_EQ(fnv1a(bytesOf(optionsFor(Activation::Silu, Task::Segment, Quant::Float))),
            0xb7d2a913d04e9a65ULL);
  EXPECT_EQ(fnv1a(bytesOf(optionsFor(Activation::Relu, Task::Detect, Quant::S8))),
            0xbc1546dd3601cb37ULL);
}

TEST(ZooExport, FloatParametersAreTheSameAtEveryQuantisationAndSize) {
  auto parametersOf = [](Quant quant, int size) {
    std::map<std::string, std::string> parameters;
    onnx::ModelProto model = modelOf(optionsFor(Activation::Relu, Task::Detect, quant, size));
    for (const onnx::TensorProto &tensor : model.graph().initializer())
      if (tensor.dims_size() == 4 || tensor.name().find(".bias") != std::string::npos)
        parameters[tensor.name()] = tensor.raw_data();
    return parameters;
  };
  auto expected = parametersOf(Quant::Float, 64);
  EXPECT_EQ(expected.size(), 120U);
  for (Quant quant : {Quant::S8, Quant::U8, Quant::Affine})
    EXPECT_TRUE(parametersOf(quant, 96) == expected);
}

/// Zero points of the activation pairs by the node that they quantise, and of the weights.
struct ZeroPoints {
  std::map<std::string, int> activations;
  std::vector<int> weights;
};

ZeroPoints zeroPointsOf(Quant quant) {
  onnx::ModelProto model = modelOf(optionsFor(Activation::Relu, Task::Detect, quant));
  auto constants = constantsOf(model.graph());
  int type = quant == Quant::U8 ? onnx::TensorProto::UINT8 : onnx::TensorProto::INT8;
  ZeroPoints zeroPoints;
  for (const onnx::NodeProto &node : model.graph().node()) {
    if (node.op_type() != "QuantizeLinear")
      continue;
    const onnx::TensorProto &zeroPoint = *constants.at(node.input(2));
    const onnx::TensorProto &scale = *constants.at(node.input(1));
    EXPECT_EQ(scale.dims_size(), 1);
    EXPECT_EQ(scale.dims(0), zeroPoint.dims(0));
    for (float value : valuesOf<float>(scale))
      EXPECT_GT(value, 0.0F) << node.name();
    if (constants.count(node.input(0))) {
      EXPECT_TRUE(node.attribute_size() == 1 && node.attribute(0).i() == 0) << node.name();
      EXPECT_EQ(zeroPoint.dims(0), constants.at(node.input(0))->dims(0));
      for (int8_t value : valuesOf<int8_t>(zeroPoint))
        zeroPoints.weights.push_back(value);
      continue;
    }
    EXPECT_EQ(node.attribute_size(), 0) << node.name();
    EXPECT_EQ(zeroPoint.data_type(), type);
    EXPECT_EQ(zeroPoint.dims(0), 1);
    char byte = zeroPoint.raw_data()[0];
    zeroPoints.activations[node.name()] =
        quant == Quant::U8 ? static_cast<uint8_t>(byte) : static_cast<int8_t>(byte);
  }
  return zeroPoints;
}

TEST(ZooQuantisation, SymmetricInt8HasNoZeroPoints) {
  ZeroPoints zeroPoints = zeroPointsOf(Quant::S8);
  EXPECT_EQ(zeroPoints.activations.size(), 81U);
  for (const auto &[name, value] : zeroPoints.activations)
    EXPECT_EQ(value, 0) << name;
  EXPECT_EQ(zeroPoints.weights, std::vector<int>(5517, 0));
}

TEST(ZooQuantisation, Uint8HasZeroPointsOnlyOnTheHeads) {
  ZeroPoints zeroPoints = zeroPointsOf(Quant::U8);
  int heads = 0;
  for (const auto &[name, value] : zeroPoints.activations) {
    bool isHead = name.rfind("/model.24/", 0) == 0;
    heads += isHead;
    EXPECT_EQ(value != 0, isHead) << name;
  }
  EXPECT_EQ(heads, 3);
  EXPECT_EQ(zeroPoints.weights, std::vector<int>(5517, 0));
}

TEST(ZooQuantisation, AffineHasZeroPointsOnActivationsAndWeights) {
  ZeroPoints zeroPoints = zeroPointsOf(Quant::Affine);
  for (const auto &[name, value] : zeroPoints.activations)
    EXPECT_EQ(value == -128, name.rfind("/model.24/", 0) != 0) << name;
  EXPECT_EQ(zeroPoints.weights.size(), 5517U);
  EXPECT_LT(std::count(zeroPoints.weights.begin(), zeroPoints.weights.end(), 0), 5517 / 10);
}

} // namespace
} // namespace bstc
