#ifndef BST_RUNTIME_PROGRAM_COMMANDS_H
#define BST_RUNTIME_PROGRAM_COMMANDS_H

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

/// The parameters of every command that an engine executes. Plain data: the compiler fills them,
/// the package stores them, the simulator's kernels and the cost model read them. The arithmetic
/// of each is written down in backends/NUMERICS.md.
namespace bst {

/// Sliding-window geometry of convolutions and pools, in elements. Dilation and pads are the
/// effective ones (auto_pad and ceil_mode are resolved by the compiler).
struct Window {
  int32_t kernelH = 1, kernelW = 1;
  int32_t strideH = 1, strideW = 1;
  int32_t padTop = 0, padLeft = 0, padBottom = 0, padRight = 0;
  int32_t dilationH = 1, dilationW = 1;
  bool operator==(const Window &) const = default;
};

/// r ~ multiplier / 2^shift, applied as floor((v * multiplier + offset + 2^(shift-1)) / 2^shift).
/// multiplier in [1, 2^31), shift in [1, 62], |offset| <= 2^30. The offset is less than one unit of
/// v: what rounding a convolution's bias to int32 left, times the multiplier. 0 elsewhere.
struct Requant {
  int32_t multiplier = 1;
  int32_t shift = 1;
  int32_t offset = 0;
  bool operator==(const Requant &) const = default;
};

/// MACA. inputs {x: Nhwc s8|u8, weights: s8 of weightLayout()}, output {Nhwc s8|u8}. Vectors have
/// one element per output channel; `weightZeroPoint` is empty when all are 0. Clamp bounds are in
/// output steps and carry a fused ReLU / ReLU6 / Clip.
struct ConvParams {
  Window window;
  int32_t groups = 1;
  std::vector<int32_t> bias;
  std::vector<int32_t> weightZeroPoint;
  std::vector<Requant> requant;
  int32_t clampLo = -128, clampHi = 127;
  bool operator==(const ConvParams &) const = default;
};

/// EDP. y = table[x - min(dtype of x)]; entries are values of the output dtype (bit patterns).
struct LutParams {
  std::string function;       ///< For reports: "silu", "sigmoid", ...
  std::vector<uint8_t> table; ///< 256 entries.
  bool operator==(const LutParams &) const = default;
};

/// EDP. inputs {a, b} of one shape. y = zy + floor(((a-za)*ma + (b-zb)*mb + 2^(shift-1)) /
/// 2^shift), then clamped to [clampLo, clampHi].
struct AddParams {
  int32_t multiplierA = 1, multiplierB = 1; ///< In (-2^31, 2^31); negative for a subtraction.
  int32_t shift = 1;
  int32_t clampLo = -128, clampHi = 127;
  bool operator==(const AddParams &) const = default;
};

/// EDP. y = zy + requant((a-za)*(b-zb)), clamped.
struct MulParams {
  Requant requant;
  int32_t clampLo = -128, clampHi = 127;
  bool operator==(const MulParams &) const = default;
};

/// EDP. Concatenation of Nhwc maps along `axis` (ONNX order). Input i is copied where `copy[i]`,
/// else y = clamp(zy + requant[i](x - zx)).
struct ConcatParams {
  int32_t axis = 1;
  std::vector<uint8_t> copy;
  std::vector<Requant> requant;
  bool operator==(const ConcatParams &) const = default;
};

/// EDP. Max over the window; padding never wins. Input and output share dtype, scale, zero point.
struct MaxPoolParams {
  Window window;
  bool operator==(const MaxPoolParams &) const = default;
};

/// EDP. y[n,i,j,c] = x[n, rows[i], columns[j], c]: nearest resize with its coordinate rule
/// resolved.
struct ResizeParams {
  std::vector<int32_t> rows, columns;
  bool operator==(const ResizeParams &) const = default;
};

/// EDP. y = clamp(zy + requant[k](sum over the window of x - zx)): positions in the padding add
/// nothing, and requant[k] divides by counts[k] as it rescales. `counts` are those of
/// averagedCounts(); a window over that many positions takes its k.
struct AveragePoolParams {
  Window window;             ///< Not dilated.
  bool countPadding = false; ///< Positions in the padding count as ones of value zx.
  std::vector<int32_t> counts;
  std::vector<Requant> requant; ///< As many as counts.
  bool operator==(const AveragePoolParams &) const = default;
};

/// The numbers of positions that the averages over a map of `rows` x `columns` divide by,
/// ascending: the whole window where padding counts, else those of the window that lie inside the
/// map. `outRows` x `outColumns` windows, none of them wholly in the padding.
std::vector<int32_t> averagedCounts(const Window &window, bool countPadding, int64_t rows,
                                    int64_t columns, int64_t outRows, int64_t outColumns);

/// DSP. float RowMajor -> s8|u8 of any layout, as ONNX QuantizeLinear: half to even, saturate.
/// With `block` > 1, x [N, C, H, W] becomes y [N, C * block^2, H / block, W / block] (Nhwc), the
/// values of block x block positions as channels of one ("space to depth"):
/// y[n, (dy * block + dx) * C + c, i, j] = x[n, c, i * block + dy, j * block + dx].
struct QuantizeParams {
  int32_t block = 1;
  bool operator==(const QuantizeParams &) const = default;
};

/// DSP. s8|u8 of any layout -> float RowMajor, as ONNX DequantizeLinear: float(q - zp) * scale.
struct DequantizeParams {
  bool operator==(const DequantizeParams &) const = default;
};

/// DSP. inputs {x, weights[, bias]}, all float RowMajor (NCHW, OIHW).
struct FloatConvParams {
  Window window;
  int32_t groups = 1;
  float clampLo = 0, clampHi = 0; ///< A fused activation; -inf and +inf when there is none.
  bool operator==(const FloatConvParams &) const = default;
};

/// DSP. y = f(x) element by element, float.
enum class UnaryFn : uint8_t {
#define BST_ACTIVATION(kind, ...) kind,
#include "runtime/program/activations.def"
};
/// How many there are.
constexpr int unaryFns = 0
#define BST_ACTIVATION(kind, ...) +1
#include "runtime/program/activations.def"
    ;
constexpr UnaryFn lastUnaryFn = UnaryFn(unaryFns - 1);
/// Parameters of a UnaryFn command.
struct FloatUnaryParams {
  UnaryFn fn = UnaryFn::Relu;
  float alpha = 0, beta = 0; ///< Clip: min, max. LeakyRelu/Elu: alpha. HardSigmoid: alpha, beta.
  bool operator==(const FloatUnaryParams &) const = default;
};

/// DSP. y = a op b with NumPy broadcasting, float.
enum class BinaryFn : uint8_t { Add, Sub, Mul, Div, Pow, Max, Min };
/// Parameters of a BinaryFn command.
struct FloatBinaryParams {
  BinaryFn fn = BinaryFn::Add;
  bool operator==(const FloatBinaryParams &) const = default;
};

/// DSP. y = x permuted: output axis i is input axis perm[i]. Any dtype, RowMajor; bytes also from
/// and to Nhwc.
struct TransposeParams {
  std::vector<int32_t> perm;
  bool operator==(const TransposeParams &) const = default;
};

/// DSP. RowMajor copy: output element o_i = x[start_i + o_i * step_i]. Serves Slice and Split.
struct SliceParams {
  std::vector<int32_t> start, step; ///< One per axis; a step is never 0.
  bool operator==(const SliceParams &) const = default;
};

/// DSP. Float RowMajor concatenation along `axis`.
struct FloatConcatParams {
  int32_t axis = 0;
  bool operator==(const FloatConcatParams &) const = default;
};

/// DSP. Float NCHW pooling.
enum class PoolFn : uint8_t { Max, Average };
/// Parameters of a PoolFn command.
struct FloatPoolParams {
  PoolFn fn = PoolFn::Max;
  Window window;
  bool countPadding = false; ///< Average: divide by the whole window.
  bool operator==(const FloatPoolParams &) const = default;
};

/// DSP. Float NCHW nearest resize; as ResizeParams.
struct FloatResizeParams {
  std::vector<int32_t> rows, columns;
  bool operator==(const FloatResizeParams &) const = default;
};

/// DSP. Softmax over `axis`, float.
struct SoftmaxParams {
  int32_t axis = -1;
  bool operator==(const SoftmaxParams &) const = default;
};

/// DSP. Float RowMajor: output element o shows input element o - begin, along each axis. What lies
/// outside is `value`, or mirrored at the first and last element (which are not repeated), or the
/// nearest element. A negative begin drops elements.
enum class PadMode : uint8_t { Constant, Reflect, Edge };
/// Parameters of a PadMode command.
struct FloatPadParams {
  PadMode mode = PadMode::Constant;
  std::vector<int32_t> begin; ///< One per axis.
  float value = 0;
  bool operator==(const FloatPadParams &) const = default;
};

/// DSP. Local response normalisation, float, channels along axis 1:
/// y = x / (bias + alpha / size * sum of the squares of `size` channels)^beta, of which
/// (size - 1) / 2 (rounded down) stand before the element's; those that do not exist add nothing.
struct LrnParams {
  int32_t size = 1;
  float alpha = 1e-4f, beta = 0.75f, bias = 1;
  bool operator==(const LrnParams &) const = default;
};

/// DSP. inputs {a, b[, c]}: y = alpha * op(a) * op(b) + beta * c, float, c broadcast to y; batched
/// over leading axes, which broadcast, when there is no transposition and no c.
struct MatMulParams {
  bool transposeA = false, transposeB = false;
  float alpha = 1, beta = 1;
  bool operator==(const MatMulParams &) const = default;
};

/// The places of the numbers in a row of predictions: x, y, w, h (of the box's centre, pixels of
/// the input), objectness, one probability per class, mask coefficients. Whoever writes or reads
/// rows has them from here.
struct PredictionRow {
  int64_t classes = 0;
  int64_t masks = 0;
  static constexpr int64_t objectness = 4;
  static constexpr int64_t scores = 5; ///< Of the classes.
  constexpr int64_t coefficients() const { return scores + classes; }
  constexpr int64_t width() const { return coefficients() + masks; }
  /// The channel of a head with `number` of the row of one of `anchors`, where the objectness of
  /// all anchors comes first (DetectParams::objectnessFirst).
  constexpr int64_t channelObjectnessFirst(int64_t number, int64_t anchor, int64_t anchors) const {
    if (number == objectness)
      return anchor;
    return anchors + anchor * (width() - 1) + number - (number > objectness);
  }
};

/// DSP. The YOLOv5 Detect / Segment decode (ultralytics/yolov5 v7.0, models/yolo.py
/// Detect.forward). inputs: one head per level, shape [1, anchors*(5+classes+masks), ny, nx], each
/// float RowMajor or quantised Nhwc (then dequantised on the fly as DequantizeLinear). Output:
/// float RowMajor [1, sum anchors*ny*nx, 5+classes+masks]; rows ordered level, anchor, y, x. With s
/// = sigmoid:
///   xy = (s(t_xy) * 2 + grid) * stride      grid = (x - 0.5, y - 0.5)
///   wh = (s(t_wh) * 2)^2 * anchor           objectness and classes: s(t); mask coefficients: t.
struct YoloDecodeParams {
  int32_t anchorsPerLevel = 3;
  int32_t classes = 80;
  int32_t masks = 0;
  std::vector<float> strides; ///< Pixels, one per level.
  std::vector<float> anchors; ///< Pixels, [level][anchor][w, h].
  PredictionRow row() const { return {classes, masks}; }
  bool operator==(const YoloDecodeParams &) const = default;
};

/// What non-maximum suppression keeps of YOLOv5's predictions (ultralytics/yolov5 v7.0,
/// utils/general.py; the defaults are those of its detect.py).
struct NmsOptions {
  float confidence = 0.25f; ///< In [0, 1]: objectness and score must be above it.
  /// In [0, 1]: a box that overlaps a better one by more than this is dropped. A double because
  /// torchvision compares its float overlap with one: 0.6 as a float is above 0.6.
  double iou = 0.45;
  int32_t maxDetections = 300;
  bool multiLabel = false;       ///< Every class above `confidence`, not only a row's best.
  bool classAgnostic = false;    ///< A box may suppress one of another class.
  int32_t maxCandidates = 30000; ///< The best of them are looked at.
  bool operator==(const NmsOptions &) const = default;
};

/// DSP. Non-maximum suppression. input: float RowMajor [1, rows, 5 + classes + masks], as
/// YoloDecodeParams writes it. Output: float RowMajor [most * (6 + masks) + 1], most =
/// options.maxDetections, the parts one after the other: boxes [most][x1, y1, x2, y2], scores
/// [most], class numbers [most], mask coefficients [most][masks], and how many boxes there are.
/// The best score comes first; behind the last box there are zeros. See backends/NUMERICS.md.
struct NmsParams {
  int32_t classes = 80;
  int32_t masks = 0;
  NmsOptions options;
  PredictionRow row() const { return {classes, masks}; }
  /// Numbers of the output.
  int64_t resultSize() const { return int64_t(options.maxDetections) * (6 + int64_t(masks)) + 1; }
  bool operator==(const NmsParams &) const = default;
};

/// EDP. An 8-bit picture to the map that the first layer takes, normalised and quantised by tables:
/// y[n, (dy * block + dx) * 3 + c, i, j] =
///   tables[c * 256 + x[n, reversed ? 2 - c : c, i * block + dy, j * block + dx]].
/// x: u8 Picture [N, 3, H, W] without a scale; y: s8|u8 Nhwc; entries are values of its dtype (bit
/// patterns).
struct PictureParams {
  std::vector<uint8_t> tables; ///< 3 x 256 entries.
  int32_t block = 1;           ///< As QuantizeParams::block.
  bool reversed = false;       ///< The network takes blue first.
  bool operator==(const PictureParams &) const = default;
};

/// DSP. The same to floats, for a network that is float from its input on: y[n, c, i, j] =
/// table[c * 256 + x[n, reversed ? 2 - c : c, i, j]]. x: u8 Picture; y: float RowMajor, one shape.
struct FloatPictureParams {
  std::vector<float> table; ///< 3 x 256 entries.
  bool reversed = false;
  bool operator==(const FloatPictureParams &) const = default;
};

/// DSP. NV12 to red, green and blue (ITU-R BT.601; the integers are those of bst/picture.h). x: u8
/// RowMajor [N, H * 3 / 2, W], the rows of Y and then those of U and V, side by side, of 2 x 2
/// pixels each; y: u8 RowMajor [N, H, W, 3]. H and W are even.
struct Nv12Params {
  bool fullRange = false; ///< Y from 0 to 255, not from 16 to 235.
  bool operator==(const Nv12Params &) const = default;
};

/// DSP. Decode and suppression in one: what NmsParams{classes, masks, options} writes of the
/// predictions that `decode` gives, bit for bit. inputs: one head per level, as YoloDecodeParams
/// takes them, all quantised Nhwc. Output: as NmsParams. A box can be a candidate only where its
/// objectness, as the integer that is in the head, is at least the level's threshold, so that the
/// others are neither looked up nor decoded. See backends/NUMERICS.md.
struct DetectParams {
  YoloDecodeParams decode;
  NmsOptions options;
  /// One per level, values of the head's type: the smallest whose sigmoid is above
  /// `options.confidence`; one above the type's greatest where none is.
  std::vector<int32_t> thresholds;
  /// The heads' channels are not anchor by anchor but in the order of
  /// PredictionRow::channelObjectnessFirst: what is read of every box then lies side by side.
  bool objectnessFirst = false;
  NmsParams nms() const { return {decode.classes, decode.masks, options}; }
  bool operator==(const DetectParams &) const = default;
};

/// What a command does, by its type: one alternative per kind of command.
using Params =
    std::variant<ConvParams, LutParams, AddParams, MulParams, ConcatParams, MaxPoolParams,
                 ResizeParams, QuantizeParams, DequantizeParams, FloatConvParams, FloatUnaryParams,
                 FloatBinaryParams, TransposeParams, SliceParams, FloatConcatParams,
                 FloatPoolParams, FloatResizeParams, SoftmaxParams, MatMulParams, YoloDecodeParams,
                 AveragePoolParams, FloatPadParams, LrnParams, NmsParams, PictureParams,
                 FloatPictureParams, Nv12Params, DetectParams>;

/// Stable lower-case name of a command's operation ("conv", "lut", "yolo_decode", ...), by the
/// order of Params.
const char *opcodeName(const Params &params);

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_COMMANDS_H
