#include "bench/support/mobilenet.h"

#include "zoo/mobilenet_v2.h"

#include <onnx/onnx_pb.h>

#include <initializer_list>
#include <vector>

namespace bstc::bench {
namespace {

class Mobilenet {
public:
  std::string build() {
    model.set_ir_version(7);
    model.add_opset_import()->set_version(13);
    graph.set_name("mobilenet_v2");
    declare(*graph.add_input(), "image", {1, 3, 224, 224});
    bound("zero", 0);
    bound("six", 6);
    std::vector<std::string> results; // Of the nodes.
    for (const MobilenetNode &layer : mobilenetV2Nodes()) {
      const std::string input = results.empty() ? "image" : results.back();
      if (layer.sum) { // The expansion, the depthwise convolution and the projection come between.
        results.push_back(node("Add", {input, results[results.size() - 4]}));
        continue;
      }
      const std::string result =
          convolution(input, layer.in, layer.out, layer.kernel, layer.stride, layer.groups);
      results.push_back(layer.linear ? result : clip(result));
    }
    const std::string pooled = node("GlobalAveragePool", {results.back()});
    constant("classes", {1000, 1280});
    constant("offsets", {1000});
    node("Gemm", {node("Flatten", {pooled}), "classes", "offsets"}, "scores");
    attribute("transB", 1);
    declare(*graph.add_output(), "scores", {1, 1000});
    return model.SerializeAsString();
  }

private:
  onnx::ModelProto model;
  onnx::GraphProto &graph = *model.mutable_graph();

  static void declare(onnx::ValueInfoProto &value, const char *name,
                      std::initializer_list<int64_t> dims) {
    value.set_name(name);
    auto &tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    for (int64_t dim : dims)
      tensor.mutable_shape()->add_dim()->set_dim_value(dim);
  }

  void constant(const std::string &name, std::initializer_list<int64_t> dims) {
    onnx::TensorProto &tensor = *graph.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    size_t count = 1;
    for (int64_t dim : dims) {
      tensor.add_dims(dim);
      count *= size_t(dim);
    }
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i)
      values[i] = float(int(i * 37 % 255) - 127) / 1024;
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  }
  void bound(const char *name, float value) {
    onnx::TensorProto &tensor = *graph.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_float_data(value);
  }

  std::string node(const char *type, const std::vector<std::string> &inputs,
                   std::string output = "") {
    onnx::NodeProto &added = *graph.add_node();
    if (output.empty())
      output = std::string(type) + std::to_string(graph.node_size());
    added.set_op_type(type);
    added.set_name(output);
    for (const std::string &input : inputs)
      added.add_input(input);
    added.add_output(output);
    return output;
  }
  /// Of the node that was added last.
  void attribute(const char *name, int64_t value) {
    onnx::AttributeProto &added = *graph.mutable_node(graph.node_size() - 1)->add_attribute();
    added.set_name(name);
    added.set_type(onnx::AttributeProto::INT);
    added.set_i(value);
  }
  void attribute(const char *name, std::initializer_list<int64_t> values) {
    onnx::AttributeProto &added = *graph.mutable_node(graph.node_size() - 1)->add_attribute();
    added.set_name(name);
    added.set_type(onnx::AttributeProto::INTS);
    for (int64_t value : values)
      added.add_ints(value);
  }

  std::string convolution(const std::string &input, int64_t in, int64_t out, int64_t kernel,
                          int64_t stride, int64_t groups) {
    const std::string weights = "weights" + std::to_string(graph.node_size());
    const std::string biases = "biases" + std::to_string(graph.node_size());
    constant(weights, {out, in / groups, kernel, kernel});
    constant(biases, {out});
    const std::string output = node("Conv", {input, weights, biases});
    const int64_t pad = kernel / 2;
    attribute("kernel_shape", {kernel, kernel});
    attribute("strides", {stride, stride});
    attribute("pads", {pad, pad, pad, pad});
    attribute("group", groups);
    return output;
  }
  std::string clip(const std::string &input) { return node("Clip", {input, "zero", "six"}); }
};

} // namespace

std::string mobilenetV2Model() { return Mobilenet().build(); }

} // namespace bstc::bench
