// What verifyProgram says of the commands of the DSP; detection: verify_detection_test.cpp.
#include "verify_cases.h"

namespace bst::testing {

TEST(VerifyFloat, QuantizeAndDequantize) {
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { setInput(p, "quantize0", 0, "conv"); },
           "(quantize): tensor 3 'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setOutput(p, "quantize0", "fconv"); },
           "'fconv' is f32, expected s8 or u8"},
          {[](Program &p) { tensorNamed(p, "q").scale = 0; },
           "'q' has no scale, expected a quantised tensor"},
          {[](Program &p) {
             reshape(p, "q", {1, 3, 8, 9});
           },
           "'images' has shape [1,3,8,8], tensor 1 'q' has [1,3,8,9], expected equal ones"},
          {[](Program &p) { params<QuantizeParams>(p, "quantize0").block = 0; },
           "block is 0, expected 1 to 64"},
          {[](Program &p) { params<QuantizeParams>(p, "quantize0").block = 2; },
           "makes tensor 1 'q' of tensor 0 'images', expected a map of its blocks of 2 x 2 "
           "positions"},
          {[](Program &p) { setInput(p, "dequantize0", 0, "images"); },
           "(dequantize): tensor 0 'images' is f32, expected s8 or u8", "dequantize0"},
          {[](Program &p) { setOutput(p, "dequantize0", "silu"); },
           "'silu' is u8 nhwc, expected f32 row_major", "dequantize0"},
          {[](Program &p) { setOutput(p, "dequantize0", "fconv"); },
           "'enlarged' has shape [1,8,8,8], tensor 13 'fconv' has [1,6,8,8], expected equal ones",
           "dequantize0"},
      },
      "quantize0");
}

TEST(VerifyFloat, Conv) {
  auto conv = [](Program &p) -> FloatConvParams & {
    return params<FloatConvParams>(p, "float_conv0");
  };
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { setInput(p, "float_conv0", 0, "conv"); },
           "(float_conv): tensor 3 'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setInput(p, "float_conv0", 1, "w0"); },
           "'w0' is s8 panels, expected f32 row_major"},
          {[](Program &p) { setOutput(p, "float_conv0", "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) {
             reshape(p, "fconv", {6, 8, 8});
           },
           "'fconv' has shape [6,8,8], expected rank 4"},
          {[](Program &p) {
             reshape(p, "w1", {6, 4});
           },
           "'w1' has shape [6,4], expected rank 4"},
          {[=](Program &p) { conv(p).groups = 4; },
           "groups are 4, expected a divisor of 8 input and 6 output channels"},
          {[=](Program &p) { conv(p).groups = 1; }, "'w1' has shape [6,4,1,1], expected [6,8,1,1]"},
          {[=](Program &p) { conv(p).window.strideH = 2; },
           "'fconv' has 8 rows, the window gives 4"},
          {[](Program &p) { reshape(p, "bias", {7}); }, "'bias' has shape [7], expected [6]"},
          {[](Program &p) { setInput(p, "float_conv0", 2, "w0"); },
           "'w0' is s8 panels, expected f32 row_major"},
          {[=](Program &p) { conv(p).clampHi = -1, conv(p).clampLo = 1; },
           "clamps to 1 to -1, expected an interval"},
          {[=](Program &p) { conv(p).clampHi = notANumber; }, "clamps to -inf to nan"},
      },
      "float_conv0");
  expectAccepted(completeProgram(),
                 {[=](Program &p) { conv(p).clampLo = conv(p).clampHi = 3; },
                  [](Program &p) { commandNamed(p, "float_conv0").inputs.pop_back(); }});
}

