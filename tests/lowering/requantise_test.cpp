// Ratios and bounds become integers as the reference derives them.
#include "backends/requantise.h"
#include "tests/lowering/lowered.h"

#include <cmath>
#include <limits>

using namespace bstc;
using namespace bstc::test;

static constexpr float infinity = std::numeric_limits<float>::infinity();

static void expectRequant(double ratio) {
  auto actual = requantFor(ratio);
  const auto expected = bst::reference::deriveRequant(ratio);
  ASSERT_EQ(bool(actual), expected.has_value()) << ratio;
  if (!actual) {
    llvm::consumeError(actual.takeError());
    return;
  }
  EXPECT_EQ(actual->multiplier, expected->multiplier) << ratio;
  EXPECT_EQ(actual->shift, expected->shift) << ratio;
  EXPECT_EQ(actual->offset, 0);
}

TEST(RequantFor, AnyRatio) {
  Draw draw(3);
  for (int i = 0; i < 20000; ++i)
    expectRequant(double(draw.scale()) * double(draw.scale()) / double(draw.scale()));
  for (int exponent = -70; exponent < 40; ++exponent)
    for (double fraction : {0.5, 0.75, 0.5 + 0x1p-32, 0.5 + 0x1p-31, 1 - 0x1p-40, 1 - 0x1p-32,
                            1 - 0x1.8p-32, 0.6, 1.0 / 3 * 2})
      expectRequant(std::ldexp(fraction, exponent));
}

TEST(RequantFor, HandWorked) {
  // 1/3: 2/3 * 2^-1; 2^31 * 2/3 = 1431655765.33.
  auto third = llvm::cantFail(requantFor(1.0 / 3));
  EXPECT_EQ(third.multiplier, 1431655765);
  EXPECT_EQ(third.shift, 32);
  // 0.7 / 2^0: 2^31 * 0.7 = 1503238553.6, rounded up.
  auto other = llvm::cantFail(requantFor(0.7));
  EXPECT_EQ(other.multiplier, 1503238554);
  EXPECT_EQ(other.shift, 31);
}

TEST(RequantFor, RefusesWhatIsNoRatio) {
  for (double ratio : {0.0, -1.0, double(infinity), std::nan(""), 0x1p30, 0x1p30 * (1 - 0x1p-40)}) {
    auto actual = requantFor(ratio);
    EXPECT_FALSE(bool(actual)) << ratio;
    llvm::consumeError(actual.takeError());
  }
}

TEST(ClampFor, AnyBounds) {
  Draw draw(5);
  for (int i = 0; i < 20000; ++i) {
    const Quant quant = draw.quant();
    const bool isUnsigned = quant.dtype == bst::DType::U8;
    const TensorType type{isUnsigned ? ElementType::U8 : ElementType::S8,
                          {1},
                          Quantisation{{quant.scale}, {quant.zeroPoint}, -1}};
    // Whole, half and other numbers of steps.
    const float lo = float(draw.between(-600, 600)) * 0.5f * quant.scale;
    const float hi =
        draw.next() % 4 ? float(draw.between(-6000, 6000)) * 0.07f * quant.scale : infinity;
    const Bounds bounds{draw.next() % 4 ? lo : -infinity, hi};
    const ClampBounds actual = clampFor(type, bounds);
    const auto expected = bst::reference::deriveClamp(bounds.lo, bounds.hi, quant);
    EXPECT_EQ(actual.lo, expected.lo) << bounds.lo << " / " << quant.scale;
    EXPECT_EQ(actual.hi, expected.hi) << bounds.hi << " / " << quant.scale;
  }
}
