// What verifyProgram says of tensors, contract, order and metadata.
#include "verify_cases.h"

#include "runtime/package/format.h"
#include "runtime/verify/verify.h"

#include <cmath>
#include <limits>

namespace bst::testing {

constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(VerifyProgram, AcceptsValidPrograms) {
  EXPECT_EQ(verifyProgram(smallProgram().program).message(), "");
  EXPECT_EQ(verifyProgram(completeProgram().program).message(), "");
}

TEST(VerifyProgram, CompleteProgramHasEveryCommand) {
  std::vector<size_t> count(std::variant_size_v<Params>);
  for (const Command &command : completeProgram().program.commands)
    ++count[command.params.index()];
  for (size_t i = 0; i < count.size(); ++i)
    EXPECT_GE(count[i], 1u) << i;
}

TEST(VerifyProgram, Tensors) {
  expectRefusals(
      smallProgram(),
      {
          {[](Program &p) { tensorNamed(p, "q").dtype = DType(4); },
           "tensor 1 'q': dtype 4 is unknown"},
          {[](Program &p) { tensorNamed(p, "q").layout = Layout(5); },
           "tensor 1 'q': layout 5 is unknown"},
          {[](Program &p) { tensorNamed(p, "q").storage = Storage(2); },
           "tensor 1 'q': storage 2 is unknown"},
          {[](Program &p) {
             reshape(p, "q", {2, 16});
           },
           "tensor 1 'q': layout is nhwc with rank 2, expected 4"},
          {[](Program &p) { tensorNamed(p, "images").layout = Layout::Nhwc; },
           "tensor 0 'images': layout is nhwc with dtype f32, expected s8 or u8"},
          {[](Program &p) { tensorNamed(p, "q").scale = notANumber; },
           "tensor 1 'q': scale is nan, expected a finite positive number or 0"},
          {[](Program &p) { tensorNamed(p, "q").scale = infinity; }, "tensor 1 'q': scale is inf"},
          {[](Program &p) { tensorNamed(p, "q").scale = -0.5f; }, "tensor 1 'q': scale is -0.5"},
          {[](Program &p) { tensorNamed(p, "images").scale = 1; },
           "tensor 0 'images': scale and zero point are 1 and 0 with dtype f32, expected 0"},
          {[](Program &p) { tensorNamed(p, "images").zeroPoint = 3; },
           "tensor 0 'images': scale and zero point are 0 and 3 with dtype f32, expected 0"},
          {[](Program &p) { tensorNamed(p, "q").zeroPoint = 128; },
           "tensor 1 'q': zero point is 128, expected -128 to 127"},
          {[](Program &p) { tensorNamed(p, "q").zeroPoint = -129; },
           "tensor 1 'q': zero point is -129, expected -128 to 127"},
          {[](Program &p) {
             tensorNamed(p, "q").dtype = DType::U8;
             tensorNamed(p, "q").zeroPoint = -1;
           },
           "tensor 1 'q': zero point is -1, expected 0 to 255"},
          {[](Program &p) {
             reshape(p, "images", {1, 1, 1, 1, 1, 2, 4, 2, 2});
           },
           "tensor 0 'images': rank is 9, at most 8"},
          {[](Program &p) { tensorNamed(p, "images").shape[2] = 0; },
           "tensor 0 'images': shape is [1,2,0,4], expected extents from 1"},
          {[](Program &p) { tensorNamed(p, "images").shape[2] = -4; },
           "tensor 0 'images': shape is [1,2,-4,4], expected extents from 1"},
          {[](Program &p) {
             tensorNamed(p, "images").shape = {1 << 30, 1 << 30, 1 << 30};
           },
           "tensor 0 'images': shape is [1073741824,1073741824,1073741824], expected"},
          // 2^64 elements, which a 64-bit product takes for none.
          {[](Program &p) {
             tensorNamed(p, "images").shape = {1 << 16, 1 << 16, 1 << 16, 1 << 16};
             tensorNamed(p, "images").size = 0;
           },
           "tensor 0 'images': shape is [65536,65536,65536,65536], expected"},
          // 2^62 elements of 4 bytes, likewise.
          {[](Program &p) {
             tensorNamed(p, "images").shape = {1 << 30, 1 << 30, 4};
             tensorNamed(p, "images").size = 0;
           },
           "tensor 0 'images': shape is [1073741824,1073741824,4], expected"},
          {[](Program &p) { tensorNamed(p, "images").size = 127; },
           "tensor 0 'images': size is 127 bytes, shape [1,2,4,4] of f32 row_major takes 128"},
          {[](Program &p) { tensorNamed(p, "q").offset = 130; },
           "tensor 1 'q': offset is 130, expected a multiple of 64"},
          {[](Program &p) { tensorNamed(p, "images").offset = p.arenaSize; },
           "tensor 0 'images': takes 128 bytes at offset 448 of the arena, which have 448"},
          {[](Program &p) { tensorNamed(p, "images").offset = uint64_t(-64); },
           "tensor 0 'images': takes 128 bytes at offset 18446744073709551552 of the arena"},
          {[](Program &p) { tensorNamed(p, "w").offset = 64; },
           "tensor 2 'w': takes 384 bytes at offset 64 of the weights, which have 384"},
      });
}

TEST(VerifyProgram, Memory) {
  expectRefusals(
      smallProgram(),
      {
          {[](Program &p) { p.arenaSize += 64; }, "arena size is 512 bytes, its tensors need 448"},
          {[](Program &p) {
             reshape(p, "c", {1, 3, 4, 4}); // Moves it to the end: 48 bytes at 448.
             p.arenaSize = 500;
           },
           "arena size is 500 bytes, its tensors need 512"},
          {[](Program &p) { p.arenaLowerBound = 449; },
           "arena lower bound is 449 bytes, the arena has 448"},
          {[](Program &p) { p.weights = nullptr; }, "has no weights, expected 384 bytes"},
          {[](Program &p) { p.tensors.assign(maxCount + 1, {}); },
           "has 1048577 tensors, at most 1048576"},
          {[](Program &p) { p.commands.assign(maxCount + 1, {}); },
           "has 1048577 commands, at most 1048576"},
      });
  expectAccepted(smallProgram(), {
                                     [](Program &p) { p.arenaLowerBound = p.arenaSize; },
                                     [](Program &p) { p.weightsSize += 64; },
                                 });
}

TEST(VerifyProgram, InputsAndOutputs) {
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { p.inputs[0] = 1000; }, "input 0 is tensor 1000, the program has "},
          {[](Program &p) { p.outputs[1] = 1000; }, "output 1 is tensor 1000, the program has "},
          {[](Program &p) { p.inputs[0] = tensorIndex(p, "w0"); },
           "'w0', is stored in the weights, expected the arena"},
          {[](Program &p) { p.outputs[0] = tensorIndex(p, "w0"); },
           "'w0', is stored in the weights, expected the arena"},
          {[](Program &p) { tensorNamed(p, "images").name = ""; },
           "input 0, tensor 0, has no name"},
          {[](Program &p) { tensorNamed(p, "boxes").name = ""; }, "has no name"},
          {[](Program &p) { p.inputs.push_back(p.inputs[0]); }, "has more than one input 'images'"},
          {[](Program &p) { tensorNamed(p, "boxes").name = "scores"; },
           "has more than one output 'scores'"},
          {[](Program &p) { p.outputs.clear(); }, "has no output"},
      });
}

