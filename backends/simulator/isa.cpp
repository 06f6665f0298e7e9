#include "backends/simulator/isa.h"

#include <array>

namespace bst {

const char *isaName(Isa isa) { return isa == Isa::Avx2 ? "avx2" : "scalar"; }

std::span<const Isa> supportedIsas() {
  static constexpr std::array<Isa, 2> all = {Isa::Avx2, Isa::Scalar};
#if BST_X86
  if (__builtin_cpu_supports("avx2"))
    return all;
#endif
  return std::span(all).last(1);
}

} // namespace bst