TEST(VerifyFloat, Unary) {
  auto unary = [](Program &p) -> FloatUnaryParams & {
    return params<FloatUnaryParams>(p, "unary0");
  };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { unary(p).fn = UnaryFn(int(lastUnaryFn) + 1); }, " is unknown"},
          {[=](Program &p) { unary(p).alpha = 2; }, "clips to 2 to 1, expected an interval"},
          {[=](Program &p) { unary(p).beta = notANumber; }, "clips to -1 to nan"},
          {[](Program &p) { setInput(p, "unary0", 0, "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setOutput(p, "unary0", "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) {
             Tensor alias = tensorNamed(p, "conv");
             alias.layout = Layout::RowMajor;
             commandNamed(p, "unary0").inputs[0] = uint32_t(p.tensors.size());
             p.tensors.push_back(alias);
           },
           "'conv' is s8 row_major, expected f32 row_major"},
          {[](Program &p) { setOutput(p, "unary0", "real"); }, "expected equal ones"},
      },
      "unary0");
  expectAccepted(completeProgram(), {
                                        [=](Program &p) { unary(p).fn = lastUnaryFn; },
                                        [=](Program &p) { unary(p).alpha = unary(p).beta; },
                                        // alpha and beta are an interval for Clip only.
                                        [=](Program &p) {
                                          unary(p) = {UnaryFn::HardSigmoid, 2, 1};
                                        },
                                    });
}

TEST(VerifyFloat, Binary) {
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { params<FloatBinaryParams>(p, "binary0").fn = BinaryFn(7); },
           "(float_binary): function 7 is unknown"},
          {[](Program &p) { setInput(p, "binary0", 0, "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setInput(p, "binary0", 1, "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setOutput(p, "binary0", "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) {
             reshape(p, "factor", {5, 1, 1});
           },
           "'act' of shape [1,6,8,8] and tensor 15 'factor' of shape [5,1,1] do not broadcast"},
          {[](Program &p) {
             reshape(p, "factor", {2, 6, 1, 1});
           },
           "'scaled' has shape [1,6,8,8], expected [2,6,8,8]"},
      },
      "binary0");
  expectAccepted(completeProgram(),
                 {
                     [](Program &p) { params<FloatBinaryParams>(p, "binary0").fn = BinaryFn::Min; },
                     [](Program &p) { reshape(p, "factor", {}); },
                     [](Program &p) { reshape(p, "factor", {8}); },
                     [](Program &p) {
                       reshape(p, "factor", {1, 1, 8, 1});
                     },
                 });
}

TEST(VerifyFloat, Pool) {
  auto pool = [](Program &p) -> FloatPoolParams & { return params<FloatPoolParams>(p, "pool0"); };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { pool(p).fn = PoolFn(2); }, "(float_pool): function 2 is unknown"},
          {[](Program &p) { setInput(p, "pool0", 0, "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) {
             reshape(p, "averaged", {6, 4, 4});
           },
           "'averaged' has shape [6,4,4], expected rank 4"},
          {[](Program &p) {
             reshape(p, "averaged", {1, 5, 4, 4});
           },
           "'averaged' has shape [1,5,4,4], expected [1,6,4,4]"},
          {[=](Program &p) { pool(p).window.strideW = 1; },
           "'averaged' has 4 columns, the window gives 7"},
          {[=](Program &p) { pool(p).window = {2, 2, 4, 2, 2, 0, 4, 0, 1, 1}; },
           "window of 2 rows lies wholly in the padding of 2 and 4"},
      },
      "pool0");
}

TEST(VerifyFloat, Resize) {
  auto resize = [](Program &p) -> FloatResizeParams & {
    return params<FloatResizeParams>(p, "float_resize0");
  };
  expectRefusals(completeProgram(),
                 {
                     {[](Program &p) { setInput(p, "float_resize0", 0, "conv"); },
                      "(float_resize): tensor 3 'conv' is s8 nhwc, expected f32 row_major"},
                     {[](Program &p) {
                        reshape(p, "grown", {6, 8, 8});
                      },
                      "'grown' has shape [6,8,8], expected rank 4"},
                     {[](Program &p) {
                        reshape(p, "grown", {2, 6, 8, 8});
                      },
                      "'grown' has shape [2,6,8,8], expected [1,6,8,8]"},
                     {[=](Program &p) { resize(p).rows[3] = 4; }, "rows is 4, expected 0 to 3"},
                     {[=](Program &p) { resize(p).columns.push_back(0); },
                      "columns has 9 elements, expected 8"},
                 },
                 "float_resize0");
}

