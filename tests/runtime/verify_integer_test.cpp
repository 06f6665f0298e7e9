// What verifyProgram says of the commands of MACA and EDP.
#include "runtime/verify/verify.h"
#include "verify_cases.h"

namespace bst::testing {

static ConvParams &conv(Program &p) { return params<ConvParams>(p, "conv0"); }

TEST(VerifyInteger, Windows) {
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { conv(p).window.strideH = 0; },
           "command 1 'conv0' (conv): window stride is 0, expected 1 to 65536"},
          {[](Program &p) { conv(p).window.strideW = -2; }, "window stride is -2"},
          {[](Program &p) { conv(p).window.dilationH = 0; }, "window dilation is 0"},
          {[](Program &p) { conv(p).window.dilationW = 65537; }, "window dilation is 65537"},
          {[](Program &p) { conv(p).window.padTop = -1; }, "window padding is -1"},
          {[](Program &p) { conv(p).window.padBottom = 65537; }, "window padding is 65537"},
          {[](Program &p) { conv(p).window.padLeft = -1; }, "window padding is -1"},
          {[](Program &p) { conv(p).window.padRight = INT32_MAX; }, "window padding is 2147483647"},
          {[](Program &p) { params<MaxPoolParams>(p, "max_pool0").window.kernelH = 0; },
           "window kernel is 0, expected 1 to 65536", "max_pool0"},
          {[](Program &p) { params<MaxPoolParams>(p, "max_pool0").window.kernelW = 65537; },
           "window kernel is 65537", "max_pool0"},
          {[](Program &p) { conv(p).window.dilationH = 5; },
           "window of 11 rows does not fit into 10 (input with padding)"},
          {[](Program &p) { conv(p).window.dilationW = 5; },
           "window of 11 columns does not fit into 10"},
          {[](Program &p) { conv(p).window.strideH = 3; }, "'conv' has 4 rows, the window gives 3"},
          {[](Program &p) { conv(p).window.padLeft = 3; },
           "'conv' has 4 columns, the window gives 5"},
      },
      "conv0");
}

