#ifndef BST_BACKENDS_SIMULATOR_ISA_H
#define BST_BACKENDS_SIMULATOR_ISA_H

#include <cstdint>
#include <span>

#if defined(__x86_64__)
#define BST_X86 1
/// Mark a function that is compiled for, and may only be called under, Isa::Avx2, Isa::AvxVnni or
/// Isa::Avx512Vnni.
#define BST_TARGET_AVX2 __attribute__((target("avx2")))
#define BST_TARGET_AVXVNNI __attribute__((target("avx2,avxvnni")))
#define BST_TARGET_AVX512                                                                          \
  __attribute__((target("avx2,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi")))
#else
#define BST_X86 0
#define BST_TARGET_AVX2
#define BST_TARGET_AVX512
#endif
#if defined(__aarch64__)
#define BST_NEON 1
/// The same of Isa::NeonDot; Isa::Neon is what every function is compiled for. The version is what
/// GCC's arm_neon.h asks for.
#define BST_TARGET_NEON_DOT __attribute__((target("arch=armv8.2-a+dotprod")))
#else
#define BST_NEON 0
#endif

/// Marks what must be inlined so that it is compiled for its caller's instruction set.
#define BST_INLINE inline __attribute__((always_inline))

namespace bst {

/// Instruction sets that kernels are written for.
enum class Isa : uint8_t {
  Scalar,     ///< Portable C++: whatever the build's own flags allow.
  Avx2,       ///< x86-64 with AVX2.
  AvxVnni,    ///< The same with AVX-VNNI (Alder Lake, Zen 5 and later).
  Avx512Vnni, ///< x86-64 with AVX-512 F, BW, VL, DQ, VNNI and VBMI (Ice Lake, Zen 4 and later).
  Neon,       ///< AArch64.
  NeonDot,    ///< AArch64 with the dot product (Armv8.2 and later).
};

/// Stable lower-case name ("scalar", "avx2", "avxvnni", "avx512vnni", "neon", "neondot").
const char *isaName(Isa isa);
/// Can every processor of `isa` run code that is written for `needed`?
bool includes(Isa isa, Isa needed);
/// Every instruction set that this processor can run, the best first.
std::span<const Isa> supportedIsas();

template <class Body> BST_TARGET_AVX2 void runForAvx2(const Body &body) { body(); }
template <class Body> BST_TARGET_AVX512 void runForAvx512(const Body &body) { body(); }

/// Runs `body` compiled for `isa`. The compiler vectorises its loops for that instruction set; to
/// be inlined there, the lambda is written `[&]() BST_ALWAYS_INLINE { ... }`. Floating-point
/// results do not depend on `isa`: nothing uses fused multiply-adds, and the build forbids them.
#define BST_ALWAYS_INLINE __attribute__((always_inline))
template <class Body> void runFor(Isa isa, const Body &body) {
  if (isa == Isa::Avx512Vnni)
    runForAvx512(body);
  else if (includes(isa, Isa::Avx2))
    runForAvx2(body);
  else
    body();
}

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_ISA_H
