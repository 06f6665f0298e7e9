#ifndef BST_RUNTIME_PROGRAM_PICTURE_H
#define BST_RUNTIME_PROGRAM_PICTURE_H

#include "runtime/program/commands.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What a package says about its pictures: how a host makes an input of one, and what the outputs
/// say of it. docs/pictures.md explains it for embedders.
namespace bst {

/// The order of an input's three channels.
enum class ColourOrder : uint8_t { Rgb, Bgr };
inline constexpr std::array<const char *, 2> colourOrderNames = {"rgb", "bgr"};

/// How a picture gets the input's size. Exact: it must have it. Stretch: resized, whatever becomes
/// of its proportions. Letterbox: resized to fit, its proportions kept, and put in the middle; what
/// is left over is filled with Preprocess::pad.
enum class PictureFit : uint8_t { Exact, Stretch, Letterbox };
inline constexpr std::array<const char *, 3> pictureFitNames = {"exact", "stretch", "letterbox"};

/// In which form a picture is handed in. Elements: three of each pixel, as the other fields of
/// Preprocess say. Nv12: bytes [N, height * 3 / 2, width], the rows of Y, then those of U and V,
/// side by side (ITU-R BT.601, Y from 16 to 235); Nv12Full: the same with Y from 0 to 255.
enum class PictureForm : uint8_t { Elements, Nv12, Nv12Full };
inline constexpr std::array<const char *, 3> pictureFormNames = {"elements", "nv12", "nv12-full"};

/// What makes an input of a picture of 8-bit pixels. Element c of a pixel (in the order `colours`)
/// becomes float((value - mean[c]) * scale[c]), computed in double. The defaults are YOLOv5's. An
/// input of bytes takes the pixels as they are: mean 0, scale 1.
struct Preprocess {
  uint32_t input = 0;        ///< Index into Program::inputs.
  bool channelsLast = false; ///< The input is [N, height, width, 3], not [N, 3, height, width].
  ColourOrder colours = ColourOrder::Rgb;
  PictureFit fit = PictureFit::Letterbox;
  float pad = 114; ///< Pixel value of all three channels, in [0, 255].
  std::array<double, 3> mean = {0, 0, 0};
  std::array<double, 3> scale = {1 / 255.0, 1 / 255.0, 1 / 255.0}; ///< Finite, not 0.
  PictureForm form = PictureForm::Elements; ///< Nv12: the input has no channels; red comes first.
  bool operator==(const Preprocess &) const = default;
};

/// What the outputs of a detector hold. Heads: the last convolutions' results, one per level, which
/// a host decodes (bst::YoloDecodeParams). Predictions: decoded rows, of which a host suppresses
/// those that say the same. Detections: what is left.
enum class DetectionStage : uint8_t { Predictions, Heads, Detections };
inline constexpr std::array<const char *, 3> detectionStageNames = {"predictions", "heads",
                                                                    "detections"};

/// What decodes boxes, and what a host that post-processes needs to know.
struct DecodeInfo {
  /// "yolov5-detect" or "yolov5-segment". Empty where none was recognised in the graph and the user
  /// named none: what the outputs hold is then not known, whatever their shapes.
  std::string kind;
  int32_t classes = 0;
  int32_t masks = 0; ///< Mask coefficients per box; 0 for detection.
  /// Pixels, one per level. Strides and anchors are there for heads, and for predictions and
  /// detections where the decode was recognised.
  std::vector<float> strides;
  std::vector<float> anchors; ///< Pixels, [level][anchor][w,h] flattened.
  std::vector<std::string> classNames;
  DetectionStage stage = DetectionStage::Predictions;
  /// Indices into Program::outputs. Heads: each level's, in the order of strides, of shape
  /// [1, anchors * (5 + classes + masks), ny, nx] or [1, anchors, ny, nx, 5 + classes + masks].
  /// Predictions: the one of shape [1, rows, 5 + classes + masks]. Detections: boxes [1, most, 4],
  /// scores [1, most], classes [1, most], count [1] and, where there are masks, their coefficients
  /// [1, most, masks]. Empty without a kind, and with one in packages of older compilers: there the
  /// predictions are what the program's decode command writes.
  std::vector<uint32_t> outputs;
  int32_t prototypes = -1; ///< Output of the masks' prototypes [1, masks, h, w]; -1: none.
  NmsOptions nms = {};     ///< What a host should use unless it is told otherwise.
  PredictionRow row() const { return {classes, masks}; }
  bool operator==(const DecodeInfo &) const = default;
};

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_PICTURE_H