TEST(VerifyInteger, Conv) {
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { p.commands[1].inputs[0] = tensorIndex(p, "images"); },
           "command 1 'conv0' (conv): tensor 0 'images' is f32, expected s8 or u8"},
          {[](Program &p) { tensorNamed(p, "conv").layout = Layout::RowMajor; },
           "'conv' is laid out row_major, expected nhwc"},
          {[](Program &p) { tensorNamed(p, "conv").scale = 0; },
           "'conv' has no scale, expected a quantised tensor"},
          {[](Program &p) { tensorNamed(p, "w0").dtype = DType::U8; },
           "'w0' is u8 panels, expected s8 panels"},
          {[](Program &p) {
             tensorNamed(p, "w0").layout = Layout::Ohwi;
             tensorNamed(p, "w0").size = 108;
           },
           "'w0' is s8 ohwi, expected s8 panels"},
          {[](Program &p) {
             params<ConvParams>(p, "head1").groups = 4;
             reshape(p, "w2", {12, 2, 1, 1});
           },
           "'w2' is s8 panels, expected s8 ohwi", "head1"},
          {[](Program &p) { conv(p).groups = 0; }, "groups is 0, expected 1 to 3"},
          {[](Program &p) { conv(p).groups = 3; },
           "groups are 3, expected a divisor of 3 input and 4 output channels"},
          {[](Program &p) { params<ConvParams>(p, "head1").groups = 8; },
           "groups are 8, expected a divisor of 8 input and 12 output channels", "head1"},
          {[](Program &p) {
             reshape(p, "w0", {4, 2, 3, 3});
           },
           "'w0' has shape [4,2,3,3], expected [4,3,3,3]"},
          {[](Program &p) {
             reshape(p, "w0", {5, 3, 3, 3});
           },
           "'w0' has shape [5,3,3,3], expected [4,3,3,3]"},
          {[](Program &p) { conv(p).window.kernelH = 1; },
           "'w0' has shape [4,3,3,3], expected [4,3,1,3]"},
          {[](Program &p) { params<ConvParams>(p, "head1").groups = 4; },
           "'w2' has shape [12,8,1,1], expected [12,2,1,1]", "head1"},
          {[](Program &p) {
             reshape(p, "conv", {2, 4, 4, 4});
           },
           "'conv' has shape [2,4,4,4], expected the batch of [1,3,8,8]"},
          {[](Program &p) { conv(p).bias.pop_back(); },
           "bias has 3 elements, expected 4 (output channels)"},
          {[](Program &p) { conv(p).requant.pop_back(); }, "requant has 3 elements, expected 4"},
          {[](Program &p) { conv(p).weightZeroPoint.pop_back(); },
           "weight zero point has 3 elements, expected 4"},
          {[](Program &p) { conv(p).weightZeroPoint[2] = 128; },
           "weight zero point is 128, expected -128 to 127"},
          {[](Program &p) { conv(p).requant[3].multiplier = 0; },
           "requant is 0 / 2^36, expected a multiplier from 1 and a shift from 1 to 62"},
          {[](Program &p) { conv(p).requant[3].shift = 0; }, "requant is 1073741827 / 2^0"},
          {[](Program &p) { conv(p).requant[3].shift = 63; }, "requant is 1073741827 / 2^63"},
          {[](Program &p) { conv(p).requant[3].offset = (1 << 30) + 1; },
           "requant has the offset 1073741825, expected -1073741824 to 1073741824"},
          {[](Program &p) { conv(p).requant[3].offset = -(1 << 30) - 1; },
           "requant has the offset -1073741825"},
          {[](Program &p) { conv(p).clampLo = 128; },
           "clamps to 128 to 127, expected an interval within s8"},
          {[](Program &p) { conv(p).clampLo = -129; }, "clamps to -129 to 127"},
          {[](Program &p) { conv(p).clampHi = 128; }, "clamps to 4 to 128"},
          {[](Program &p) { params<ConvParams>(p, "head1").clampLo = -1; },
           "clamps to -1 to 255, expected an interval within u8", "head1"},
      },
      "conv0");
  expectAccepted(completeProgram(),
                 {
                     [](Program &p) { conv(p).weightZeroPoint.clear(); },
                     [](Program &p) { conv(p).bias[0] = INT32_MIN; },
                     [](Program &p) { conv(p).clampLo = conv(p).clampHi = -128; },
                     [](Program &p) {
                       conv(p).requant[0] = {INT32_MAX, 62};
                       conv(p).requant[1] = {1, 1};
                     },
                     // Groups: 8 channels to 12 in 4 groups of 2 to 3.
                     [](Program &p) {
                       params<ConvParams>(p, "head1").groups = 4;
                       tensorNamed(p, "w2").layout = Layout::Ohwi;
                       reshape(p, "w2", {12, 2, 1, 1});
                     },
                 });
}

TEST(VerifyInteger, Lut) {
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { params<LutParams>(p, "lut0").table.pop_back(); },
           "(lut): table has 255 elements, expected 256 (values of the input)"},
          {[](Program &p) { commandNamed(p, "lut0").inputs[0] = tensorIndex(p, "images"); },
           "(lut): tensor 0 'images' is f32, expected s8 or u8"},
          {[](Program &p) { commandNamed(p, "lut0").outputs[0] = tensorIndex(p, "real"); },
           "'real' is f32, expected s8 or u8"},
          {[](Program &p) {
             reshape(p, "silu", {1, 4, 4, 5});
           },
           "'conv' has shape [1,4,4,4], tensor 4 'silu' has [1,4,4,5], expected equal"},
          {[](Program &p) { tensorNamed(p, "silu").layout = Layout::RowMajor; },
           "'conv' is laid out nhwc, tensor 4 'silu' row_major, expected equal layouts"},
      },
      "lut0");
}

