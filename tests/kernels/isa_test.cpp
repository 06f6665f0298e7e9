#include "backends/simulator/isa.h"
#include "backends/simulator/peak.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace bst {
namespace {

/// The instruction sets whose code every processor of `isa` runs.
std::vector<Isa> includedIn(Isa isa) {
  std::vector<Isa> all;
  for (Isa needed :
       {Isa::Scalar, Isa::Avx2, Isa::AvxVnni, Isa::Avx512Vnni, Isa::Neon, Isa::NeonDot})
    if (includes(isa, needed))
      all.push_back(needed);
  return all;
}

TEST(Isa, IncludesWhatEveryProcessorOfItHas) {
  using testing::ElementsAre;
  EXPECT_THAT(includedIn(Isa::Scalar), ElementsAre(Isa::Scalar));
  EXPECT_THAT(includedIn(Isa::Avx2), ElementsAre(Isa::Scalar, Isa::Avx2));
  EXPECT_THAT(includedIn(Isa::AvxVnni), ElementsAre(Isa::Scalar, Isa::Avx2, Isa::AvxVnni));
  // Ice Lake has AVX-512 VNNI and no AVX-VNNI.
  EXPECT_THAT(includedIn(Isa::Avx512Vnni), ElementsAre(Isa::Scalar, Isa::Avx2, Isa::Avx512Vnni));
  EXPECT_THAT(includedIn(Isa::Neon), ElementsAre(Isa::Scalar, Isa::Neon));
  EXPECT_THAT(includedIn(Isa::NeonDot), ElementsAre(Isa::Scalar, Isa::Neon, Isa::NeonDot));
}

TEST(Isa, NamesAreInTheirOrder) {
  EXPECT_STREQ(isaName(Isa::Scalar), "scalar");
  EXPECT_STREQ(isaName(Isa::AvxVnni), "avxvnni");
  EXPECT_STREQ(isaName(Isa::Avx512Vnni), "avx512vnni");
  EXPECT_STREQ(isaName(Isa::NeonDot), "neondot");
}

// BSTC_TEST_ISA names the best one of a processor that is known, so that its kernels are not left
// out unseen.
TEST(Isa, BestIsTheExpected) {
  ASSERT_FALSE(supportedIsas().empty());
  EXPECT_EQ(supportedIsas().back(), Isa::Scalar);
  const char *expected = std::getenv("BSTC_TEST_ISA");
  const char *best = isaName(supportedIsas().front());
  EXPECT_STREQ(best, expected ? expected : best);
}

TEST(Isa, VectorsHaveAPeak) {
  for (Isa isa : supportedIsas())
    EXPECT_EQ(measurePeakMacs(isa) > 0, isa != Isa::Scalar) << isaName(isa);
}

} // namespace
} // namespace bst
