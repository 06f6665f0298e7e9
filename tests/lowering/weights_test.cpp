// Float weights that the file quantises itself: the compiler folds the QuantizeLinear with the very
// function that the float evaluation uses, so the receipt could not see it wrong.
#include "tests/lowering/lowered.h"
#include "tests/reference/access.h"

#include <cmath>

using namespace bstc;
using namespace bstc::test;

/// Weights as the command multiplies with them, zero point taken off, in the file's order.
static std::vector<int32_t> multiplied(const Lowered<bst::ConvParams> &command, int64_t outputs,
                                       int64_t inputs) {
  const bst::Tensor &tensor = command.inputs[1];
  const auto *stored = reinterpret_cast<const int8_t *>(
      command.compilation.compiled->program.weights + tensor.offset);
  std::vector<int32_t> weights;
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t i = 0; i < inputs; ++i) {
      const auto &zeros = command.params.weightZeroPoint;
      weights.push_back(stored[bst::reference::weightOffset(tensor, o, 0, 0, i)] -
                        (zeros.empty() ? 0 : zeros[size_t(o)]));
    }
  return weights;
}

TEST(FoldedWeights, AreQuantisedAsTheReferenceDoes) {
  Draw draw(23);
  for (bst::DType dtype : {bst::DType::S8, bst::DType::U8})
    for (bool perChannel : {false, true}) {
      constexpr int64_t outputs = 4, inputs = 32;
      const bool isUnsigned = dtype == bst::DType::U8;
      std::vector<float> scales, weights;
      std::vector<int32_t> zeros;
      for (int64_t o = 0; o < (perChannel ? outputs : 1); ++o) {
        scales.push_back(draw.scale());
        zeros.push_back(int32_t(isUnsigned ? draw.between(100, 150) : draw.between(-9, 9)));
      }
      for (int64_t i = 0; i < outputs * inputs; ++i) // Ties, whole steps, and beyond the range.
        weights.push_back(float(draw.between(-400, 400)) * 0.5f *
                          scales[perChannel ? size_t(i / inputs) : 0]);
      const Dims dims = perChannel ? Dims{outputs} : Dims{};
      QdqModel model;
      model.quantisedInput("x", {1, inputs, 4, 4}, {bst::DType::S8, 0.02f, 0});
      model.floats("wf", {outputs, inputs, 1, 1}, weights);
      model.floats("ws", dims, scales);
      model.bytes("wz", dims, zeros,
                  isUnsigned ? onnx::TensorProto::UINT8 : onnx::TensorProto::INT8);
      set(model.node("QuantizeLinear", {"wf", "ws", "wz"}, {"wq"}), "axis", int64_t(0));
      set(model.node("DequantizeLinear", {"wq", "ws", "wz"}, {"w"}), "axis", int64_t(0));
      model.node("Conv", {"x", "w"}, {"c"});
      model.quantisedOutput("c", {bst::DType::S8, 0.5f, 0});
      const auto command = lowered<bst::ConvParams>(model);
      ASSERT_TRUE(command);
      const std::vector<int32_t> actual = multiplied(*command, outputs, inputs);
      for (size_t i = 0; i < weights.size(); ++i) {
        const size_t o = perChannel ? i / size_t(inputs) : 0;
        EXPECT_EQ(actual[i],
                  bst::reference::deriveWeight(weights[i], {dtype, scales[o], zeros[o]}) - zeros[o])
            << i;
      }
    }
}