TEST(VerifyInteger, AddAndMul) {
  auto add = [](Program &p) -> AddParams & { return params<AddParams>(p, "add0"); };
  auto mul = [](Program &p) -> MulParams & { return params<MulParams>(p, "mul0"); };
  // The output is row-major while both inputs are not.
  auto otherLayout = [](Program &p) { tensorNamed(p, "sum").layout = Layout::RowMajor; };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { add(p).multiplierA = INT32_MIN; },
           "(add): multiplier a is -2147483648, expected -2147483647 to 2147483647"},
          {[=](Program &p) { add(p).multiplierB = INT32_MIN; }, "multiplier b is -2147483648"},
          {[=](Program &p) { add(p).shift = 0; }, "shift is 0, expected 1 to 62"},
          {[=](Program &p) { add(p).shift = 63; }, "shift is 63, expected 1 to 62"},
          {[=](Program &p) { add(p).clampHi = 200; }, "(add): clamps to -128 to 200"},
          {[](Program &p) { commandNamed(p, "add0").inputs[1] = tensorIndex(p, "images"); },
           "(add): tensor 0 'images' is f32, expected s8 or u8"},
          {[](Program &p) { commandNamed(p, "add0").inputs[0] = tensorIndex(p, "images"); },
           "(add): tensor 0 'images' is f32, expected s8 or u8"},
          {[](Program &p) { commandNamed(p, "add0").outputs[0] = tensorIndex(p, "real"); },
           "'real' is f32, expected s8 or u8"},
          {[](Program &p) { commandNamed(p, "add0").inputs[1] = tensorIndex(p, "q"); },
           "'conv' has shape [1,4,4,4], tensor 1 'q' has [1,3,8,8], expected equal ones"},
          {[](Program &p) {
             reshape(p, "sum", {1, 4, 4, 5});
           },
           "'conv' has shape [1,4,4,4], tensor 5 'sum' has [1,4,4,5], expected equal ones"},
          {otherLayout, "'conv' is laid out nhwc, tensor 5 'sum' row_major"},
          {[=](Program &p) { mul(p).requant.shift = 63; }, "(mul): requant is 1073741824 / 2^63",
           "mul0"},
          {[=](Program &p) { mul(p).requant.offset = 1; },
           "(mul): requant has the offset 1, expected 0 to 0", "mul0"},
          {[=](Program &p) { mul(p).clampLo = -1; }, "(mul): clamps to -1 to 200", "mul0"},
          {[](Program &p) {
             reshape(p, "product", {4, 4, 4, 1});
           },
           "(mul): tensor 3 'conv' has shape [1,4,4,4], tensor 6 'product' has [4,4,4,1]", "mul0"},
      },
      "add0");
  // One input of another layout: by an alias, since the command that makes it is checked before.
  expectRefusals(completeProgram(),
                 {{[](Program &p) {
                     Tensor alias = tensorNamed(p, "silu");
                     alias.layout = Layout::RowMajor;
                     commandNamed(p, "add0").inputs[1] = uint32_t(p.tensors.size());
                     p.tensors.push_back(alias);
                   },
                   "(add): tensor 3 'conv' is laid out nhwc, tensor "}},
                 "add0");
}

TEST(VerifyInteger, Concat) {
  auto concat = [](Program &p) -> ConcatParams & { return params<ConcatParams>(p, "concat0"); };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { concat(p).axis = 4; }, "(concat): axis is 4, expected 0 to 3"},
          {[=](Program &p) { concat(p).axis = -1; }, "axis is -1, expected 0 to 3"},
          {[=](Program &p) { concat(p).axis = 2; },
           "'sum' has shape [1,4,4,4], expected that of the output, [1,8,4,4], but for axis 2"},
          {[=](Program &p) { concat(p).copy.pop_back(); },
           "copy has 1 elements, expected 2 (inputs)"},
          {[=](Program &p) { concat(p).copy[1] = 2; }, "copy is 2, expected 0 to 1"},
          {[=](Program &p) { concat(p).requant.push_back({}); },
           "requant has 3 elements, expected 2 (inputs)"},
          {[=](Program &p) { concat(p).requant[1].shift = 0; }, "requant is 1073741825 / 2^0"},
          {[=](Program &p) { concat(p).requant[1].offset = -1; },
           "requant has the offset -1, expected 0 to 0"},
          {[=](Program &p) { concat(p).copy[1] = 1; },
           "'product' is u8, tensor 7 'joined' is s8, expected equal dtypes"},
          {[](Program &p) { tensorNamed(p, "joined").zeroPoint = 2; },
           "'sum' has scale and zero point 0.07 and 1, tensor 7 'joined' has 0.07 and 2, expected "
           "equal ones"},
          {[](Program &p) { tensorNamed(p, "joined").scale = 0.125f; },
           "'sum' has scale and zero point 0.07 and 1, tensor 7 'joined' has 0.125 and 1"},
          {[](Program &p) { commandNamed(p, "concat0").inputs[1] = tensorIndex(p, "images"); },
           "(concat): tensor 0 'images' is f32, expected s8 or u8"},
          {[](Program &p) { tensorNamed(p, "joined").layout = Layout::RowMajor; },
           "(concat): tensor 7 'joined' is laid out row_major, expected nhwc"},
          {[](Program &p) {
             reshape(p, "joined", {1, 9, 4, 4});
           },
           "inputs have 8 elements along axis 1, tensor 7 'joined' has 9"},
      },
      "concat0");
  expectAccepted(completeProgram(), {[=](Program &p) {
                   concat(p).requant[0] = {0, 0}; /* Copied: not looked at. */
                 }});
}