TEST(VerifyFloat, Concat) {
  auto concat = [](Program &p) -> FloatConcatParams & {
    return params<FloatConcatParams>(p, "float_concat0");
  };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { concat(p).axis = 4; }, "(float_concat): axis is 4, expected 0 to 3"},
          {[=](Program &p) { concat(p).axis = -1; }, "axis is -1, expected 0 to 3"},
          {[](Program &p) { setInput(p, "float_concat0", 1, "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setOutput(p, "float_concat0", "joined"); },
           "'joined' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setInput(p, "float_concat0", 1, "averaged"); },
           "'averaged' has shape [1,6,4,4], expected that of the output, [1,12,8,8], but for axis "
           "1"},
          {[](Program &p) { setInput(p, "float_concat0", 1, "factor"); },
           "'factor' has shape [6,1,1], expected that of the output"},
          {[](Program &p) {
             reshape(p, "level0", {1, 13, 8, 8});
           },
           "inputs have 12 elements along axis 1, tensor 19 'level0' has 13"},
      },
      "float_concat0");
}

TEST(VerifyFloat, Transpose) {
  auto perm = [](Program &p) -> std::vector<int32_t> & {
    return params<TransposeParams>(p, "transpose0").perm;
  };
  expectRefusals(completeProgram(),
                 {
                     {[=](Program &p) { perm(p).pop_back(); },
                      "(transpose): perm has 3 elements, expected 4 (rank)"},
                     {[=](Program &p) { perm(p)[1] = 4; }, "perm is 4, expected 0 to 3"},
                     {[=](Program &p) { perm(p)[1] = -1; }, "perm is -1, expected 0 to 3"},
                     {[=](Program &p) { perm(p)[1] = 3; }, "perm [0,3,3,1] repeats axis 3"},
                     {[=](Program &p) {
                        perm(p) = {0, 1, 2, 3};
                      },
                      "'turned' has shape [1,8,8,12], expected [1,12,8,8]"},
                     {[](Program &p) {
                        reshape(p, "turned", {8, 8, 12});
                      },
                      "'turned' has shape [8,8,12], expected rank 4"},
                     {[](Program &p) { setInput(p, "transpose0", 0, "conv"); },
                      "'conv' is s8, tensor 20 'turned' is f32, expected equal dtypes"},
                     {[](Program &p) { setOutput(p, "transpose0", "conv"); },
                      "'conv' is laid out nhwc, expected row_major"},
                     {[](Program &p) { tensorNamed(p, "turned").dtype = DType::S32; },
                      "'level0' is f32, tensor 20 'turned' is s32, expected equal dtypes"},
                 },
                 "transpose0");
}

TEST(VerifyFloat, Slice) {
  auto slice = [](Program &p) -> SliceParams & { return params<SliceParams>(p, "slice0"); };
  // Valid: [1,8,8,12] from {0,7,0,0} by {1,-2,1,1} to [1,4,8,12].
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { slice(p).start.pop_back(); },
           "(slice): start has 3 elements, expected 4 (rank)"},
          {[=](Program &p) { slice(p).step.push_back(1); }, "step has 5 elements, expected 4"},
          {[=](Program &p) { slice(p).step[0] = 0; }, "step is 0 along axis 0"},
          {[=](Program &p) { slice(p).start[1] = 8; },
           "reads elements 8 to 2 along axis 1 of tensor 20 'turned', which has 8"},
          {[=](Program &p) { slice(p).start[0] = -1; }, "reads elements -1 to -1 along axis 0"},
          {[=](Program &p) { slice(p).start[1] = 5; }, "reads elements 5 to -1 along axis 1"},
          {[=](Program &p) { slice(p).start[2] = 1; }, "reads elements 1 to 8 along axis 2"},
          {[=](Program &p) { slice(p).step[1] = INT32_MIN; },
           "reads elements 7 to -6442450937 along axis 1"},
          {[](Program &p) { tensorNamed(p, "part").dtype = DType::S32; },
           "'turned' is f32, tensor 21 'part' is s32, expected equal dtypes"},
          {[](Program &p) {
             reshape(p, "part", {4, 8, 12});
           },
           "'part' has shape [4,8,12], expected rank 4"},
      },
      "slice0");
}