TEST(VerifyProgram, CommandFrames) {
  expectRefusals(completeProgram(),
                 {
                     {[](Program &p) { p.commands[1].engine = Engine(3); },
                      "command 1 'conv0': engine 3 is unknown"},
                     {[](Program &p) { p.commands[1].engine = Engine::Edp; },
                      "command 1 'conv0' (conv): runs on edp, expected maca"},
                     {[](Program &p) { p.commands[1].inputs[1] = 1000; },
                      "command 1 'conv0': reads tensor 1000, the program has "},
                     {[](Program &p) { p.commands[1].outputs[0] = 1000; },
                      "command 1 'conv0': writes tensor 1000, the program has "},
                     {[](Program &p) { p.commands[1].dependsOn = {1}; },
                      "command 1 'conv0': depends on command 1, expected an earlier one"},
                     {[](Program &p) { p.commands[1].inputs.pop_back(); },
                      "command 1 'conv0' (conv): has 1 inputs, expected 2"},
                     {[](Program &p) { p.commands[1].inputs.push_back(0); },
                      "command 1 'conv0' (conv): has 3 inputs, expected 2"},
                     {[](Program &p) { commandNamed(p, "matmul0").inputs.resize(1); },
                      "(matmul): has 1 inputs, expected 2 to 3"},
                     {[](Program &p) { commandNamed(p, "concat0").inputs.clear(); },
                      "(concat): has 0 inputs, expected 1 or more"},
                     {[](Program &p) { p.commands[1].outputs.clear(); },
                      "command 1 'conv0' (conv): has 0 outputs, expected 1"},
                     {[](Program &p) { p.commands[1].outputs.push_back(p.commands[1].outputs[0]); },
                      "command 1 'conv0' (conv): has 2 outputs, expected 1"},
                 });
}

