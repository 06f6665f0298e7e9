#ifndef BSTC_DIAGNOSE_LINT_FACTS_H
#define BSTC_DIAGNOSE_LINT_FACTS_H

#include "diagnose/network/network.h"

#include <map>

namespace bstc::diagnose {

/// A quantised tensor: a pair, who makes what it quantises and who reads it.
struct QuantisedTensor {
  const Pair *pair = nullptr;
  int maker = -1;           ///< Layer; -1: an input of the network.
  int input = -1;           ///< Of the network, where there is no maker.
  std::vector<int> readers; ///< Layers.
  bool isOutput = false;    ///< The network gives it as it is.
};

/// Weights of a layer, channel by channel, as the file has them before the QuantizeLinear (or as
/// its integers say), without what BatchNormalization does to them.
struct WeightFacts {
  std::vector<float> greatest; ///< Magnitude.
  std::vector<float> energy;   ///< Sum of squares.
  int64_t perChannel = 0;      ///< Elements of a channel.
  bool halfExact = false;      ///< All are exact in float16; there are floats.
};

/// A published network that this one is, but for the additions of some bottlenecks.
struct TopologyMatch {
  std::string network; ///< "YOLOv5n"; "YOLOv5" where the widths are its own.
  /// Additions that the published one has not, and the convolution whose result each takes.
  std::vector<std::pair<int, int>> added;
  std::vector<int> missing; ///< Last convolutions of bottlenecks whose addition is missing.
};

/// What several rules look at, computed once for a network.
class Facts {
public:
  explicit Facts(const Network &network);

  const Network &network;
  std::vector<QuantisedTensor> tensors;
  std::map<int, WeightFacts> weights; ///< By layer.
  /// Layers behind all weights: no convolution or matrix product reads what they make. Decodes,
  /// softmax.
  std::vector<bool> tail;
  /// Convolutions and matrix products that only the tail reads.
  std::vector<int> heads;
  /// Every scale of activations is a power of two: fixed-point training.
  bool powersOfTwo = false;
  /// It is a detector that takes pictures in [0, 1], as YOLOv5 and its successors do.
  bool isDetector = false;
  std::optional<TopologyMatch> topology; ///< Set by lint().

  const Layer &layer(int index) const { return network.layers[size_t(index)]; }
  /// The convolution, addition, ... whose result, maybe after an activation or a pool, a layer
  /// makes: what an engineer calls the layer.
  int owner(int layer) const;
  /// Path of owner(); "the input" for -1.
  std::string name(int layer) const;
  std::string maker(const QuantisedTensor &tensor) const;
  /// The pair nearest to the reader on a wire, through pools, resizes and moves; null: float.
  const Pair *nearest(const Wire &wire) const;
  /// Where a wire comes from, through pools, resizes and moves: a layer, or -1.
  int origin(const Wire &wire) const;
};

/// Hands its first operand's numbers on: pools, resizes, moves.
bool passesOn(const Layer &layer);
/// Relu, Silu and the like.
bool isActivationLayer(const Layer &layer);
/// Convolution or matrix product of constant weights.
bool hasWeights(const Layer &layer);
/// Relu, or a Clip from 0.
bool isRectifier(const Layer &layer);

/// Greatest magnitude that the codes of a pair stand for.
float span(const Pair &pair);
/// "3.1", "0.0078": enough digits to recognise it.
std::string shown(double value);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_LINT_FACTS_H