TEST(VerifyInteger, MaxPool) {
  auto pool = [](Program &p) -> Window & { return params<MaxPoolParams>(p, "max_pool0").window; };
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { commandNamed(p, "max_pool0").inputs[0] = tensorIndex(p, "images"); },
           "(max_pool): tensor 0 'images' is f32, expected s8 or u8"},
          {[](Program &p) { tensorNamed(p, "pooled").layout = Layout::RowMajor; },
           "'pooled' is laid out row_major, expected nhwc"},
          {[](Program &p) { tensorNamed(p, "pooled").scale = 0.125f; },
           "'joined' has scale and zero point 0.07 and 1, tensor 8 'pooled' has 0.125 and 1"},
          {[](Program &p) {
             reshape(p, "pooled", {1, 7, 4, 4});
           },
           "'pooled' has shape [1,7,4,4], expected [1,8,4,4]"},
          {[](Program &p) {
             reshape(p, "pooled", {2, 8, 4, 4});
           },
           "'pooled' has shape [2,8,4,4], expected [1,8,4,4]"},
          {[=](Program &p) { pool(p).strideH = 2; }, "'pooled' has 4 rows, the window gives 2"},
          // One element of the kernel, three rows of padding above 4 rows: rows 4 to 6 of the
          // padded input are seen by the last window only.
          {[=](Program &p) {
             pool(p) = {1, 3, 1, 1, 0, 1, 0, 1, 1, 1}, pool(p).padTop = 3, pool(p).strideH = 2;
           },
           "window of 1 rows lies wholly in the padding of 3 and 0"},
          {[=](Program &p) { pool(p) = {3, 1, 1, 2, 1, 0, 1, 3, 1, 1}; },
           "window of 1 columns lies wholly in the padding of 0 and 3"},
          // One tap, one row of padding: the first window sees that only.
          {[=](Program &p) {
             pool(p) = {1, 3, 1, 1, 1, 1, 0, 1, 1, 1};
             reshape(p, "pooled", {1, 8, 5, 4});
           },
           "window of 1 rows lies wholly in the padding of 1 and 0"},
          // Two taps, five apart, around an input of 4 rows: both outside for the first window.
          {[=](Program &p) { pool(p) = {2, 3, 1, 1, 1, 1, 4, 1, 5, 1}; },
           "window of 2 rows lies wholly in the padding of 1 and 4"},
      },
      "max_pool0");
  expectAccepted(completeProgram(),
                 {
                     // Over the whole map.
                     [=](Program &p) {
                       pool(p) = {4, 3, 1, 1, 0, 1, 0, 1, 1, 1};
                       reshape(p, "pooled", {1, 8, 1, 4});
                       params<ResizeParams>(p, "resize0").rows.assign(8, 0);
                     },
                     // Taps at -2 and 0, -1 and 1, 0 and 2, 1 and 3.
                     [=](Program &p) { pool(p) = {2, 3, 1, 1, 2, 1, 0, 1, 2, 1}; },
                 });
}

TEST(VerifyInteger, AveragePool) {
  auto pool = [](Program &p) -> AveragePoolParams & {
    return params<AveragePoolParams>(p, "average_pool0");
  };
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) {
             commandNamed(p, "average_pool0").inputs[0] = tensorIndex(p, "images");
           },
           "(average_pool): tensor 0 'images' is f32, expected s8 or u8"},
          {[](Program &p) { tensorNamed(p, "mean").layout = Layout::RowMajor; },
           "'mean' is laid out row_major, expected nhwc"},
          {[](Program &p) {
             reshape(p, "mean", {1, 7, 4, 4});
           },
           "'mean' has shape [1,7,4,4], expected [1,8,4,4]"},
          {[=](Program &p) { pool(p).window.strideH = 2; }, "the window gives 2"},
          {[=](Program &p) { pool(p).window = {1, 3, 1, 1, 1, 1, 0, 1, 1, 1}; },
           "'mean' has 4 rows, the window gives 5"},
          {[=](Program &p) {
             pool(p).window = {1, 3, 1, 1, 3, 1, 0, 1, 1, 1}, pool(p).window.strideH = 2;
           },
           "window of 1 rows lies wholly in the padding of 3 and 0"},
          {[=](Program &p) { pool(p).window = {2, 3, 1, 1, 1, 1, 1, 1, 2, 1}; }, "is dilated"},
          {[=](Program &p) {
             pool(p).counts = {4, 6};
           },
           "counts are [4,6], expected [4,6,9]"},
          {[=](Program &p) { pool(p).counts[1] = 5; }, "counts are [4,5,9], expected [4,6,9]"},
          {[=](Program &p) { pool(p).countPadding = true; }, "counts are [4,6,9], expected [9]"},
          {[=](Program &p) { pool(p).requant.pop_back(); },
           "requant has 2 elements, expected 3 (counts)"},
          {[=](Program &p) { pool(p).requant[2].shift = 0; }, "a shift from 1 to 62"},
          {[=](Program &p) { pool(p).requant[2].offset = 1; }, "has the offset 1"},
      },
      "average_pool0");
  expectAccepted(completeProgram(), {
                                        [](Program &p) { tensorNamed(p, "mean").scale = 7; },
                                        [=](Program &p) {
                                          pool(p).countPadding = true;
                                          pool(p).counts = {9};
                                          pool(p).requant.resize(1);
                                        },
                                    });
}

