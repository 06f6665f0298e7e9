#ifndef BSTC_IR_ATTRIBUTES_H
#define BSTC_IR_ATTRIBUTES_H

#include "ir/types.h"

#include <array>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace bstc {

/// Sliding window over the spatial axes (H, W), ONNX terms; pads are explicit after import
/// (auto_pad resolved by the shape rule).
struct WindowAttrs {
  int64_t kernel[2] = {1, 1};
  int64_t stride[2] = {1, 1};
  int64_t padBegin[2] = {0, 0};
  int64_t padEnd[2] = {0, 0};
  int64_t dilation[2] = {1, 1};
};

/// A fused activation as bounds on the real output: ReLU is [0, inf), ReLU6 [0, 6].
struct Bounds {
  float lo = -std::numeric_limits<float>::infinity();
  float hi = std::numeric_limits<float>::infinity();
  bool none() const {
    return lo == -std::numeric_limits<float>::infinity() &&
           hi == std::numeric_limits<float>::infinity();
  }
  bool operator==(const Bounds &) const = default;
};

/// Conv. inputs {x, weights[, bias]}.
struct ConvAttrs {
  WindowAttrs window;
  int64_t groups = 1;
  Bounds bounds;
};
/// Add, Sub, Mul, ... inputs {a, b}.
struct ElementwiseAttrs {
  Bounds bounds;
};
/// Activations. Clip: alpha = min, beta = max; LeakyRelu, Elu: alpha; HardSigmoid: alpha, beta.
struct ActivationAttrs {
  float alpha = 0, beta = 0;
};
/// MaxPool, AveragePool. `countPadding`: an average divides by the whole window.
struct PoolAttrs {
  WindowAttrs window;
  bool countPadding = false;
};
/// How an element along an axis of a nearest resize finds the one that it shows, as the file says
/// (ONNX Resize: coordinate_transformation_mode, nearest_mode).
struct ResizeRule {
  enum Coordinates {
    HalfPixel,
    PytorchHalfPixel,
    TfHalfPixelForNn,
    Asymmetric,
    AlignCorners,
    TfCropAndResize
  };
  enum Rounding { RoundPreferFloor, RoundPreferCeil, Floor, Ceil };
  Coordinates coordinates = HalfPixel;
  Rounding rounding = RoundPreferFloor;
  float scales[2] = {0, 0}; ///< Of rows and columns, where the file gives scales; 0: by sizes.
  float regionBegin[2] = {0, 0}, regionEnd[2] = {1, 1}; ///< TfCropAndResize only.
};
/// Nearest resize, resolved: output row i shows input row rows[i].
struct ResizeAttrs {
  std::vector<int32_t> rows, columns;
  ResizeRule rule; ///< What rows and columns were resolved from.
};
/// Concat, Flatten, Gather, QuantizeLinear/DequantizeLinear: one axis, >= 0 after import
/// (-1 for a per-tensor quantisation). A QuantizeLinear may have the values of blocks of positions
/// as channels of one (quantizeBlock() in ir/graph.h).
struct AxisAttrs {
  int64_t axis = 0;
};
/// Softmax over `axis`, or over all axes from it on, as one (ONNX before opset 13).
struct SoftmaxAttrs {
  int64_t axis = 0;
  bool toLast = false;
};
/// LRN: y = x / (bias + alpha / size * (sum of squares of `size` channels around))^beta.
struct LrnAttrs {
  int64_t size = 1;
  float alpha = 1e-4f, beta = 0.75f, bias = 1;
};
/// ReduceMean: ascending, >= 0.
struct ReduceAttrs {
  std::vector<int64_t> axes;
  bool keepDims = true;
};
/// Pad: elements that come before and after along each axis; negative ones go.
struct PadAttrs {
  enum Mode { Constant, Reflect, Edge };
  std::vector<int64_t> begin, end;
  Mode mode = Constant;
  float value = 0;
};
/// Split: extents of the outputs along axis.
struct SplitAttrs {
  int64_t axis = 0;
  std::vector<int64_t> sizes;
};
/// Slice, resolved against the shape: one start, step and resulting extent for each axis.
struct SliceAttrs {
  std::vector<int64_t> start, step, extent;
};
/// Transpose: dimension i of the result is dimension perm[i] of the input.
struct TransposeAttrs {
  std::vector<int64_t> perm;
};
/// BatchNormalization: what is added to each variance.
struct BatchNormAttrs {
  float epsilon = 1e-5f;
};
/// Gemm: alpha * A' B' + beta * C; the primes say transposed where asked for.
struct GemmAttrs {
  bool transposeA = false, transposeB = false;
  float alpha = 1, beta = 1;
};
/// Cast.
struct CastAttrs {
  ElementType to = ElementType::F32;
};
/// Squeeze: the axes that go; Unsqueeze: those that come, in the result's numbering; Shape: those
/// whose extents it yields. Ascending (Shape: in order), >= 0.
struct AxesAttrs {
  std::vector<int64_t> axes;
};
/// Constant: the value; ConstantOfShape: one element to fill with. Import folds both away.
struct ConstantAttrs {
  TensorDataRef value;
};
/// The places of the numbers in a row of predictions, as bst::PredictionRow has them for programs:
/// x, y, w, h, objectness, one probability per class, mask coefficients.
struct PredictionPlaces {
  int64_t classes = 0;
  int64_t masks = 0;
  static constexpr int64_t objectness = 4;
  static constexpr int64_t scores = 5; ///< Of the classes.
  int64_t coefficients() const { return scores + classes; }
  int64_t width() const { return coefficients() + masks; }
};

