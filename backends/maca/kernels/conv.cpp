#include "backends/maca/kernels/conv.h"

#include "backends/maca/kernels/conv_depthwise.h"
#include "backends/maca/kernels/conv_direct.h"
#include "backends/maca/kernels/conv_gemm.h"

namespace bst {
namespace {

constexpr ConvKernel kernels[] = {
#if BST_X86
    {"gemm_avx512vnni", Isa::Avx512Vnni, byteGemmSupports, prepareGemmAvx512},
    {"gemm_avxvnni", Isa::AvxVnni, byteGemmSupports, prepareGemmAvxVnni},
    {"depthwise_avx2", Isa::Avx2, depthwiseSupports, prepareDepthwiseAvx2},
    {"gemm_avx2", Isa::Avx2, gemmSupports, prepareGemmAvx2},
#endif
#if BST_NEON
    {"gemm_neondot", Isa::NeonDot, byteGemmSupports, prepareGemmNeonDot},
    {"gemm_neon", Isa::Neon, byteGemmSupports, prepareGemmNeon},
#endif
    {"gemm_portable", Isa::Scalar, gemmSupports, prepareGemmPortable},
    {"direct", Isa::Scalar, directSupports, prepareDirect},
};

} // namespace

std::span<const ConvKernel> convKernels() { return kernels; }

bool writesPlainly(const ConvProblem &problem, const char *&whyNot) {
  if (!problem.tail && !problem.pixelStride)
    return true;
  whyNot = "other commands follow in the same pass";
  return false;
}

const ConvKernel &selectConvKernel(const ConvProblem &problem, Isa isa, TextSink *refusals) {
  const char *separator = "";
  for (const ConvKernel &kernel : kernels) {
    const char *whyNot = nullptr;
    if (!includes(isa, kernel.isa))
      continue;
    if (kernel.supports(problem, whyNot))
      return kernel;
    if (refusals)
      appendText(*refusals, "{}{}: {}", separator, kernel.name, whyNot);
    separator = "; ";
  }
  return std::end(kernels)[-1];
}

} // namespace bst
