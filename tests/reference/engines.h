#ifndef BSTC_TESTS_REFERENCE_ENGINES_H
#define BSTC_TESTS_REFERENCE_ENGINES_H

#include "tests/reference/access.h"

/// One function per command of runtime/program/commands.h. Inputs and output are as documented
/// there.
namespace bst::reference {

// maca.cpp
void run(const ConvParams &params, Views inputs, const TensorView &output);

// edp.cpp
void run(const LutParams &params, Views inputs, const TensorView &output);
void run(const AddParams &params, Views inputs, const TensorView &output);
void run(const MulParams &params, Views inputs, const TensorView &output);
void run(const ConcatParams &params, Views inputs, const TensorView &output);
void run(const MaxPoolParams &params, Views inputs, const TensorView &output);
void run(const AveragePoolParams &params, Views inputs, const TensorView &output);
void run(const ResizeParams &params, Views inputs, const TensorView &output);

// dsp.cpp: element by element, and the decode
void run(const QuantizeParams &params, Views inputs, const TensorView &output);
void run(const DequantizeParams &params, Views inputs, const TensorView &output);
void run(const FloatUnaryParams &params, Views inputs, const FloatOutput &output);
void run(const FloatBinaryParams &params, Views inputs, const FloatOutput &output);
void run(const YoloDecodeParams &params, Views inputs, const FloatOutput &output);

// pixels.cpp
void run(const PictureParams &params, Views inputs, const TensorView &output);
void run(const FloatPictureParams &params, Views inputs, const FloatOutput &output);
void run(const Nv12Params &params, Views inputs, const TensorView &output);

// nms.cpp
void run(const NmsParams &params, Views inputs, const TensorView &output);

// detect.cpp
void run(const DetectParams &params, Views inputs, const TensorView &output);

// dsp_moves.cpp: what only moves data
void run(const TransposeParams &params, Views inputs, const TensorView &output);
void run(const SliceParams &params, Views inputs, const TensorView &output);
void run(const FloatConcatParams &params, Views inputs, const TensorView &output);
void run(const FloatResizeParams &params, Views inputs, const TensorView &output);
void run(const FloatPadParams &params, Views inputs, const TensorView &output);

// dsp_sums.cpp: windows, products and softmax
void run(const FloatConvParams &params, Views inputs, const FloatOutput &output);
void run(const FloatPoolParams &params, Views inputs, const FloatOutput &output);
void run(const SoftmaxParams &params, Views inputs, const FloatOutput &output);
void run(const LrnParams &params, Views inputs, const FloatOutput &output);
void run(const MatMulParams &params, Views inputs, const FloatOutput &output);

} // namespace bst::reference

#endif // BSTC_TESTS_REFERENCE_ENGINES_H