/// YoloDecode: see bst::YoloDecodeParams.
struct YoloDecodeAttrs {
  int64_t anchorsPerLevel = 3;
  int64_t classes = 80;
  int64_t masks = 0;
  std::vector<float> strides;
  std::vector<float> anchors;
  PredictionPlaces row() const { return {classes, masks}; }
};

/// Nms: see bst::NmsParams and bst::NmsOptions, which has the defaults.
struct NmsAttrs {
  int64_t classes = 80;
  int64_t masks = 0;
  float confidence = 0;
  double iou = 0;
  int64_t maxDetections = 0;
  bool multiLabel = false, classAgnostic = false;
  int64_t maxCandidates = 0;
  PredictionPlaces row() const { return {classes, masks}; }
  int64_t resultSize() const { return maxDetections * (6 + masks) + 1; } ///< Numbers of the result.
};

/// Picture: see bst::PictureParams and bst::Preprocess. Element c of a pixel becomes
/// float((value - mean[c]) * scale[c]), computed in double; c counts in the network's order.
struct PictureAttrs {
  std::array<double, 3> mean = {0, 0, 0}, scale = {1, 1, 1};
  bool reversed = false; ///< The network takes blue first, pictures have red first.
  /// The bit patterns of the result's elements, 256 of each channel of the network. Empty: floats.
  std::vector<uint8_t> tables;
};
/// Nv12: see bst::Nv12Params.
struct Nv12Attrs {
  bool fullRange = false;
};
/// Reorder: dimension i of the result is dimension perm[i] of the input; bytes on their way between
/// the file's form, row-major, and the form of int8 values (hasFileForm() in ir/graph.h).
struct ReorderAttrs {
  std::vector<int64_t> perm;
  bool toFile = false; ///< The result has the file's form; else the input has.
};

/// Detect: see bst::DetectParams.
struct DetectAttrs {
  YoloDecodeAttrs decode;
  NmsAttrs nms;
  std::vector<int32_t> thresholds; ///< Of the objectness, one per head.
  bool objectnessFirst = false;    ///< Order of the heads' channels.
};

using Attributes =
    std::variant<std::monostate, ConvAttrs, ElementwiseAttrs, ActivationAttrs, PoolAttrs,
                 ResizeAttrs, AxisAttrs, SplitAttrs, SliceAttrs, TransposeAttrs, BatchNormAttrs,
                 GemmAttrs, CastAttrs, AxesAttrs, ConstantAttrs, SoftmaxAttrs, LrnAttrs,
                 ReduceAttrs, PadAttrs, YoloDecodeAttrs, NmsAttrs, PictureAttrs, Nv12Attrs,
                 ReorderAttrs, DetectAttrs>;

} // namespace bstc

#endif // BSTC_IR_ATTRIBUTES_H
