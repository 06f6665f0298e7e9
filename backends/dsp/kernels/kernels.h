#ifndef BST_BACKENDS_DSP_KERNELS_KERNELS_H
#define BST_BACKENDS_DSP_KERNELS_KERNELS_H

#include "backends/simulator/context.h"
#include "runtime/program/tensor_view.h"

#include <span>

/// DSP's commands: float work, and what leads into and out of it. Parameters and arithmetic are
/// those of runtime/program/commands.h and backends/NUMERICS.md; tensors have passed verifyProgram.
///
/// Order of sums: convolution and matrix product add their terms one by one in the order of the
/// weights' memory (input channel, kernel row, kernel column), starting from the bias; average and
/// softmax in the order of memory. Products are rounded before they are added: without fused
/// multiply-adds the results are the same on every instruction set.
namespace bst {

using TensorViews = std::span<const TensorView>;

void runQuantize(const QuantizeParams &params, const TensorView &x, const TensorView &y,
                 const KernelContext &context);
uint64_t quantizeScratchSize(const QuantizeParams &params, const Tensor &x, const Tensor &y,
                             unsigned threads);
void runDequantize(const TensorView &x, const TensorView &y, Isa isa);

void runFloatConv(const FloatConvParams &params, TensorViews inputs, const TensorView &y,
                  std::byte *scratch, Isa isa);
uint64_t floatConvScratchSize(const Tensor &weights);
void runMatMul(const MatMulParams &params, TensorViews inputs, const TensorView &y,
               std::byte *scratch, Isa isa);
uint64_t matMulScratchSize();

void runFloatUnary(const FloatUnaryParams &params, const TensorView &x, const TensorView &y,
                   Isa isa);
void runFloatBinary(const FloatBinaryParams &params, const TensorView &a, const TensorView &b,
                    const TensorView &y, Isa isa);
void runSoftmax(const SoftmaxParams &params, const TensorView &x, const TensorView &y, Isa isa);

void runTranspose(const TransposeParams &params, const TensorView &x, const TensorView &y);
void runSlice(const SliceParams &params, const TensorView &x, const TensorView &y);
void runFloatConcat(const FloatConcatParams &params, TensorViews inputs, const TensorView &y);

void runFloatPad(const FloatPadParams &params, const TensorView &x, const TensorView &y);

void runLrn(const LrnParams &params, const TensorView &x, const TensorView &y);
void runFloatPool(const FloatPoolParams &params, const TensorView &x, const TensorView &y);
void runFloatResize(const FloatResizeParams &params, const TensorView &x, const TensorView &y);

uint64_t yoloDecodeScratchSize(const YoloDecodeParams &params, unsigned threads);
void runYoloDecode(const YoloDecodeParams &params, TensorViews heads, const TensorView &y,
                   const KernelContext &context);

uint64_t nmsCommandScratchSize(const NmsParams &params, const Tensor &predictions);
void runNms(const NmsParams &params, const TensorView &predictions, const TensorView &y,
            const KernelContext &context);

void runFloatPicture(const FloatPictureParams &params, const TensorView &x, const TensorView &y,
                     const KernelContext &context);
void runNv12(const Nv12Params &params, const TensorView &x, const TensorView &y,
             const KernelContext &context);
/// `rows`: predictions that the heads hold.
uint64_t detectScratchSize(const DetectParams &params, int64_t rows);
void runDetect(const DetectParams &params, TensorViews heads, const TensorView &y,
               const KernelContext &context);

} // namespace bst

#endif // BST_BACKENDS_DSP_KERNELS_KERNELS_H
