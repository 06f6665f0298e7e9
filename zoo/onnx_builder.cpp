#include "zoo/onnx_builder.h"

#include <onnx/onnx_pb.h>

#include <bit>
#include <cassert>

namespace bstc::zoo {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

void setShape(onnx::TensorProto &tensor, int type, OnnxBuilder::Shape shape) {
  tensor.set_data_type(type);
  for (int64_t d : shape)
    tensor.add_dims(d);
}

template <typename T> void setData(onnx::TensorProto &tensor, llvm::ArrayRef<T> values) {
  tensor.set_raw_data(values.data(), values.size() * sizeof(T));
}

onnx::AttributeProto &attribute(onnx::NodeProto &node, const char *name,
                                onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto &a = *node.add_attribute();
  a.set_name(name);
  a.set_type(type);
  return a;
}

void setInt(onnx::NodeProto &node, const char *name, int64_t value) {
  attribute(node, name, onnx::AttributeProto::INT).set_i(value);
}

void setInts(onnx::NodeProto &node, const char *name, llvm::ArrayRef<int64_t> values) {
  onnx::AttributeProto &a = attribute(node, name, onnx::AttributeProto::INTS);
  for (int64_t v : values)
    a.add_ints(v);
}

void setString(onnx::NodeProto &node, const char *name, const char *value) {
  attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
}

void setWindow(onnx::NodeProto &node, Window w) {
  setInts(node, "kernel_shape", {w.kernel, w.kernel});
  setInts(node, "pads", {w.pad, w.pad, w.pad, w.pad});
  setInts(node, "strides", {w.stride, w.stride});
}

void setValueInfo(onnx::ValueInfoProto &info, llvm::StringRef name, OnnxBuilder::Shape shape) {
  info.set_name(name.str());
  onnx::TypeProto_Tensor &type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  for (int64_t d : shape)
    type.mutable_shape()->add_dim()->set_dim_value(d);
}

} // namespace

OnnxBuilder::OnnxBuilder() : model(std::make_unique<onnx::ModelProto>()) {
  model->set_ir_version(7);
  model->set_producer_name("bstc zoo");
  onnx::OperatorSetIdProto &opset = *model->add_opset_import();
  opset.set_domain("");
  opset.set_version(13);
  model->mutable_graph()->set_name("torch_jit");
}

OnnxBuilder::~OnnxBuilder() = default;

OnnxBuilder::Value OnnxBuilder::input(llvm::StringRef name, Shape shape) {
  setValueInfo(*model->mutable_graph()->add_input(), name, shape);
  return name.str();
}

void OnnxBuilder::output(llvm::StringRef name, Shape shape) {
  setValueInfo(*model->mutable_graph()->add_output(), name, shape);
}

OnnxBuilder::Value OnnxBuilder::renameLast(llvm::StringRef name) {
  onnx::NodeProto &last = *model->mutable_graph()->mutable_node()->rbegin();
  assert(last.output_size() == 1);
  last.set_output(0, name.str());
  return name.str();
}

OnnxBuilder::Value OnnxBuilder::parameter(const llvm::Twine &name, Shape shape,
                                          llvm::ArrayRef<float> values) {
  onnx::TensorProto &tensor = *model->mutable_graph()->add_initializer();
  tensor.set_name(name.str());
  setShape(tensor, onnx::TensorProto::FLOAT, shape);
  setData(tensor, values);
  return tensor.name();
}

OnnxBuilder::Value OnnxBuilder::zeroPoint(llvm::ArrayRef<int> values, bool isSigned) {
  Value name = ("onnx::QuantizeLinear_" + llvm::Twine(zeroPoints.size() + identities.size())).str();
  auto [found, isNew] = zeroPoints.try_emplace({isSigned, values.vec()}, name);
  if (!isNew) {
    identities.emplace_back(found->second, name);
    return name;
  }
  onnx::TensorProto &tensor = *model->mutable_graph()->add_initializer();
  tensor.set_name(name);
  setShape(tensor, isSigned ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8,
           {static_cast<int64_t>(values.size())});
  std::vector<uint8_t> bytes(values.begin(), values.end()); // two's complement either way
  setData<uint8_t>(tensor, bytes);
  return name;
}

onnx::NodeProto &OnnxBuilder::node(llvm::StringRef scope, llvm::StringRef op,
                                   llvm::ArrayRef<Value> inputs) {
  onnx::NodeProto &n = *model->mutable_graph()->add_node();
  std::string name = (scope + "/" + op).str();
  if (unsigned earlier = uses[name]++)
    name += ("_" + llvm::Twine(earlier)).str();
  n.set_name(name);
  n.set_op_type(op.str());
  for (const Value &input : inputs)
    n.add_input(input);
  n.add_output(name + "_output_0");
  return n;
}

onnx::TensorProto &OnnxBuilder::constantNode(llvm::StringRef scope, Shape shape) {
  onnx::NodeProto &n = node(scope, "Constant", {});
  onnx::TensorProto &tensor = *attribute(n, "value", onnx::AttributeProto::TENSOR).mutable_t();
  for (int64_t d : shape)
    tensor.add_dims(d);
  return tensor;
}

OnnxBuilder::Value OnnxBuilder::floatConstant(llvm::StringRef scope, Shape shape,
                                              llvm::ArrayRef<float> values) {
  onnx::TensorProto &tensor = constantNode(scope, shape);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  setData(tensor, values);
  return model->graph().node().rbegin()->output(0);
}

