#ifndef BSTC_TESTS_SUPPORT_DETECTOR_MODELS_H
#define BSTC_TESTS_SUPPORT_DETECTOR_MODELS_H

#include "tests/support/onnx_builder.h"
#include "zoo/zoo.h"

#include "llvm/Support/Error.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace bstc::test {

/// A zoo network as the ONNX file of its export, to be changed.
inline onnx::ModelProto zooModelProto(const ZooOptions &options) {
  auto bytes = buildZooModel(options);
  EXPECT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(*bytes));
  return model;
}

/// A further output. Its shape is not declared: the importer infers it.
inline void addOutput(onnx::ModelProto &model, const std::string &name) {
  model.mutable_graph()->add_output()->set_name(name);
}

/// The output gets another operator before it, which may be given more inputs and attributes: what
/// was NAME is NAME_before_OP now.
inline onnx::NodeProto &appendToOutput(onnx::ModelProto &model, const std::string &name,
                                       const std::string &op) {
  const std::string before = name + "_before_" + op;
  for (onnx::NodeProto &node : *model.mutable_graph()->mutable_node())
    for (std::string &output : *node.mutable_output())
      if (output == name)
        output = before;
  onnx::NodeProto &node = *model.mutable_graph()->add_node();
  node.set_op_type(op);
  node.set_name(name + "/" + op);
  node.add_input(before);
  node.add_output(name);
  return node;
}

/// Both networks in one graph, on the same picture; names of the second begin with \p prefix.
inline void addNetwork(onnx::ModelProto &model, const onnx::ModelProto &other,
                       const std::string &prefix) {
  const auto renamed = [&](const std::string &name) {
    return name.empty() || name == "images" ? name : prefix + name;
  };
  onnx::GraphProto &graph = *model.mutable_graph();
  for (onnx::NodeProto node : other.graph().node()) {
    node.set_name(prefix + node.name());
    for (std::string &name : *node.mutable_input())
      name = renamed(name);
    for (std::string &name : *node.mutable_output())
      name = renamed(name);
    *graph.add_node() = node;
  }
  for (onnx::TensorProto tensor : other.graph().initializer()) {
    tensor.set_name(renamed(tensor.name()));
    *graph.add_initializer() = tensor;
  }
  for (onnx::ValueInfoProto output : other.graph().output()) {
    output.set_name(renamed(output.name()));
    *graph.add_output() = output;
  }
}

inline void setMetadata(onnx::ModelProto &model, const std::string &key, const std::string &value) {
  onnx::StringStringEntryProto &entry = *model.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

/// "{0: 'class 0', 1: 'class 1', ...}", as ultralytics' exporters write it.
inline std::string pythonNames(int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i)
    text += (i ? ", " : "") + std::to_string(i) + ": 'class " + std::to_string(i) + "'";
  return text + "}";
}

/// The end of a YOLOv8 export: boxes and class scores, no objectness, a column for each cell.
inline onnx::ModelProto yolov8Model() {
  OnnxBuilder b;
  b.input("images", {1, 3, 64, 64}).output("output0");
  b.floats("w", {84, 3, 8, 8}, std::vector<float>(84 * 3 * 64, 0.01f));
  auto &conv = b.node("Conv", {"images", "w"}, {"cells"});
  set(conv, "strides", Dims{8, 8});
  b.ints("columns", {3}, {1, 84, 64});
  b.node("Reshape", {"cells", "columns"}, {"flat"});
  auto &split = b.node("Split", {"flat", "sizes"}, {"box", "cls"});
  b.ints("sizes", {2}, {4, 80});
  set(split, "axis", int64_t(1));
  b.floats("stride", {}, {8});
  b.node("Mul", {"box", "stride"}, {"pixels"});
  b.node("Sigmoid", {"cls"}, {"scores"});
  set(b.node("Concat", {"pixels", "scores"}, {"output0"}), "axis", int64_t(1));
  setMetadata(b.proto, "names", pythonNames(80));
  return b.proto;
}

/// A network whose rows of predictions [1, rows, width] are its picture's values, 0 to 1, the
/// planes one after the other; boxes count in the picture's sides. \p rows * \p width is 3 * \p
/// size^2.
inline onnx::ModelProto paintModel(int64_t rows, int64_t width, int64_t size = 4) {
  OnnxBuilder b;
  b.input("images", {1, 3, size, size}).output("boxes").ints("shape", {3}, {1, rows, width});
  std::vector<float> sides(size_t(width), 1);
  std::fill_n(sides.begin(), 4, float(size));
  b.floats("sides", {width}, sides);
  b.node("Relu", {"images"}, {"positive"});
  b.node("Reshape", {"positive", "shape"}, {"rows"});
  b.node("Mul", {"rows", "sides"}, {"boxes"});
  return b.proto;
}

} // namespace bstc::test

#endif // BSTC_TESTS_SUPPORT_DETECTOR_MODELS_H
