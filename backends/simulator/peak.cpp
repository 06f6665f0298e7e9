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

BST_TARGET_AVXVNNI void loopAvxVnni() {
  for (int i = 0; i < rounds; ++i)
    asm volatile(".irp r,0,1,2,3,4,5,6,7,8,9,10,11\n\t"
                 "%{vex%} vpdpbusd %%ymm14, %%ymm15, %%ymm\\r\n\t"
                 ".endr" ::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11");
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

#if BST_NEON
BST_TARGET_NEON_DOT void loopNeonDot() {
  for (int i = 0; i < rounds; ++i)
    asm volatile(".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
                 "sdot v\\r\\().4s, v30.16b, v31.16b\n\t"
                 ".endr" ::
                     : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",
                       "v12", "v13", "v14", "v15");
}

// Without it, a product of bytes to int16 and a pairwise addition.
void loopNeon() {
  for (int i = 0; i < rounds; ++i)
    asm volatile(".irp r,0,1,2,3,4,5,6,7,8,9,10,11\n\t"
                 "smull v29.8h, v30.8b, v31.8b\n\t"
                 "sadalp v\\r\\().4s, v29.8h\n\t"
                 ".endr" ::
                     : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",
                       "v29");
}
#endif

} // namespace

double measurePeakMacs(Isa isa) {
#if BST_X86
  if (isa == Isa::Avx512Vnni)
    return fastest(loopAvx512, double(rounds) * 24 * 64);
  if (isa == Isa::AvxVnni)
    return fastest(loopAvxVnni, double(rounds) * 12 * 32);
  if (isa == Isa::Avx2)
    return fastest(loopAvx2, double(rounds) * 12 * 16);
#endif
#if BST_NEON
  if (isa == Isa::NeonDot)
    return fastest(loopNeonDot, double(rounds) * 16 * 16);
  if (isa == Isa::Neon)
    return fastest(loopNeon, double(rounds) * 12 * 8);
#endif
  (void)isa;
  (void)fastest;
  return 0;
}

} // namespace bst