TEST(VerifyFloat, Softmax) {
  auto softmax = [](Program &p) -> SoftmaxParams & { return params<SoftmaxParams>(p, "softmax0"); };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { softmax(p).axis = 2; }, "(softmax): axis is 2, expected -2 to 1"},
          {[=](Program &p) { softmax(p).axis = -3; }, "axis is -3, expected -2 to 1"},
          {[](Program &p) { setInput(p, "softmax0", 0, "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setOutput(p, "softmax0", "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) {
             reshape(p, "soft", {12, 32});
           },
           "'flat' has shape [32,12], tensor 23 'soft' has [12,32]"},
      },
      "softmax0");
  expectAccepted(completeProgram(), {[=](Program &p) { softmax(p).axis = 0; }});
}

TEST(VerifyFloat, Gemm) {
  auto product = [](Program &p) -> MatMulParams & { return params<MatMulParams>(p, "matmul0"); };
  // Valid: [32,12] * [5,12]^T + [5].
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { setInput(p, "matmul0", 0, "conv"); },
           "(matmul): tensor 3 'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setInput(p, "matmul0", 1, "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setOutput(p, "matmul0", "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setInput(p, "matmul0", 2, "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
          {[](Program &p) { setInput(p, "matmul0", 0, "part"); },
           "'part' has shape [1,4,8,12], expected rank 2"},
          {[](Program &p) {
             reshape(p, "matrix", {1, 5, 12});
           },
           "'matrix' has shape [1,5,12], expected rank 2"},
          {[](Program &p) {
             reshape(p, "matrix", {12, 5});
           },
           "'soft' of shape [32,12] and tensor 24 'matrix' of shape [12,5] cannot be multiplied"},
          {[=](Program &p) { product(p).transposeA = true; }, "cannot be multiplied"},
          {[](Program &p) {
             reshape(p, "scores", {5, 32});
           },
           "'scores' has shape [5,32], expected [32,5]"},
          {[](Program &p) { reshape(p, "offset", {32}); },
           "'offset' of shape [32] does not broadcast to [32,5]"},
          {[](Program &p) {
             reshape(p, "offset", {1, 1, 5});
           },
           "'offset' of shape [1,1,5] does not broadcast to [32,5]"},
      },
      "matmul0");
  expectAccepted(completeProgram(), {
                                        [](Program &p) {
                                          reshape(p, "offset", {32, 1});
                                        },
                                        [](Program &p) { reshape(p, "offset", {}); },
                                        [=](Program &p) {
                                          product(p).transposeB = false;
                                          reshape(p, "matrix", {12, 5});
                                        },
                                        [](Program &p) {
                                          auto &inputs = commandNamed(p, "matmul0").inputs;
                                          inputs = std::vector<uint32_t>{inputs[0], inputs[1]};
                                        },
                                    });
}

// [2,3,4,5] * [3,5,6] -> [2,3,4,6].
static TestProgram batchedProduct() {
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {2, 3, 4, 5}), y = b.floats("y", {2, 3, 4, 6});
  const uint32_t w = b.constant("w", {3, 5, 6}, DType::F32, Layout::RowMajor);
  b.command(Engine::Dsp, "product", {x, w}, y, MatMulParams{});
  return b.finish({x}, {y});
}

TEST(VerifyFloat, BatchedProduct) {
  expectRefusals(
      batchedProduct(),
      {
          {[](Program &p) { reshape(p, "w", {5}); }, "'w' has shape [5], expected rank 2 or more"},
          {[](Program &p) { reshape(p, "x", {5}); }, "'x' has shape [5], expected rank 2 or more"},
          {[](Program &p) {
             reshape(p, "w", {3, 6, 5});
           },
           "'x' of shape [2,3,4,5] and tensor 2 'w' of shape [3,6,5] cannot be multiplied"},
          {[](Program &p) {
             reshape(p, "w", {2, 5, 6});
           },
           "cannot be multiplied"},
          {[](Program &p) {
             reshape(p, "y", {1, 3, 4, 6});
           },
           "'y' has shape [1,3,4,6], expected [2,3,4,6]"},
          {[](Program &p) { params<MatMulParams>(p, "product").transposeB = true; },
           "'x' has shape [2,3,4,5], expected rank 2"},
      },
      "product");
  expectAccepted(batchedProduct(), {
                                       [](Program &p) {
                                         reshape(p, "w", {5, 6});
                                       },
                                       [](Program &p) {
                                         reshape(p, "w", {2, 1, 5, 6});
                                       },
                                   });
}

} // namespace bst::testing
