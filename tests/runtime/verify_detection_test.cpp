// What verifyProgram says of the commands of the DSP that make detections: decode, suppression.
#include "runtime/verify/verify.h"
#include "verify_cases.h"

namespace bst::testing {

TEST(VerifyDetection, YoloDecode) {
  auto decode = [](Program &p) -> YoloDecodeParams & {
    return params<YoloDecodeParams>(p, "decode0");
  };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { decode(p).anchorsPerLevel = 0; },
           "(yolo_decode): anchors a level is 0, expected 1 to 1048576"},
          {[=](Program &p) { decode(p).classes = 0; }, "classes is 0, expected 1 to 1048576"},
          {[=](Program &p) { decode(p).classes = INT32_MAX; }, "classes is 2147483647"},
          {[=](Program &p) { decode(p).masks = -1; }, "masks is -1, expected 0 to 1048576"},
          {[=](Program &p) { decode(p).strides.pop_back(); },
           "strides has 1 elements, expected 2 (levels)"},
          {[=](Program &p) { decode(p).anchors.pop_back(); },
           "anchors has 7 elements, expected 8 (levels, anchors, w and h)"},
          {[=](Program &p) { decode(p).strides[0] = -8; },
           "strides are not all finite and above 0"},
          {[=](Program &p) { decode(p).anchors[5] = notANumber; },
           "anchors are not all finite and above 0"},
          {[=](Program &p) { decode(p).masks = 2; },
           "'level0' has shape [1,12,8,8], expected batch 1 and 16 channels"},
          {[](Program &p) { setInput(p, "decode0", 1, "joined"); },
           "'joined' has shape [1,8,4,4], expected batch 1 and 12 channels"},
          {[](Program &p) { setInput(p, "decode0", 0, "soft"); },
           "'soft' has shape [32,12], expected rank 4"},
          {[](Program &p) { setOutput(p, "decode0", "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) {
             reshape(p, "boxes", {160, 6});
           },
           "'boxes' has shape [160,6], expected rank 3"},
          {[](Program &p) {
             reshape(p, "boxes", {1, 161, 6});
           },
           "'boxes' has shape [1,161,6], expected [1,160,6]"},
          {[](Program &p) {
             reshape(p, "boxes", {1, 160, 7});
           },
           "expected [1,160,6]"},
          {[](Program &p) {
             reshape(p, "boxes", {2, 80, 6});
           },
           "expected [1,160,6]"},
      },
      "decode0");
  // A quantised head that is not laid out as one; a batch of two.
  expectRefusals(completeProgram(),
                 {
                     {[](Program &p) {
                        Tensor alias = tensorNamed(p, "level1");
                        alias.layout = Layout::RowMajor;
                        commandNamed(p, "decode0").inputs[1] = uint32_t(p.tensors.size());
                        p.tensors.push_back(alias);
                      },
                      "'level1' is laid out row_major, expected nhwc"},
                     {[](Program &p) {
                        Tensor alias = tensorNamed(p, "level0");
                        alias.shape = {2, 12, 8, 4};
                        commandNamed(p, "decode0").inputs[0] = uint32_t(p.tensors.size());
                        p.tensors.push_back(alias);
                      },
                      "'level0' has shape [2,12,8,4], expected batch 1 and 12 channels"},
                 },
                 "decode0");
}

