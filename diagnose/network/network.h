#ifndef BSTC_DIAGNOSE_NETWORK_NETWORK_H
#define BSTC_DIAGNOSE_NETWORK_NETWORK_H

#include "ir/graph.h"

#include <optional>
#include <string>
#include <vector>

namespace bstc::diagnose {

/// A QuantizeLinear and the DequantizeLinear behind it, on the way from a layer to a reader.
struct Pair {
  std::string quantize, dequantize; ///< Nodes of the file; one is empty where it is cut off.
  ElementType element = ElementType::S8;
  Quantisation written; ///< As the QuantizeLinear says.
  Quantisation read;    ///< As the DequantizeLinear says: the same in a correct file.
  /// Codes that a Clip between the two lets through; those of the type without one.
  int32_t leastCode = -128, greatestCode = 127;
  /// Real numbers that the codes span, per tensor: (code - zero point) * scale.
  float least() const;
  float greatest() const;
  /// Whether QuantizeLinear and DequantizeLinear say the same (or one is missing).
  bool agrees() const { return written == read; }
};

/// What a layer reads, or the network gives: where it comes from and how it is quantised on the
/// way.
struct Wire {
  int layer = -1; ///< Index into Network::layers; -1: from `input`, or a constant where that is -1.
  int input = -1; ///< Index into Network::inputs.
  unsigned result = 0;     ///< Which result of the layer.
  std::vector<Pair> pairs; ///< From the maker to the reader; mostly one, in float networks none.
  std::string value;       ///< Name of the value in the file that is read.
  TensorDataRef constant;  ///< Of a constant operand; float, as the file means it.
};

/// Constant weights or a constant bias, as the network that is run has them: with what was folded
/// into them (BatchNormalization). Elements stay where the file has them; the functions below
/// compute, so keep what they give.
struct Weights {
  std::string value;        ///< Name in the file.
  Shape shape;              ///< As stored. Convolution: OIHW.
  int outAxis = 0;          ///< The axis of output channels, in `shape`.
  TensorDataRef floats;     ///< Before the QuantizeLinear, or float weights; null: integers only.
  TensorDataRef integers;   ///< As the file stores them; null: it has floats and a QuantizeLinear.
  std::optional<Pair> pair; ///< As in the file, before folding; none: float weights.
  /// What a BatchNormalization of the file multiplies each output channel by; empty: there is none,
  /// or `floats` have it.
  std::vector<double> factors;
  bool foldedNorm = false; ///< A BatchNormalization of the file was folded into them.

  int64_t channels() const { return shape.empty() ? 1 : shape[size_t(outAxis)]; }
  /// Before the QuantizeLinear, times the factors; empty where the file has integers only.
  std::vector<float> written() const;
  /// What the layer computes with.
  std::vector<float> read() const;
  /// Codes, where there is a pair, else empty: as stored, or after rounding and saturation.
  std::vector<int16_t> codes() const;
};

/// One operator of the file that computes, after folding: what QuantizeLinear, DequantizeLinear,
/// constants, Identity, BatchNormalization behind a convolution and the two nodes of a SiLU were is
/// part of it or of its wires.
struct Layer {
  OpKind op;
  std::string node;                ///< Its name in the file.
  std::string path;                ///< Module path of the exporter: layerPath(node).
  std::vector<std::string> merged; ///< Other nodes of the file that became part of it.
  Attributes attrs;
  std::vector<Wire> inputs;              ///< Operands that are no weights.
  std::optional<Weights> weights, bias;  ///< Conv, ConvTranspose, Gemm, MatMul.
  std::vector<ArrayType> results;        ///< Types of its results, float.
  std::vector<std::string> values;       ///< Names of its results in the file, before any pair.
  std::vector<std::vector<int>> readers; ///< Layers that read each result, by index.
};

/// A network as an engineer thinks of it: layers and wires with scales, whatever form the exporter
/// gave them. What lint, diff and blame reason about. Made of the imported graph, which stays as it
/// is.
struct Network {
  std::string source;        ///< The file, for messages.
  std::vector<Layer> layers; ///< In a topological order.
  struct Input {
    std::string name;
    TensorType type;
  };
  std::vector<Input> inputs;
  std::vector<Wire> outputs;
  std::vector<std::string> outputNames;
  bool quantised = false; ///< There is a pair somewhere.

  /// The pairs behind a result as its readers see them, each once: mostly one. Empty: float.
  std::vector<const Pair *> pairsBehind(int layer, unsigned result = 0) const;
  /// The first layer of that path, or null.
  const Layer *find(llvm::StringRef path) const;
};

/// Errors: those of folding (a graph that cannot be made sense of), with the node's name. Takes
/// milliseconds: constants are shared with `imported`.
llvm::Expected<Network> readNetwork(const Graph &imported);

/// The module path in a node's name as PyTorch's exporters write it: "/model.6/m/m.0/cv2/conv/Conv"
/// is model.6.m.0.cv2, "/model/model.24/m.0/Conv" model.24.m.0. Names without one are given back
/// as they are.
std::string layerPath(llvm::StringRef node);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_NETWORK_NETWORK_H
