#include "backends/simulator/peak.h"

#include <algorithm>
#include <chrono>

namespace bst {
namespace {

constexpr int rounds = 20000; ///< Of the loops below; a millisecond or less.

/// Runs a loop of `macs` multiply-accumulates several times; the fastest counts, as others are
/// disturbed.
double fastest(void (*loop)(), double macs) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(20);
  double best = 1e9;
  for (auto now = Clock::now(); now < end;) {
    loop();
    const auto after = Clock::now();
    best = std::min(best, std::chrono::duration<double>(after - now).count());
    now = after;
  }
  return macs / best;
}

// Assembly, since a compiler would keep no sum that nobody reads. The accumulators are more than
// latency times throughput of the instruction.
#if BST_X86
BST_TARGET_AVX512 void loopAvx512() {
  for (int i = 0; i < rounds; ++i)
    asm volatile(".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23\n\t"
                 "vpdpbusd %%zmm24, %%zmm25, %%zmm\\r\n\t"
                 ".endr" ::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "xmm16",
                       "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23");
}

// The exact product of AVX2 is vpmaddwd of int16 and an addition.
BST_TARGET_AVX2 void loopAvx2() {
  for (int i = 0; i < rounds; ++i)
    asm volatile(".irp r,0,1,2,3,4,5,6,7,8,9,10,11\n\t"
                 "vpmaddwd %%ymm14, %%ymm15, %%ymm13\n\t"
                 "vpaddd %%ymm13, %%ymm\\r, %%ymm\\r\n\t"
                 ".endr" ::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11", "xmm13");
}
#endif

} // namespace

double measurePeakMacs(Isa isa) {
#if BST_X86
  if (isa == Isa::Avx512Vnni)
    return fastest(loopAvx512, double(rounds) * 24 * 64);
  if (isa == Isa::Avx2)
    return fastest(loopAvx2, double(rounds) * 12 * 16);
#endif
  (void)isa;
  (void)fastest;
  return 0;
}

} // namespace bst
