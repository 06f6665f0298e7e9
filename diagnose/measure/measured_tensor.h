#ifndef BSTC_DIAGNOSE_MEASURE_MEASURED_TENSOR_H
#define BSTC_DIAGNOSE_MEASURE_MEASURED_TENSOR_H

#include "diagnose/network/network.h"

namespace bstc::diagnose {

/// A number of the network that is worth a row: what is quantised; what a convolution or matrix
/// product leaves in float; what the network gives.
struct MeasuredTensor {
  /// Module path of the layer that makes it; of an activation right behind a convolution, the
  /// convolution's. Of an input of the network, its name.
  std::string path;
  std::string node;  ///< Of the file, for messages: the layer's; of an input, its QuantizeLinear.
  std::string value; ///< In the file, before the pair.
  std::string operators;      ///< "conv", "conv relu", "add", "input".
  int layer = -1;             ///< Index into Network::layers; -1: an input.
  unsigned result = 0;        ///< Which result of the layer.
  int input = -1;             ///< Index into Network::inputs; -1: of a layer.
  const Pair *pair = nullptr; ///< The first one behind it; null: it stays float.
  std::vector<int> sources;   ///< Measured tensors that it is computed from, by index.
  int weighted = -1;          ///< Index of the convolution or product in it; -1: none.
};

/// In the order of the layers, inputs first. Pointers are into `network`.
std::vector<MeasuredTensor> measuredTensors(const Network &network);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_MEASURE_MEASURED_TENSOR_H