TEST(VerifyProgram, WholeMessage) {
  TestProgram test = smallProgram();
  test.program.commands[1].inputs.pop_back();
  EXPECT_EQ(verifyProgram(test.program).message(),
            "command 1 'conv0' (conv): has 1 inputs, expected 2");
}

// A second input 'x2' beside 'images' in the small program, at `offset`.
static void addInput(Program &p, uint64_t offset) {
  Tensor tensor = tensorNamed(p, "images");
  tensor.name = "x2";
  tensor.offset = offset;
  p.inputs.push_back(uint32_t(p.tensors.size()));
  p.tensors.push_back(tensor);
  fitArena(p);
}

TEST(VerifyProgram, DataFlow) {
  expectRefusals(
      smallProgram(),
      {
          {[](Program &p) {
             std::swap(p.commands[0], p.commands[1]);
             p.commands[0].dependsOn.clear();
           },
           "command 0 'conv0': reads tensor 1 'q', but nothing has written it"},
          {[](Program &p) { p.inputs.clear(); },
           "command 0 'quantize0': reads tensor 0 'images', but nothing has written it"},
          // q is where the second half of images is, so quantize would overwrite what it reads.
          {[](Program &p) { tensorNamed(p, "q").offset = tensorNamed(p, "images").offset + 64; },
           "command 0 'quantize0': its output tensor 1 'q' overlaps its input tensor 0 'images'"},
          {[](Program &p) {
             Tensor &c = tensorNamed(p, "c");
             c.storage = Storage::Weights;
             c.offset = 0;
           },
           "command 1 'conv0': writes tensor 3 'c', which is stored in the weights"},
          {[](Program &p) { addInput(p, 64); },
           "input tensor 5 'x2' overlaps input tensor 0 'images'"},
          {[](Program &p) {
             p.outputs.push_back(tensorIndex(p, "images"));
             tensorNamed(p, "c").offset = 0;
           },
           "output tensor 0 'images' is lost in the end: it is not written, or overwritten by "
           "tensor 3 'c'"},
          {[](Program &p) {
             addInput(p, p.arenaSize);
             p.inputs.pop_back();
             p.outputs.push_back(tensorIndex(p, "x2"));
           },
           "output tensor 5 'x2' is lost in the end: nothing has written it"},
      });
  expectRefusals(smallProgram(),
                 {
                     {[](Program &p) {
                        Tensor &c = tensorNamed(p, "c");
                        c.offset = tensorNamed(p, "images").offset;
                        Command again = p.commands[0];
                        again.name = "again";
                        again.outputs[0] = tensorIndex(p, "q");
                        p.commands.insert(p.commands.begin() + 2, again);
                      },
                      "command 2 'again': reads tensor 0 'images', but it is not written, or "
                      "overwritten by tensor 3 'c'"},
                     // The alias is larger than what was written there.
                     {[](Program &p) {
                        Tensor alias = tensorNamed(p, "c");
                        alias.name = "alias";
                        alias.layout = Layout::RowMajor;
                        alias.shape = {1, 1, 4, 4};
                        alias.size = 16;
                        p.commands[2].inputs[0] = uint32_t(p.tensors.size());
                        p.tensors.push_back(alias);
                        reshape(p, "output", {1, 1, 4, 4});
                      },
                      "command 2 'dequantize0': reads tensor 5 'alias', but it is not written"},
                 });
}