TEST(VerifyDetection, Nms) {
  auto nms = [](Program &p) -> NmsParams & { return params<NmsParams>(p, "nms0"); };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { nms(p).classes = 0; }, "classes is 0, expected 1 to 1048576"},
          {[=](Program &p) { nms(p).masks = -1; }, "masks is -1, expected 0 to 1048576"},
          {[=](Program &p) { nms(p).options.confidence = -0.5f; },
           "confidence is -0.5, expected 0 to 1"},
          {[=](Program &p) { nms(p).options.iou = notANumber; }, "iou is nan, expected 0 to 1"},
          {[=](Program &p) { nms(p).options.maxDetections = 1 << 21; },
           "detections are at most 2097152, expected 1 to 1048576"},
          {[=](Program &p) { nms(p).options.maxCandidates = 0; }, "candidates are at most 0"},
          {[=](Program &p) { nms(p).classes = 2; },
           "'boxes' has shape [1,160,6], expected [1,n,7], n at most 2147483648"},
          {[](Program &p) { setInput(p, "nms0", 0, "soft"); },
           "'soft' has shape [32,12], expected rank 3"},
          {[](Program &p) { setInput(p, "nms0", 0, "joined"); }, "expected f32 row_major"},
          {[](Program &p) { setOutput(p, "nms0", "conv"); }, "expected f32 row_major"},
          {[](Program &p) {
             reshape(p, "kept", {1, 121});
           },
           "expected rank 1"},
          {[](Program &p) { reshape(p, "kept", {120}); }, "'kept' has shape [120], expected [121]"},
          {[=](Program &p) { nms(p).options.maxDetections = 21; }, "expected [127]"},
      },
      "nms0");
}

TEST(VerifyDetection, Detect) {
  // Two heads of one anchor, 2 classes and 1 mask coefficient: 4 * 4 + 2 * 2 rows.
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {1, 8, 4, 4}), z = b.floats("z", {1, 8, 2, 2});
  const uint32_t fine = b.quantised("fine", {1, 8, 4, 4}, DType::S8, 0.1f, 3);
  const uint32_t coarse = b.quantised("coarse", {1, 8, 2, 2}, DType::U8, 0.2f, 128);
  b.command(Engine::Dsp, "quantize0", {x}, fine, QuantizeParams{});
  b.command(Engine::Dsp, "quantize1", {z}, coarse, QuantizeParams{});
  const uint32_t kept = b.floats("kept", {20 * 7 + 1});
  const DetectParams params = {
      {1, 2, 1, {8, 16}, {10, 13, 30, 61}}, {.maxDetections = 20}, {-8, 0}};
  b.command(Engine::Dsp, "detect0", {fine, coarse}, kept, params);
  const TestProgram test = b.finish({x, z}, {kept});
  const auto detect = [](Program &p) -> DetectParams & {
    return bst::testing::params<DetectParams>(p, "detect0");
  };
  EXPECT_EQ(verifyProgram(test.program).message(), "");
  for (const std::vector<int32_t> &thresholds : {std::vector{-128, 0}, std::vector{128, 256}}) {
    TestProgram other = test;
    detect(other.program).thresholds = thresholds;
    EXPECT_EQ(verifyProgram(other.program).message(), "");
  }
  expectRefusals(
      test,
      {
          {[=](Program &p) { detect(p).decode.classes = 0; }, "classes is 0, expected 1 to"},
          {[=](Program &p) { detect(p).decode.strides[0] = 0; }, "strides are not all finite"},
          {[=](Program &p) { detect(p).decode.masks = 2; },
           "'fine' has shape [1,8,4,4], expected batch 1 and 9 channels"},
          {[=](Program &p) { detect(p).options.iou = notANumber; }, "iou is nan, expected 0 to 1"},
          {[=](Program &p) { detect(p).options.maxDetections = 21; },
           "'kept' has shape [141], expected [148]"},
          {[=](Program &p) { detect(p).thresholds.pop_back(); },
           "thresholds has 1 elements, expected 2 (levels)"},
          {[=](Program &p) { detect(p).thresholds[0] = -129; },
           "a threshold is -129, expected -128 to 128"},
          {[=](Program &p) { detect(p).thresholds[0] = 129; }, "expected -128 to 128"},
          {[=](Program &p) { detect(p).thresholds[1] = -1; },
           "a threshold is -1, expected 0 to 256"},
          {[=](Program &p) { detect(p).thresholds[1] = 257; }, "expected 0 to 256"},
          {[](Program &p) { setInput(p, "detect0", 0, "x"); }, "'x' is f32, expected s8 or u8"},
          {[](Program &p) { reshape(p, "kept", {140}); }, "'kept' has shape [140], expected [141]"},
      },
      "detect0");
}

} // namespace bst::testing
