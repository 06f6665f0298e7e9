// What verifyProgram says of the commands of the DSP that look around an element: padding, LRN.
#include "verify_cases.h"

namespace bst::testing {

TEST(VerifyFloat, Pad) {
  auto pad = [](Program &p) -> FloatPadParams & { return params<FloatPadParams>(p, "pad0"); };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { pad(p).mode = PadMode(3); }, "mode 3 is unknown"},
          {[=](Program &p) { pad(p).begin.pop_back(); }, "begin has 3 elements, expected 4 (rank)"},
          {[=](Program &p) { pad(p).begin[0] = (1 << 30) + 1; }, "begin is 1073741825"},
          {[=](Program &p) { pad(p).begin[2] = 8; },
           "mirrors elements -8 to 2 along axis 2 of tensor 0 'images', which has 8"},
          {[=](Program &p) { pad(p).begin[2] = -5; }, "mirrors elements 5 to 15"},
          {[](Program &p) {
             reshape(p, "padded", {3, 11, 8});
           },
           "'padded' has shape [3,11,8], expected rank 4"},
          {[](Program &p) { setInput(p, "pad0", 0, "conv"); },
           "'conv' is s8 nhwc, expected f32 row_major"},
      },
      "pad0");
  expectAccepted(completeProgram(),
                 {
                     [=](Program &p) { pad(p).begin[2] = -4; },
                     [=](Program &p) { pad(p).begin[2] = 7; },
                     [=](Program &p) { pad(p).mode = PadMode::Edge, pad(p).begin[2] = 100; },
                     [=](Program &p) { pad(p).mode = PadMode::Constant, pad(p).begin[3] = -100; },
                 });
}

TEST(VerifyFloat, Lrn) {
  auto lrn = [](Program &p) -> LrnParams & { return params<LrnParams>(p, "lrn0"); };
  expectRefusals(completeProgram(),
                 {
                     {[=](Program &p) { lrn(p).size = 0; }, "size is 0, expected 1 to 65536"},
                     {[=](Program &p) { lrn(p).size = 65537; }, "size is 65537"},
                     {[](Program &p) {
                        reshape(p, "normal", {1, 3, 8, 7});
                      },
                      "'normal' has [1,3,8,7], expected equal ones"},
                     {[](Program &p) {
                        reshape(p, "normal", {192});
                        setInput(p, "lrn0", 0, "normal");
                      },
                      "'normal' has shape [192], expected rank 2 or more"},
                 },
                 "lrn0");
}

} // namespace bst::testing
