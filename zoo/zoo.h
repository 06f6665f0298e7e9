/// The model zoo: writes YOLOv5 exports with seeded weights, so that examples, tests and benchmarks
/// of every size need no download.
#ifndef BSTC_TOOLS_ZOO_ZOO_H
#define BSTC_TOOLS_ZOO_ZOO_H

#include <cstdint>
#include <string>

namespace llvm {
template <typename T> class ArrayRef;
template <typename T> class Expected;
class StringRef;
} // namespace llvm

namespace bstc {

/// Which model to write. The same network, activation, task and seed have the same float weights
/// and biases at every quantisation and image size, so that the variants can be compared.
struct ZooOptions {
  enum class Activation { Relu, Silu };
  /// Segment adds 32 mask coefficients to every anchor and the prototype masks as `output1`.
  enum class Task { Detect, Segment };
  /// Where QuantizeLinear/DequantizeLinear pairs stand is the same in the first three.
  enum class Quant {
    S8,     ///< int8, symmetric: activations per tensor, weights per output channel
    U8,     ///< uint8 activations with zero points, int8 symmetric weights
    Affine, ///< int8 with zero points on activations and on every weight channel
    Float   ///< no pairs
  };

  std::string network = "yolov5n"; ///< one of zooNetworks()
  Activation activation = Activation::Relu;
  Task task = Task::Detect;
  Quant quant = Quant::S8;
  int size = 640; ///< image height and width, pixels; a multiple of 32
  uint64_t seed = 1;
  /// Without the decode: the last convolutions' results as outputs, `output0` for stride 8 to
  /// `output2` for 32, and the prototypes as `output3`.
  bool rawHeads = false;
};

/// What a model of the zoo amounts to, counted from its topology.
struct ZooSummary {
  /// Modules of the PyTorch model before batch normalisation is folded, as the `Model summary` of
  /// YOLOv5 v7.0 prints (one activation module shared by all; v6.0 counted one per convolution).
  int layers = 0;
  int convolutions = 0;
  /// Before folding: convolution weights, batch-norm scale and shift, biases of the head.
  int64_t parameters = 0;
  /// Multiply-accumulates of the convolutions, one image.
  int64_t macs = 0;
  /// 1e9 operations for one image, two per multiply-accumulate, counted like the published tables:
  /// Detect (v6) adds one accumulate per convolution output for the folded bias, Segment (v7.0)
  /// adds none for it but one per up-sampled element.
  double gflops = 0;
};

/// The known networks, smallest first.
llvm::ArrayRef<llvm::StringRef> zooNetworks();

/// The model as a serialised ONNX ModelProto (opset 13, IR version 7, batch 1, static shapes), the
/// same bytes for the same options on every machine. Input `images` is 1x3xSxS float32 in [0, 1];
/// `output0` is 1xNx85 (Segment: 1xNx117) with N = 63 * (S / 32)^2 boxes, `output1` (Segment only)
/// 1x32x(S/4)x(S/4). With rawHeads the outputs are 1x255x(S/8)x(S/8) (Segment: 351 channels) and so
/// on. Errors: an unknown network, a size that is not a multiple of 32 in 32..8192.
llvm::Expected<std::string> buildZooModel(const ZooOptions &options);

/// Counts the model without building it. Same errors as buildZooModel().
llvm::Expected<ZooSummary> summarizeZooModel(const ZooOptions &options);

} // namespace bstc

#endif // BSTC_TOOLS_ZOO_ZOO_H
