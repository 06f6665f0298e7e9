#ifndef BST_BACKENDS_SIMULATOR_ISA_H
#define BST_BACKENDS_SIMULATOR_ISA_H

#include <cstdint>
#include <span>

#if defined(__x86_64__)
#define BST_X86 1
/// Marks a function that is compiled for, and may only be called under, Isa::Avx2.
#define BST_TARGET_AVX2 __attribute__((target("avx2")))
#else
#define BST_X86 0
#define BST_TARGET_AVX2
#endif

/// Marks what must be inlined so that it is compiled for its caller's instruction set.
#define BST_INLINE inline __attribute__((always_inline))

namespace bst {

/// Instruction sets that kernels are written for; each includes the ones before it.
enum class Isa : uint8_t {
  Scalar, ///< Portable C++: whatever the build's own flags allow.
  Avx2,   ///< x86-64 with AVX2.
};

/// Stable lower-case name ("scalar", "avx2").
const char *isaName(Isa isa);
/// Every instruction set that this processor can run, the best first.
std::span<const Isa> supportedIsas();

template <class Body> BST_TARGET_AVX2 void runForAvx2(const Body &body) { body(); }

/// Runs `body` compiled for `isa`. The compiler vectorises its loops for that instruction set; to
/// be inlined there, the lambda is written `[&]() BST_ALWAYS_INLINE { ... }`. Floating-point
/// results do not depend on `isa`: nothing uses fused multiply-adds, and the build forbids them.
#define BST_ALWAYS_INLINE __attribute__((always_inline))
template <class Body> void runFor(Isa isa, const Body &body) {
  if (isa == Isa::Avx2)
    runForAvx2(body);
  else
    body();
}

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_ISA_H
