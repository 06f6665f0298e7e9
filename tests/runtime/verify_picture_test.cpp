// What verifyProgram says of the description of pictures, and of outputs that detectors have.
#include "runtime/verify/verify.h"
#include "verify_cases.h"

namespace bst::testing {

namespace {

constexpr int32_t most = 7, classes = 3, masks = 2, width = 5 + classes + masks;

/// Adds an output of that name and shape, which nothing else looks at.
uint32_t addOutput(ProgramBuilder &b, uint32_t x, const char *name, std::vector<int32_t> shape) {
  const uint32_t y = b.floats(name, std::move(shape));
  b.command(Engine::Dsp, std::string("make ") + name, {x}, y, FloatUnaryParams{UnaryFn::Relu});
  return y;
}

/// A segmenter that suppresses by itself; each output has its own input of the same shape.
TestProgram detections() {
  ProgramBuilder b;
  const std::vector<std::pair<const char *, std::vector<int32_t>>> parts = {
      {"boxes", {1, most, 4}},  {"scores", {1, most}},          {"classes", {1, most}},
      {"count", {1}},           {"masks", {1, most, masks}},    {"prototypes", {1, masks, 8, 9}},
      {"rows", {1, 60, width}}, {"head", {1, 2 * width, 3, 4}}, {"cells", {1, 2, 3, 4, width}}};
  std::vector<uint32_t> inputs, outputs;
  for (const auto &[name, shape] : parts) {
    inputs.push_back(b.floats(std::string("x of ") + name, shape));
    outputs.push_back(addOutput(b, inputs.back(), name, shape));
  }
  TestProgram test = b.finish(inputs, outputs);
  DecodeInfo &d = test.program.decode;
  d.kind = "yolov5-segment";
  d.classes = classes;
  d.masks = masks;
  d.stage = DetectionStage::Detections;
  d.outputs = {0, 1, 2, 3, 4};
  d.prototypes = 5;
  d.nms.maxDetections = most;
  return test;
}

void predictions(Program &p) {
  p.decode.stage = DetectionStage::Predictions;
  p.decode.outputs = {6};
  p.decode.strides = {8};
  p.decode.anchors = {1, 2, 3, 4};
}

void heads(Program &p) {
  predictions(p);
  p.decode.stage = DetectionStage::Heads;
  p.decode.outputs = {7};
}

/// Another shape for an output and for what it is made of.
void reshapeOutput(Program &p, const std::string &name, const std::vector<int32_t> &shape) {
  reshape(p, name, shape);
  reshape(p, "x of " + name, shape);
}

Case withShape(
    const char *name, std::vector<int32_t> shape, const char *message,
    std::function<void(Program &)> stage = [](Program &) {}) {
  return {[=](Program &p) {
            stage(p);
            reshapeOutput(p, name, shape);
          },
          message};
}

} // namespace

TEST(VerifyPicture, OutputsOfDetections) {
  expectAccepted(detections(), {[](Program &) {},
                                [](Program &p) { // Of a detector: no masks.
                                  p.decode.masks = 0;
                                  p.decode.prototypes = -1;
                                  p.decode.outputs.pop_back();
                                },
                                [](Program &p) { // With strides and anchors, all the same.
                                  p.decode.strides = {8};
                                  p.decode.anchors = {1, 2};
                                }});
  expectRefusals(detections(),
                 {
                     withShape("boxes", {1, most, 5}, "expected [1,7,4]"),
                     withShape("boxes", {1, most + 1, 4}, "expected [1,7,4]"),
                     withShape("boxes", {2, most, 4}, "expected [1,7,4]"),
                     withShape("boxes", {1, most, 4, 1}, "expected [1,7,4]"),
                     withShape("scores", {1, most + 1}, "scores, tensor"),
                     withShape("scores", {2, most}, "scores, tensor"),
                     withShape("classes", {1, most - 1}, "classes, tensor"),
                     withShape("classes", {most}, "classes, tensor"),
                     withShape("count", {2}, "count, tensor"),
                     withShape("count", {1, 1}, "count, tensor"),
                     withShape("masks", {1, most, masks + 1}, "mask coefficients, tensor"),
                     withShape("masks", {2, most, masks}, "mask coefficients, tensor"),
                     withShape("prototypes", {1, masks + 1, 8, 9}, "prototypes, tensor"),
                     withShape("prototypes", {2, masks, 8, 9}, "prototypes, tensor"),
                     withShape("prototypes", {1, masks, 8, 9, 1}, "prototypes, tensor"),
                     {[](Program &p) { p.decode.outputs.pop_back(); },
                      "has 4 outputs of detections, expected 5"},
                     {[](Program &p) { p.decode.masks = 0, p.decode.prototypes = -1; },
                      "has 5 outputs of detections, expected 4"},
                     // One of strides and anchors is not enough.
                     {[](Program &p) { p.decode.strides = {8}; }, "has 0 anchor numbers"},
                     {[](Program &p) {
                        p.decode.anchors = {1, 2};
                      },
                      "strides are missing"},
                     {[](Program &p) { p.decode.prototypes = 9; },
                      "prototypes is output 9, the program has 9"},
                 });
}

// A detector has no masks: prototypes [1, n, h, w] that say otherwise are none.
TEST(VerifyPicture, PrototypesHaveAChannelForEachMask) {
  expectRefusals(detections(), {{[](Program &p) {
                                   p.decode.masks = 0;
                                   p.decode.outputs.pop_back();
                                 },
                                 "has shape [1,2,8,9], expected [1,0,n,n]"}});
}

TEST(VerifyPicture, OutputsOfPredictionsAndHeads) {
  expectAccepted(detections(), {predictions, heads, [](Program &p) {
                                  heads(p);
                                  p.decode.outputs = {8};
                                }});
  expectRefusals(detections(),
                 {
                     withShape("rows", {1, 60, width - masks}, "expected [1,n,10]", predictions),
                     withShape("rows", {2, 60, width}, "expected [1,n,10]", predictions),
                     withShape("rows", {60, width}, "expected [1,n,10]", predictions),
                     withShape("head", {1, 2 * (width - masks), 3, 4}, "a head, tensor", heads),
                     withShape("head", {2, 2 * width, 3, 4}, "a head, tensor", heads),
                     withShape("head", {1, 2 * width, 3, 4, 1}, "a head, tensor", heads),
                     {[](Program &p) {
                        heads(p);
                        p.decode.strides.clear();
                        p.decode.anchors.clear();
                      },
                      "decode info: strides are missing"},
                     {[](Program &p) {
                        heads(p);
                        p.decode.outputs = {8};
                        reshapeOutput(p, "cells", {1, 3, 3, 4, width});
                      },
                      "expected [1,20,n,n] or [1,2,n,n,10]"},
                     {[](Program &p) {
                        heads(p);
                        p.decode.outputs = {8};
                        reshapeOutput(p, "cells", {1, 2, 3, 4, width + 1});
                      },
                      "expected [1,20,n,n] or [1,2,n,n,10]"},
                 });
}

// What heads look like is known of one kind; of others, whoever decodes them looks.
TEST(VerifyPicture, HeadsOfAnotherKind) {
  const auto others = [](Program &p) {
    heads(p);
    p.decode.kind = "other-segment";
    p.decode.anchors.clear();
  };
  expectAccepted(detections(), {others, [&](Program &p) {
                                  others(p);
                                  p.decode.outputs = {6, 7, 8};
                                }});
  expectRefusals(detections(), {{[&](Program &p) {
                                   others(p);
                                   p.decode.outputs = {7, 9};
                                 },
                                 "decode info: a head is output 9, the program has 9"},
                                {[&](Program &p) {
                                   others(p);
                                   p.decode.strides = {8, -1};
                                 },
                                 "decode info: strides are missing or not all finite and above 0"},
                                {[&](Program &p) {
                                   others(p);
                                   p.decode.anchors = {1, 2, 3};
                                 },
                                 "decode info: has 3 anchor numbers"}});
}

/// 'x' of that shape, whose pictures are described.
static TestProgram pictures(std::vector<int32_t> shape, bool channelsLast) {
  ProgramBuilder b;
  const uint32_t x = b.floats("x", shape), y = b.floats("y", shape);
  b.command(Engine::Dsp, "relu", {x}, y, FloatUnaryParams{UnaryFn::Relu});
  TestProgram test = b.finish({x}, {y});
  test.program.preprocess = {Preprocess{.channelsLast = channelsLast}};
  return test;
}

TEST(VerifyPicture, InputsOfPictures) {
  for (const auto &[shape, channelsLast, valid] :
       std::vector<std::tuple<std::vector<int32_t>, bool, bool>>{{{1, 3, 4, 5}, false, true},
                                                                 {{1, 4, 5, 3}, true, true},
                                                                 {{2, 3, 4, 5}, false, true},
                                                                 {{1, 4, 5, 3}, false, false},
                                                                 {{1, 3, 4, 5}, true, false},
                                                                 {{1, 4, 3, 5}, false, false},
                                                                 {{1, 3}, false, false},
                                                                 {{1, 3, 4}, false, false},
                                                                 {{1, 4, 5, 3, 1}, true, false}}) {
    const Status status = verifyProgram(pictures(shape, channelsLast).program);
    EXPECT_EQ(status.ok(), valid) << status.message();
  }
}

TEST(VerifyPicture, NumbersOfPreprocessing) {
  const auto first = [](Program &p) -> Preprocess & { return p.preprocess[0]; };
  expectAccepted(pictures({1, 3, 4, 5}, false),
                 {[=](Program &p) { first(p).pad = 0; }, [=](Program &p) { first(p).pad = 255; },
                  [=](Program &p) { first(p).scale[0] = -1; },
                  [=](Program &p) { first(p).colours = ColourOrder::Bgr; }});
  expectRefusals(
      pictures({1, 3, 4, 5}, false),
      {
          {[=](Program &p) { first(p).pad = -1; }, "pad is -1, expected 0 to 255"},
          {[=](Program &p) { first(p).scale[0] = 0; }, "mean and scale of channel 0 are 0 and 0"},
          {[=](Program &p) { first(p).scale[2] = 0; }, "mean and scale of channel 2 are 0 and 0"},
          {[=](Program &p) { first(p).scale[1] = HUGE_VAL; }, "of channel 1 are 0 and inf"},
          {[=](Program &p) { first(p).mean[0] = HUGE_VAL; }, "of channel 0 are inf"},
      });
}

/// Pixels of 4 rows and 6 columns, or the planes of NV12.
static TestProgram bytePictures(std::vector<int32_t> shape, PictureForm form) {
  ProgramBuilder b;
  const uint32_t x = b.bytes("x", shape), y = b.bytes("y", shape);
  std::vector<int32_t> perm;
  for (size_t i = 0; i < shape.size(); ++i)
    perm.push_back(int32_t(i));
  b.command(Engine::Dsp, "copy", {x}, y, TransposeParams{perm});
  TestProgram test = b.finish({x}, {y});
  test.program.preprocess = {Preprocess{.channelsLast = true, .scale = {1, 1, 1}, .form = form}};
  return test;
}

/// bst.h promises it: hosts write the pixels as they are.
TEST(VerifyPicture, BytesAreNotNormalised) {
  const auto first = [](Program &p) -> Preprocess & { return p.preprocess[0]; };
  for (const TestProgram &test : {bytePictures({1, 4, 6, 3}, PictureForm::Elements),
                                  bytePictures({1, 6, 6}, PictureForm::Nv12),
                                  bytePictures({1, 6, 6}, PictureForm::Nv12Full)}) {
    expectAccepted(test, {[](Program &) {}, [=](Program &p) { first(p).pad = 0; }});
    expectRefusals(test, {{[=](Program &p) { first(p).mean[2] = 128; },
                           "'x' is u8, and mean and scale of channel 2 are 128 and 1"},
                          {[=](Program &p) { first(p).scale[0] = 1 / 255.0; },
                           "mean and scale of channel 0 are 0 and 0.00392"}});
  }
}

TEST(VerifyPicture, PlanesHaveTheirShape) {
  const auto becomes = [](std::vector<int32_t> shape) {
    return [=](Program &p) {
      reshape(p, "x", shape);
      reshape(p, "y", shape);
    };
  };
  expectRefusals(
      bytePictures({1, 6, 6}, PictureForm::Nv12),
      {{becomes({1, 4, 8}), "'x' has shape [1,4,8], expected u8 [n,h*3/2,w]"},
       {becomes({1, 12, 3}), "'x' has shape [1,12,3], expected u8 [n,h*3/2,w]"},
       {[](Program &p) { p.preprocess[0].form = PictureForm(3); }, "form 3 is unknown"}});
}

} // namespace bst::testing