TEST(VerifyProgram, DataFlowThatIsFine) {
  expectAccepted(smallProgram(), {
                                     // The arena is used again over time.
                                     [](Program &p) { tensorNamed(p, "c").offset = 0; },
                                     [](Program &p) {
                                       tensorNamed(p, "output").offset = 0;
                                       fitArena(p);
                                     },
                                     // A value that lies behind what is written stays.
                                     [](Program &p) {
                                       tensorNamed(p, "c").offset = 0;
                                       p.outputs.push_back(tensorIndex(p, "q"));
                                     },
                                     // Inputs side by side, the second unused.
                                     [](Program &p) { addInput(p, p.arenaSize); },
                                     // An output that is an input, and one that aliases another.
                                     [](Program &p) { p.outputs.push_back(p.inputs[0]); },
                                     [](Program &p) {
                                       Tensor alias = tensorNamed(p, "output");
                                       alias.name = "flat";
                                       alias.shape = {48};
                                       p.outputs.push_back(uint32_t(p.tensors.size()));
                                       p.tensors.push_back(alias);
                                     },
                                 });
}

TEST(VerifyProgram, DecodeInfo) {
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { p.decode.classes = 0; }, "decode info: has 0 classes and 0 masks"},
          {[](Program &p) { p.decode.masks = -1; }, "decode info: has 1 classes and -1 masks"},
          {[](Program &p) { p.decode.strides.clear(); }, "decode info: strides are missing"},
          {[](Program &p) {
             p.decode.stage = DetectionStage::Heads;
             p.decode.strides.clear();
             p.decode.anchors.clear();
           },
           "decode info: strides are missing"},
          {[](Program &p) { // As packages of older compilers, which always knew them.
             p.decode.outputs.clear();
             p.decode.strides.clear();
             p.decode.anchors.clear();
           },
           "decode info: strides are missing"},
          {[](Program &p) { p.decode.strides[1] = 0; },
           "decode info: strides are missing or not all finite and above 0"},
          {[](Program &p) { p.decode.anchors.clear(); }, "decode info: has 0 anchor numbers"},
          {[](Program &p) { p.decode.anchors.pop_back(); },
           "decode info: has 7 anchor numbers, expected pairs for 2 levels"},
          {[](Program &p) { p.decode.anchors[3] = notANumber; },
           "decode info: has 8 anchor numbers"},
          {[](Program &p) { p.decode.classNames.push_back("cat"); },
           "decode info: has 2 class names for 1 classes"},
          {[](Program &p) { p.decode.nms.iou = 1.5; }, "decode info: iou is 1.5, expected 0 to 1"},
          {[](Program &p) { p.decode.nms.confidence = notANumber; },
           "decode info: confidence is nan, expected 0 to 1"},
          {[](Program &p) { p.decode.nms.maxDetections = 0; },
           "decode info: detections are at most 0, expected 1 to 1048576"},
          {[](Program &p) {
             p.decode.outputs = {0, 1};
           },
           "decode info: has 2 outputs of predictions, expected 1"},
          {[](Program &p) { p.decode.outputs = {2}; },
           "decode info: predictions is output 2, the program has 2"},
          {[](Program &p) { p.decode.outputs = {1}; }, "has shape [32,5], expected [1,n,6]"},
          {[](Program &p) { p.decode.stage = DetectionStage(3); },
           "decode info: stage 3 is unknown"},
          {[](Program &p) { p.decode.prototypes = -2; }, "decode info: prototypes are output -2"},
          {[](Program &p) { p.decode.prototypes = 0; }, "has shape [1,160,6], expected [1,0,n,n]"},
          {[](Program &p) { p.decode.stage = DetectionStage::Heads; },
           "decode info: has 1 heads for 2 strides"},
          {[](Program &p) { p.decode.stage = DetectionStage::Detections; },
           "decode info: has 1 outputs of detections, expected 4"},
      });
  expectAccepted(completeProgram(), {
                                        [](Program &p) { p.decode.classNames.clear(); },
                                        [](Program &p) { p.decode.outputs.clear(); },
                                        // Rows that were decoded somehow.
                                        [](Program &p) {
                                          p.decode.strides.clear();
                                          p.decode.anchors.clear();
                                        },
                                        [](Program &p) { p.decode = {}; },
                                    });
}

