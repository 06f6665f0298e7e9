#ifndef BSTC_TESTS_SUPPORT_ONNX_BUILDER_H
#define BSTC_TESTS_SUPPORT_ONNX_BUILDER_H

#include "frontend/import.h"

#include <onnx/onnx_pb.h>

namespace bstc::test {

using Dims = std::vector<int64_t>;

inline onnx::AttributeProto &attribute(onnx::NodeProto &node, const std::string &name,
                                       onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}
inline void set(onnx::NodeProto &node, const std::string &name, int64_t value) {
  attribute(node, name, onnx::AttributeProto::INT).set_i(value);
}
inline void set(onnx::NodeProto &node, const std::string &name, float value) {
  attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
}
inline void set(onnx::NodeProto &node, const std::string &name, const char *value) {
  attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
}
inline void set(onnx::NodeProto &node, const std::string &name, const Dims &values) {
  auto &list = attribute(node, name, onnx::AttributeProto::INTS);
  list.mutable_ints()->Add(values.begin(), values.end());
}

/// Builds small ONNX models in memory, well-formed unless a test damages them through `proto`.
class OnnxBuilder {
public:
  onnx::ModelProto proto;

  explicit OnnxBuilder(int64_t opset = 13) {
    proto.set_ir_version(7);
    proto.add_opset_import()->set_version(opset);
    proto.mutable_graph()->set_name("test");
  }
  onnx::GraphProto &graph() { return *proto.mutable_graph(); }

  static void declare(onnx::ValueInfoProto &info, const std::string &name, const Dims &dims,
                      int type) {
    info.set_name(name);
    auto &tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    tensor.mutable_shape();
    for (int64_t dim : dims)
      tensor.mutable_shape()->add_dim()->set_dim_value(dim);
  }
  OnnxBuilder &input(const std::string &name, const Dims &dims,
                     int type = onnx::TensorProto::FLOAT) {
    declare(*graph().add_input(), name, dims, type);
    return *this;
  }
  /// An output without a declared type.
  OnnxBuilder &output(const std::string &name) {
    graph().add_output()->set_name(name);
    return *this;
  }
  onnx::NodeProto &node(const std::string &op, const std::vector<std::string> &inputs,
                        const std::vector<std::string> &outputs) {
    onnx::NodeProto &node = *graph().add_node();
    node.set_op_type(op);
    node.set_name((llvm::Twine(op) + "_" + llvm::Twine(graph().node_size() - 1)).str());
    for (const std::string &name : inputs)
      node.add_input(name);
    for (const std::string &name : outputs)
      node.add_output(name);
    return node;
  }
  onnx::TensorProto &initializer(const std::string &name, const Dims &dims, int type) {
    onnx::TensorProto &tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    tensor.mutable_dims()->Add(dims.begin(), dims.end());
    return tensor;
  }
  onnx::TensorProto &floats(const std::string &name, const Dims &dims,
                            const std::vector<float> &values) {
    auto &tensor = initializer(name, dims, onnx::TensorProto::FLOAT);
    tensor.mutable_float_data()->Add(values.begin(), values.end());
    return tensor;
  }
  /// `count` floats 0, 1, 2, ...
  onnx::TensorProto &ramp(const std::string &name, const Dims &dims) {
    auto &tensor = initializer(name, dims, onnx::TensorProto::FLOAT);
    int64_t count = 1;
    for (int64_t dim : dims)
      count *= dim;
    for (int64_t i = 0; i < count; ++i)
      tensor.add_float_data(float(i));
    return tensor;
  }
  onnx::TensorProto &ints(const std::string &name, const Dims &dims,
                          const std::vector<int64_t> &values) {
    auto &tensor = initializer(name, dims, onnx::TensorProto::INT64);
    tensor.mutable_int64_data()->Add(values.begin(), values.end());
    return tensor;
  }
  onnx::TensorProto &bytes(const std::string &name, const Dims &dims,
                           const std::vector<int32_t> &values, int type = onnx::TensorProto::INT8) {
    auto &tensor = initializer(name, dims, type);
    tensor.mutable_int32_data()->Add(values.begin(), values.end());
    return tensor;
  }

  llvm::Expected<Graph> import() const {
    return importOnnx(proto.SerializeAsString(), "model.onnx");
  }
};

} // namespace bstc::test

#endif // BSTC_TESTS_SUPPORT_ONNX_BUILDER_H
