#ifndef BST_RUNTIME_PROGRAM_PROGRAM_H
#define BST_RUNTIME_PROGRAM_PROGRAM_H

#include "runtime/program/commands.h"
#include "runtime/program/picture.h"
#include "runtime/program/tiles.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bst {

/// Types of elements: IEEE float32, and two's complement integers by their bits.
enum class DType : uint8_t { F32, S8, U8, S32 };
inline constexpr std::array<const char *, 4> dtypeNames = {"f32", "s8", "u8", "s32"};
/// "f32", ...: as reports print a type.
constexpr const char *dtypeName(DType dtype) { return dtypeNames[size_t(dtype)]; }

/// Bytes of one element.
constexpr uint64_t elementSize(DType dtype) {
  return dtype == DType::F32 || dtype == DType::S32 ? 4 : 1;
}

/// How the elements of a rank-4 tensor lie in memory. Shapes are always written in ONNX order
/// (NCHW); int8 feature maps are stored Nhwc, convolution weights Ohwi or Panels (weightLayout),
/// everything else RowMajor.
///
/// Panels holds the weights of a convolution in the order in which int8 dot-product instructions
/// take them, so that a host computes from the package in place: [ceil(O / 16)][kernel row]
/// [ceil(kernelW * I / 4)][16][4]. A panel is 16 output channels; a row's weights in the order of
/// the Nhwc map under it (column, then input channel) are cut into quads of 4. Filled up with 0.
///
/// Picture is a picture of 8-bit pixels [N, 3, H, W] with its three channels innermost, as Nhwc,
/// but on chip as well: row by row, not in blocks of channels.
enum class Layout : uint8_t { RowMajor, Nhwc, Ohwi, Panels, Picture };
inline constexpr std::array<const char *, 5> layoutNames = {"row_major", "nhwc", "ohwi", "panels",
                                                            "picture"};
constexpr int64_t panelLanes = 16; ///< Output channels of a panel.
constexpr int64_t panelDepth = 4;  ///< Weights of a quad.
/// "row_major", ...: as reports print a layout.
constexpr const char *layoutName(Layout layout) { return layoutNames[size_t(layout)]; }

/// Where a tensor's bytes live: in the arena (planned offsets) or in the package's weights.
enum class Storage : uint8_t { Arena, Weights };

/// Dimensions a tensor may have.
constexpr size_t maxRank = 8;

/// One tensor of a program. `name` is the name of the value in the ONNX file whose number it
/// holds. A quantised tensor (scale > 0) stands for `(q - zeroPoint) * scale`.
struct Tensor {
  std::string name;
  DType dtype = DType::F32;
  Layout layout = Layout::RowMajor;
  std::vector<int32_t> shape; ///< ONNX order; every extent >= 1; at most maxRank of them.
  float scale = 0;            ///< 0: not quantised.
  int32_t zeroPoint = 0;
  Storage storage = Storage::Arena;
  uint64_t offset = 0; ///< From the start of the arena or of the weights; a multiple of 64.
  uint64_t size = 0;   ///< Bytes: storedSize().
  bool operator==(const Tensor &) const = default;
};

/// What runs a command (docs/architecture.md).
enum class Engine : uint8_t { Maca, Edp, Dsp };
inline constexpr std::array<const char *, 3> engineNames = {"maca", "edp", "dsp"};
/// "maca", "edp", "dsp".
constexpr const char *engineName(Engine engine) { return engineNames[size_t(engine)]; }

/// One command: an operator on whole tensors, run by one engine.
struct Command {
  Engine engine = Engine::Dsp;
  std::string name;             ///< Of the ONNX node it came from (the last one fused).
  std::vector<uint32_t> inputs; ///< Indices into Program::tensors; activations first.
  std::vector<uint32_t> outputs;
  std::vector<uint32_t> dependsOn; ///< Indices of earlier commands that must have finished.
  Params params;                   ///< What it does; see commands.h.
  bool operator==(const Command &) const = default;
};

/// Cost of the program on its target as the compiler predicted it (partitioner/cost.h).
struct CostSummary {
  uint64_t macs = 0;
  uint64_t dramBytes = 0; ///< Per frame.
  double latencySeconds = 0;
  double framesPerSecond = 0;
  bool operator==(const CostSummary &) const = default;
};

/// A compiled network. The compiler builds one and writes it (writePackage); the loader returns
/// the same structure with `weights` pointing into the package's bytes.
struct Program {
  std::string name;     ///< Of the ONNX graph.
  std::string target;   ///< Name of the device description it was compiled for.
  std::string compiler; ///< Version of the compiler.
  std::vector<Tensor> tensors;
  std::vector<Command> commands; ///< In an order in which they can be executed.
  std::vector<uint32_t> inputs;  ///< Tensor indices; names, shapes, dtypes as in the ONNX file.
  std::vector<uint32_t> outputs;
  uint64_t arenaSize = 0;       ///< Bytes: the end of the last arena tensor, rounded up to 64.
  uint64_t arenaLowerBound = 0; ///< Largest sum of tensors live at one time, bytes.
  const std::byte *weights = nullptr; ///< 64-byte aligned.
  uint64_t weightsSize = 0;
  std::vector<Preprocess> preprocess; ///< At most one per input; those of other kinds have none.
  DecodeInfo decode;
  CostSummary cost;
  TileProgram tiles; ///< Empty where there is none.
};

/// Number of elements of `tensor`.
inline uint64_t elementCount(const Tensor &tensor) {
  uint64_t count = 1;
  for (int32_t extent : tensor.shape)
    count *= uint64_t(extent);
  return count;
}

/// Quads in a kernel row of Panels: ceil(kernelW * I / 4).
inline uint64_t quadsPerRow(const Tensor &weights) {
  return (uint64_t(weights.shape[3]) * uint64_t(weights.shape[1]) + panelDepth - 1) / panelDepth;
}

/// Bytes that the tensor's elements take in its layout.
inline uint64_t storedSize(const Tensor &tensor) {
  if (tensor.layout != Layout::Panels)
    return elementCount(tensor) * elementSize(tensor.dtype);
  const uint64_t panels = (uint64_t(tensor.shape[0]) + panelLanes - 1) / panelLanes;
  return panels * uint64_t(tensor.shape[2]) * quadsPerRow(tensor) * panelLanes * panelDepth;
}

/// The layout of a convolution's weights: Panels, but Ohwi where a kernel row's inputs do not lie
/// together in the map (groups, dilation along the row).
inline Layout weightLayout(const ConvParams &params) {
  return params.groups == 1 && params.window.dilationW == 1 ? Layout::Panels : Layout::Ohwi;
}

/// Index of the weight of output channel `o`, kernel row `h`, kernel column `w` and input channel
/// `i` (of the group) in the memory of a tensor that is Panels or Ohwi.
inline uint64_t weightIndex(const Tensor &weights, uint64_t o, uint64_t h, uint64_t w, uint64_t i) {
  const auto inputs = uint64_t(weights.shape[1]), rows = uint64_t(weights.shape[2]);
  const uint64_t inRow = w * inputs + i;
  if (weights.layout != Layout::Panels)
    return (o * rows + h) * uint64_t(weights.shape[3]) * inputs + inRow;
  const uint64_t quad = (o / panelLanes * rows + h) * quadsPerRow(weights) + inRow / panelDepth;
  return (quad * panelLanes + o % panelLanes) * panelDepth + inRow % panelDepth;
}

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_PROGRAM_H