// The heads of the program as its outputs, in both shapes that exporters write.
TEST(VerifyProgram, DecodeInfoOfHeads) {
  const auto heads = [](Program &p) {
    p.outputs = {tensorIndex(p, "level0"), tensorIndex(p, "level1")};
    p.decode.stage = DetectionStage::Heads;
    p.decode.outputs = {0, 1};
  };
  const auto cellsFirst = [](Program &p) {
    Tensor alias = tensorNamed(p, "level0");
    alias.name = "cells";
    alias.shape = {1, 2, 8, 8, 6};
    p.outputs[0] = uint32_t(p.tensors.size());
    p.tensors.push_back(alias);
  };
  expectAccepted(completeProgram(), {heads, [=](Program &p) {
                                       heads(p);
                                       cellsFirst(p);
                                     }});
  expectRefusals(completeProgram(),
                 {
                     {[=](Program &p) {
                        heads(p);
                        p.decode.classes = 2, p.decode.classNames.clear();
                      },
                      "decode info: a head, tensor"},
                     {[=](Program &p) {
                        heads(p);
                        p.decode.outputs[1] = 2;
                      },
                      "decode info: a head is output 2, the program has 2"},
                     {[=](Program &p) {
                        heads(p);
                        cellsFirst(p);
                        p.tensors.back().shape = {1, 8, 2, 8, 6};
                      },
                      "has shape [1,8,2,8,6], expected [1,12,n,n] or [1,2,n,n,6]"},
                 });
}

TEST(VerifyProgram, Preprocess) {
  const auto first = [](Program &p) -> Preprocess & { return p.preprocess[0]; };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { first(p).input = 2; },
           "preprocessing 0: is of input 2, the program has 2"},
          {[=](Program &p) { p.preprocess.resize(3, first(p)); },
           "has 3 descriptions of preprocessing for 2 inputs"},
          {[=](Program &p) { first(p).channelsLast = true; },
           "has shape [1,3,8,8], expected [n,h,w,3]"},
          {[=](Program &p) { first(p).colours = ColourOrder(2); },
           "preprocessing 0: colour order 2 or fit 2 is unknown"},
          {[=](Program &p) { first(p).fit = PictureFit(3); },
           "preprocessing 0: colour order 0 or fit 3 is unknown"},
          {[=](Program &p) { first(p).pad = 256; }, "preprocessing 0: pad is 256, expected 0 to"},
          {[=](Program &p) { first(p).pad = notANumber; }, "preprocessing 0: pad is nan"},
          {[=](Program &p) { first(p).scale[1] = 0; },
           "preprocessing 0: mean and scale of channel 1 are 0 and 0, expected finite"},
          {[=](Program &p) { first(p).mean[2] = INFINITY; },
           "preprocessing 0: mean and scale of channel 2 are inf"},
      });
  expectAccepted(completeProgram(), {[](Program &p) { p.preprocess.clear(); },
                                     [=](Program &p) {
                                       first(p).fit = PictureFit::Exact;
                                       first(p).mean = {-1, 128, 1e6};
                                     }});
  // One description per input.
  TestProgram two = completeProgram();
  expectRefusals(std::move(two), {{[=](Program &p) {
                                     addInput(p, p.arenaSize);
                                     p.preprocess.push_back(first(p));
                                   },
                                   "preprocessing 1: is of input 0, as preprocessing 0"}});
}

TEST(VerifyProgram, Cost) {
  expectRefusals(smallProgram(),
                 {
                     {[](Program &p) { p.cost.latencySeconds = -1; }, "cost: latency is -1 s"},
                     {[](Program &p) { p.cost.latencySeconds = NAN; }, "cost: latency is nan s"},
                     {[](Program &p) { p.cost.framesPerSecond = INFINITY; },
                      "cost: frames per second are inf"},
                 });
}

} // namespace bst::testing
