#include "backends/simulator/isa.h"

#if BST_X86
#include <cpuid.h>
#endif
#if BST_NEON
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace bst {
namespace {

#if BST_X86
/// CPUID's bit; GCC 12's __builtin_cpu_supports has no name for it.
bool hasAvxVnni() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}
#endif

bool processorHas(Isa isa) {
  switch (isa) {
#if BST_X86
  case Isa::Avx2:
    return __builtin_cpu_supports("avx2");
  case Isa::AvxVnni: // AVX2 stands for the operating system, too: it keeps the registers.
    return __builtin_cpu_supports("avx2") && hasAvxVnni();
  case Isa::Avx512Vnni:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi");
#endif
#if BST_NEON
  case Isa::Neon:
    return true;
  case Isa::NeonDot:
    return getauxval(AT_HWCAP) & HWCAP_ASIMDDP;
#endif
  default:
    return isa == Isa::Scalar;
  }
}

/// The instruction sets of this processor, found once.
struct Supported {
  Isa isas[4];
  size_t count = 0;
  Supported() {
    for (Isa isa : {Isa::Avx512Vnni, Isa::AvxVnni, Isa::Avx2, Isa::NeonDot, Isa::Neon, Isa::Scalar})
      if (processorHas(isa))
        isas[count++] = isa;
  }
};

} // namespace

const char *isaName(Isa isa) {
  constexpr const char *names[] = {"scalar", "avx2", "avxvnni", "avx512vnni", "neon", "neondot"};
  return names[size_t(isa)];
}

bool includes(Isa isa, Isa needed) {
  if (needed == Isa::AvxVnni) // AVX-512 VNNI came first and, as in Ice Lake, without it.
    return isa == needed;
  const bool sameFamily = (isa >= Isa::Neon) == (needed >= Isa::Neon);
  return needed == Isa::Scalar || (sameFamily && isa >= needed);
}

std::span<const Isa> supportedIsas() {
  static const Supported supported;
  return {supported.isas, supported.count};
}

} // namespace bst
