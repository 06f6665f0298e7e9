// Where floats become integers and back, and what program and float evaluation both take from the
// importer: pads that ONNX leaves to be worked out.
#include "tests/lowering/lowered.h"

using namespace bstc;
using namespace bstc::test;

TEST(Boundaries, QuantiseAndDequantise) {
  for (const Quant &x : {Quant{bst::DType::S8, 0.3f, -7}, Quant{bst::DType::U8, 0.011f, 200}}) {
    QdqModel model;
    model.quantisedInput("x", {1, 2, 4, 4}, x);
    model.node("Identity", {"x"}, {"y"});
    model.output("y");
    const auto quantise = lowered<bst::QuantizeParams>(model);
    ASSERT_TRUE(quantise);
    EXPECT_EQ(quantise->params.block, 1);
    expectMeans(quantise->output, x);
    EXPECT_EQ(quantise->inputs[0].dtype, bst::DType::F32);
    const auto back = lowered<bst::DequantizeParams>(model);
    ASSERT_TRUE(back);
    expectMeans(back->inputs[0], x);
    EXPECT_EQ(back->output.scale, 0);
    EXPECT_EQ(back->output.dtype, bst::DType::F32);
  }
}

/// A strided stem reads blocks of positions as channels: still the same quantisation.
TEST(Boundaries, QuantiseInBlocks) {
  const Quant x = {bst::DType::U8, 0.004f, 0};
  QdqModel model;
  model.quantisedInput("x", {1, 3, 8, 8}, x);
  model.ramp("w", {8, 3, 2, 2});
  model.pair("w", "wd", {bst::DType::S8, 0.8f, 0});
  auto &conv = model.node("Conv", {"x", "wd"}, {"c"});
  set(conv, "strides", Dims{2, 2});
  model.quantisedOutput("c", {bst::DType::S8, 4, 0});
  const auto quantise = lowered<bst::QuantizeParams>(model);
  ASSERT_TRUE(quantise);
  EXPECT_EQ(quantise->params.block, 2);
  EXPECT_THAT(quantise->output.shape, testing::ElementsAre(1, 12, 4, 4));
  expectMeans(quantise->output, x);
}

/// auto_pad and its explicit pads mean one convolution: program and float evaluation share the
/// importer's, so both would be wrong together.
TEST(SharedReading, AutoPads) {
  for (bool upper : {true, false})
    for (int64_t in = 3; in <= 8; ++in)
      for (int64_t kernel = 1; kernel <= 4; ++kernel)
        for (int64_t stride = 1; stride <= 3; ++stride)
          for (int64_t dilation = 1; dilation <= 2; ++dilation) {
            OnnxBuilder model;
            model.input("x", {1, 1, in, 16}).output("y");
            model.ramp("w", {1, 1, kernel, 1});
            auto &conv = model.node("Conv", {"x", "w"}, {"y"});
            set(conv, "auto_pad", upper ? "SAME_UPPER" : "SAME_LOWER");
            set(conv, "strides", Dims{stride, 1});
            set(conv, "dilations", Dims{dilation, 1});
            auto graph = model.import();
            ASSERT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
            const auto &window = graph->nodes().back()->as<ConvAttrs>().window;
            const auto pads = bst::reference::deriveSamePads(in, kernel, stride, dilation, upper);
            EXPECT_EQ(window.padBegin[0], pads.begin) << in << ' ' << kernel << ' ' << stride;
            EXPECT_EQ(window.padEnd[0], pads.end) << in << ' ' << kernel << ' ' << stride;
            EXPECT_EQ(graph->outputs()[0]->type.shape[2], pads.out);
          }
}

/// ceil_mode: as many windows as begin inside the input or the padding before it (ONNX since
/// opset 19 says so; ONNX Runtime and PyTorch always did).
TEST(SharedReading, CeilMode) {
  for (int64_t in = 3; in <= 9; ++in)
    for (int64_t kernel = 1; kernel <= 4; ++kernel)
      for (int64_t stride = 1; stride <= 3; ++stride)
        for (int64_t pad = 0; pad < kernel; ++pad) {
          if (in + 2 * pad < kernel)
            continue;
          OnnxBuilder model;
          model.input("x", {1, 1, in, 4}).output("y");
          auto &pool = model.node("MaxPool", {"x"}, {"y"});
          set(pool, "kernel_shape", Dims{kernel, 1});
          set(pool, "strides", Dims{stride, 1});
          set(pool, "pads", Dims{pad, 0, pad, 0});
          set(pool, "ceil_mode", int64_t(1));
          int64_t windows = 1; // The first begins at -pad.
          while (windows * stride - pad < in && (windows - 1) * stride - pad + kernel < in + pad)
            ++windows;
          auto graph = model.import();
          ASSERT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
          EXPECT_EQ(graph->outputs()[0]->type.shape[2], windows)
              << in << ' ' << kernel << ' ' << stride << ' ' << pad;
        }
}
