#ifndef BST_BACKENDS_EDP_KERNELS_KERNELS_H
#define BST_BACKENDS_EDP_KERNELS_KERNELS_H

#include "backends/simulator/context.h"
#include "runtime/program/tensor_view.h"

#include <span>

/// EDP's commands: 8-bit element-wise work. Parameters and arithmetic are those of
/// runtime/program/commands.h and backends/NUMERICS.md; tensors have passed verifyProgram. Every
/// kernel gives the same bytes whatever `isa`.
namespace bst {

void runLut(const LutParams &params, const TensorView &x, const TensorView &y,
            const KernelContext &context);

void runAdd(const AddParams &params, const TensorView &a, const TensorView &b, const TensorView &y,
            const KernelContext &context);
void runMul(const MulParams &params, const TensorView &a, const TensorView &b, const TensorView &y,
            const KernelContext &context);

/// Inputs without data are in `y` already.
void runConcat(const ConcatParams &params, std::span<const TensorView> inputs, const TensorView &y,
               const KernelContext &context);

/// Bytes of scratch of a max pool.
uint64_t maxPoolScratchSize(const Tensor &x);
void runMaxPool(const MaxPoolParams &params, const TensorView &x, const TensorView &y,
                std::byte *scratch, Isa isa);

uint64_t averagePoolScratchSize(const Tensor &x);
void runAveragePool(const AveragePoolParams &params, const TensorView &x, const TensorView &y,
                    std::byte *scratch, Isa isa);

void runPicture(const PictureParams &params, const TensorView &x, const TensorView &y,
                const KernelContext &context);

void runResize(const ResizeParams &params, const TensorView &x, const TensorView &y);

} // namespace bst

#endif // BST_BACKENDS_EDP_KERNELS_KERNELS_H
