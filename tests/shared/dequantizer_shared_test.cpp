// A real export in which one DequantizeLinear says something else than its QuantizeLinear.

#include "frontend/evaluate.h"
#include "frontend/import.h"
#include "frontend/model_file.h"
#include "tests/support/compiled_run.h"
#include "tests/support/npy.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cmath>

using namespace bstc;
using namespace bstc::test;

namespace {

onnx::ModelProto modelOf(const char *file) {
  onnx::ModelProto model;
  auto buffer = readModelFile(std::string(BSTC_SHARED_DIR "/") + file);
  EXPECT_TRUE(bool(buffer)) << llvm::toString(buffer.takeError());
  EXPECT_TRUE(model.ParseFromString((*buffer)->getBuffer().str()));
  return model;
}

/// Gives the DequantizeLinear of what the convolution `layer` makes twice its scale.
void doubleScale(onnx::ModelProto &model, llvm::StringRef layer) {
  onnx::GraphProto &graph = *model.mutable_graph();
  std::vector<std::string> values; // Those that hold the convolution's number.
  for (onnx::NodeProto &node : *graph.mutable_node()) {
    const bool follows = !values.empty() && node.input(0) == values.back();
    if (llvm::StringRef(node.name()).contains(layer) && node.op_type() == "Conv")
      values.push_back(node.output(0));
    else if (follows && node.op_type() != "DequantizeLinear")
      values.push_back(node.output(0));
    if (!follows || node.op_type() != "DequantizeLinear")
      continue;
    onnx::TensorProto &scale = *graph.add_initializer();
    for (const onnx::TensorProto &tensor : graph.initializer())
      if (tensor.name() == node.input(1))
        scale = tensor;
    float value = 0;
    ASSERT_EQ(scale.raw_data().size(), sizeof(value));
    std::memcpy(&value, scale.raw_data().data(), sizeof(value));
    value *= 2;
    scale.set_raw_data(&value, sizeof(value));
    scale.set_name("doubled_scale");
    node.set_input(1, "doubled_scale");
    return;
  }
  FAIL() << "no DequantizeLinear behind " << layer.str();
}

double decibels(const std::vector<float> &of, llvm::ArrayRef<float> reference) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < of.size(); ++i) {
    signal += double(reference[i]) * double(reference[i]);
    noise += std::pow(double(of[i]) - double(reference[i]), 2);
  }
  return 10 * std::log10(signal / noise);
}

} // namespace

TEST(Dequantizer, ItsScaleCountsInARealExport) {
  onnx::ModelProto model = modelOf("qat/c00_correct_relu_s8.onnx");
  const std::vector<float> x = readNpy(BSTC_SHARED_DIR "/golden/bus_320_input.npy");
  auto unedited = runCompiled(llvm::cantFail(importOnnx(model.SerializeAsString(), "c00")), x);
  ASSERT_TRUE(bool(unedited)) << llvm::toString(unedited.takeError());
  doubleScale(model, "model.4/cv1");
  Graph graph = llvm::cantFail(importOnnx(model.SerializeAsString(), "edited"));
  auto expected = llvm::cantFail(
      evaluate(graph, TensorDataRef(TensorData::make<float>(graph.inputs()[0]->type, x))));
  auto actual = runCompiled(std::move(graph), x);
  ASSERT_TRUE(bool(actual)) << llvm::toString(actual.takeError());
  const auto reference = expected[0]->values<float>();
  const double right = decibels((*actual)[0], reference);
  EXPECT_GT(right, 35) << "the rest is ties that round otherwise, sent through 60 layers";
  EXPECT_LT(decibels((*unedited)[0], reference), right - 6) << "the edit changes what is computed";
}