TEST(VerifyInteger, SumsOfAnAverageFitInt32) {
  // 2902 * 2901 * 255 < 2^31 <= 2903 * 2902 * 255.
  for (bool fits : {true, false}) {
    ProgramBuilder b;
    const int32_t rows = fits ? 2902 : 2903, columns = fits ? 2901 : 2902;
    const uint32_t x = b.quantised("x", {1, 1, rows, columns}, DType::U8, 1, 0);
    const uint32_t y = b.quantised("y", {1, 1, 1, 1}, DType::S8, 1, 0);
    b.command(Engine::Edp, "pool", {x}, y,
              AveragePoolParams{{rows, columns}, false, {rows * columns}, {{1 << 30, 40, 0}}});
    const Status status = verifyProgram(b.finish({x}, {y}).program);
    EXPECT_EQ(status.ok(), fits) << status.message();
    if (!fits) {
      EXPECT_THAT(status.message(),
                  ::testing::HasSubstr("window is 8424506, expected 1 to 8421504"));
    }
  }
}

TEST(VerifyInteger, WindowOverTheLongestInput) {
  // One row of padding at either end would take positions beyond int32.
  ProgramBuilder b;
  const uint32_t x = b.quantised("x", {1, 1, INT32_MAX - 1, 1}, DType::S8, 1, 0);
  const uint32_t y = b.quantised("y", {1, 1, 32768, 1}, DType::S8, 1, 0);
  b.command(Engine::Edp, "pool", {x}, y, MaxPoolParams{{3, 1, 65536, 1, 1, 0, 0, 0, 1, 1}});
  expectRefusals(b.finish({x}, {y}),
                 {{[](Program &p) { params<MaxPoolParams>(p, "pool").window.padBottom = 1; },
                   "window of 3 rows does not fit into 2147483648 (input with padding)"}},
                 "pool");
}

TEST(VerifyInteger, Resize) {
  auto resize = [](Program &p) -> ResizeParams & { return params<ResizeParams>(p, "resize0"); };
  expectRefusals(
      completeProgram(),
      {
          {[](Program &p) { commandNamed(p, "resize0").inputs[0] = tensorIndex(p, "images"); },
           "(resize): tensor 0 'images' is f32, expected s8 or u8"},
          {[](Program &p) { tensorNamed(p, "enlarged").layout = Layout::RowMajor; },
           "'enlarged' is laid out row_major, expected nhwc"},
          {[](Program &p) { tensorNamed(p, "enlarged").zeroPoint = 7; },
           "'pooled' has scale and zero point 0.07 and 1, tensor 9 'enlarged' has 0.07 and 7"},
          {[](Program &p) {
             reshape(p, "enlarged", {1, 4, 8, 8});
           },
           "'enlarged' has shape [1,4,8,8], expected [1,8,8,8]"},
          {[=](Program &p) { resize(p).rows.pop_back(); },
           "rows has 7 elements, expected 8 (extent of the output)"},
          {[=](Program &p) { resize(p).columns.pop_back(); }, "columns has 7 elements, expected 8"},
          {[=](Program &p) { resize(p).rows[7] = 4; }, "rows is 4, expected 0 to 3"},
          {[=](Program &p) { resize(p).columns[0] = -1; }, "columns is -1, expected 0 to 3"},
      },
      "resize0");
}

} // namespace bst::testing