OnnxBuilder::Value OnnxBuilder::intConstant(llvm::StringRef scope, Shape shape,
                                            llvm::ArrayRef<int64_t> values) {
  onnx::TensorProto &tensor = constantNode(scope, shape);
  tensor.set_data_type(onnx::TensorProto::INT64);
  setData(tensor, values);
  return model->graph().node().rbegin()->output(0);
}

OnnxBuilder::Value OnnxBuilder::conv(llvm::StringRef scope, const Value &x, const Value &weight,
                                     const Value &bias, Window window) {
  onnx::NodeProto &n = node(scope, "Conv", {x, weight, bias});
  setInts(n, "dilations", {1, 1});
  setInt(n, "group", 1);
  setWindow(n, window);
  return n.output(0);
}

OnnxBuilder::Value OnnxBuilder::maxPool(llvm::StringRef scope, const Value &x, Window window) {
  onnx::NodeProto &n = node(scope, "MaxPool", {x});
  setInt(n, "ceil_mode", 0);
  setWindow(n, window);
  return n.output(0);
}

OnnxBuilder::Value OnnxBuilder::upsample(llvm::StringRef scope, const Value &x) {
  Value scales = floatConstant(scope, {4}, {1, 1, 2, 2});
  onnx::NodeProto &n = node(scope, "Resize", {x, "", scales}); // the roi is left out
  setString(n, "coordinate_transformation_mode", "asymmetric");
  attribute(n, "cubic_coeff_a", onnx::AttributeProto::FLOAT).set_f(-0.75F);
  setString(n, "mode", "nearest");
  setString(n, "nearest_mode", "floor");
  return n.output(0);
}

OnnxBuilder::Value OnnxBuilder::relu(llvm::StringRef scope, const Value &x) {
  return node(scope, "Relu", {x}).output(0);
}

OnnxBuilder::Value OnnxBuilder::sigmoid(llvm::StringRef scope, const Value &x) {
  return node(scope, "Sigmoid", {x}).output(0);
}

OnnxBuilder::Value OnnxBuilder::add(llvm::StringRef scope, const Value &a, const Value &b) {
  return node(scope, "Add", {a, b}).output(0);
}

OnnxBuilder::Value OnnxBuilder::mul(llvm::StringRef scope, const Value &a, const Value &b) {
  return node(scope, "Mul", {a, b}).output(0);
}

OnnxBuilder::Value OnnxBuilder::pow(llvm::StringRef scope, const Value &a, const Value &b) {
  return node(scope, "Pow", {a, b}).output(0);
}

OnnxBuilder::Value OnnxBuilder::concat(llvm::StringRef scope, llvm::ArrayRef<Value> inputs,
                                       int64_t axis) {
  onnx::NodeProto &n = node(scope, "Concat", inputs);
  setInt(n, "axis", axis);
  return n.output(0);
}

OnnxBuilder::Value OnnxBuilder::reshape(llvm::StringRef scope, const Value &x, Shape shape) {
  Value dims = intConstant(scope, {static_cast<int64_t>(shape.size())}, shape);
  return node(scope, "Reshape", {x, dims}).output(0);
}

OnnxBuilder::Value OnnxBuilder::transpose(llvm::StringRef scope, const Value &x,
                                          llvm::ArrayRef<int64_t> permutation) {
  onnx::NodeProto &n = node(scope, "Transpose", {x});
  setInts(n, "perm", permutation);
  return n.output(0);
}

llvm::SmallVector<OnnxBuilder::Value, 4> OnnxBuilder::split(llvm::StringRef scope, const Value &x,
                                                            const Value &sizes, unsigned parts,
                                                            int64_t axis) {
  onnx::NodeProto &n = node(scope, "Split", {x, sizes});
  setInt(n, "axis", axis);
  for (unsigned i = 1; i < parts; ++i)
    n.add_output((n.name() + "_output_" + llvm::Twine(i)).str());
  return {n.output().begin(), n.output().end()};
}

OnnxBuilder::Value OnnxBuilder::quantize(llvm::StringRef scope, const Value &x,
                                         const QuantizationConstants &constants) {
  onnx::NodeProto &n = node(scope, "QuantizeLinear", {x, constants.scale, constants.zeroPoint});
  if (constants.axis)
    setInt(n, "axis", *constants.axis);
  return n.output(0);
}

OnnxBuilder::Value OnnxBuilder::dequantize(llvm::StringRef scope, const Value &x,
                                           const QuantizationConstants &constants) {
  onnx::NodeProto &n = node(scope, "DequantizeLinear", {x, constants.scale, constants.zeroPoint});
  if (constants.axis)
    setInt(n, "axis", *constants.axis);
  return n.output(0);
}

std::string OnnxBuilder::serialize() {
  // Nodes stand in the order of their use: the Identity nodes before all others.
  auto &nodes = *model->mutable_graph()->mutable_node();
  google::protobuf::RepeatedPtrField<onnx::NodeProto> ordered;
  for (const auto &[source, result] : identities) {
    onnx::NodeProto &n = *ordered.Add();
    n.set_name(("Identity_" + llvm::Twine(ordered.size() - 1)).str());
    n.set_op_type("Identity");
    n.add_input(source);
    n.add_output(result);
  }
  for (onnx::NodeProto &n : nodes)
    *ordered.Add() = std::move(n);
  nodes.Swap(&ordered);
  return model->SerializeAsString();
}

} // namespace bstc::zoo
