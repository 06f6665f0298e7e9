#include "backends/maca/kernels/conv.h"

#include "backends/maca/kernels/conv_depthwise.h"
#include "backends/maca/kernels/conv_direct.h"
#include "backends/maca/kernels/conv_gemm.h"

namespace bst {
namespace {

constexpr ConvKernel kernels[] = {
#if BST_X86
    {"depthwise_avx2", Isa::Avx2, depthwiseSupports, depthwiseScratchSize, runDepthwiseAvx2},
    {"gemm_avx2", Isa::Avx2, gemmSupports, gemmScratchSize, runGemmAvx2},
#endif
    {"gemm_portable", Isa::Scalar, gemmSupports, gemmScratchSize, runGemmPortable},
    {"direct", Isa::Scalar, directSupports, directScratchSize, runDirect},
};

} // namespace

std::span<const ConvKernel> convKernels() { return kernels; }

const ConvKernel &selectConvKernel(const ConvProblem &problem, Isa isa) {
  const char *whyNot = nullptr;
  for (const ConvKernel &kernel : kernels)
    if (kernel.isa <= isa && kernel.supports(problem, whyNot))
      return kernel;
  return std::end(kernels)[-1];
}

} // namespace bst
