#include "diagnose/diff/spots.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <map>

namespace bstc::diagnose {
namespace {

using Key = std::tuple<int, int, unsigned>; ///< Layer, input, result.

/// All wires of a network by where they come from.
std::map<Key, std::vector<const Wire *>> wiresOf(const Network &network) {
  std::map<Key, std::vector<const Wire *>> wires;
  const auto add = [&](const Wire &wire) {
    if (!Source(wire).isConstant())
      wires[{wire.layer, wire.input, wire.result}].push_back(&wire);
  };
  for (const Layer &layer : network.layers)
    llvm::for_each(layer.inputs, add);
  llvm::for_each(network.outputs, add);
  return wires;
}

const Pair *firstPair(llvm::ArrayRef<const Wire *> wires) {
  for (const Wire *wire : wires)
    if (!wire->pairs.empty())
      return &wire->pairs.front();
  return nullptr;
}

bool readersDiffer(const Compared &compared, int a, int b, unsigned result) {
  const auto &readersA = compared.a.layers[size_t(a)].readers[result];
  const auto &readersB = compared.b.layers[size_t(b)].readers[result];
  const auto other = [&](int reader) {
    const int counterpart = compared.matching.toB[size_t(reader)];
    if (counterpart < 0)
      return true;
    const OpKind op = compared.a.layers[size_t(reader)].op;
    return isActivation(op) && op != compared.b.layers[size_t(counterpart)].op;
  };
  return llvm::any_of(readersA, other) || llvm::any_of(readersB, [&](int reader) {
           return compared.matching.toA[size_t(reader)] < 0;
         });
}

/// The activation that alone reads a layer with weights; -1: none.
int activationBehind(const Network &network, int index, unsigned result) {
  const Layer &layer = network.layers[size_t(index)];
  const std::vector<int> &readers = layer.readers[result];
  const bool one = layer.weights && readers.size() == 1;
  return one && isActivation(network.layers[size_t(readers[0])].op) ? readers[0] : -1;
}

/// "behind model.6.cv2"; in front of its activation "between model.6.cv2 and its ReLU".
std::string spotText(const Network &network, int index, unsigned result) {
  const std::string name = layerText(network, index);
  const int activation = activationBehind(network, index, result);
  if (activation < 0)
    return "behind " + name;
  return "between " + name + " and its " + operatorText(network.layers[size_t(activation)]);
}

} // namespace

std::vector<Spot> spotsOf(const Compared &compared) {
  const auto wiresA = wiresOf(compared.a), wiresB = wiresOf(compared.b);
  std::vector<Spot> spots;
  const auto add = [&](Spot spot, const Key &keyA, const Key &keyB) {
    const auto inA = wiresA.find(keyA), inB = wiresB.find(keyB);
    if (inA == wiresA.end() || inB == wiresB.end())
      return;
    const auto isBare = [](const Wire *wire) { return wire->pairs.empty(); };
    spot.a = firstPair(inA->second);
    spot.b = firstPair(inB->second);
    spot.bareA = size_t(llvm::count_if(inA->second, isBare));
    spot.bareB = size_t(llvm::count_if(inB->second, isBare));
    spots.push_back(std::move(spot));
  };
  for (size_t i = 0; i < std::min(compared.a.inputs.size(), compared.b.inputs.size()); ++i) {
    Spot spot;
    spot.place.layer = compared.b.inputs[i].name;
    spot.place.input = int(i);
    spot.text = "behind the input " + spot.place.layer;
    add(std::move(spot), {-1, int(i), 0}, {-1, int(i), 0});
  }
  for (size_t i = 0; i < compared.a.layers.size(); ++i) {
    const int j = compared.matching.toB[i];
    if (j < 0)
      continue;
    const size_t results =
        std::min(compared.a.layers[i].results.size(), compared.b.layers[size_t(j)].results.size());
    for (unsigned result = 0; result < results; ++result) {
      Spot spot;
      spot.place = {compared.b.layers[size_t(j)].path, int(i), j, result, -1, {}, {}, 0};
      spot.text = spotText(compared.b, j, result);
      spot.activation = activationBehind(compared.a, int(i), result);
      spot.readersDiffer = readersDiffer(compared, int(i), j, result);
      add(std::move(spot), {int(i), -1, result}, {j, -1, result});
    }
  }
  return spots;
}

double reachOf(const Pair &pair) {
  const Quantisation &quant = pair.written;
  const double scale = quant.scale(), zero = quant.zeroPoint();
  return std::max(std::fabs((pair.leastCode - zero) * scale),
                  std::fabs((pair.greatestCode - zero) * scale));
}

bool isUncalibrated(const Pair &pair) {
  return pair.written.perTensor() && pair.written.scale() == 1 && pair.written.zeroPoint() == 0;
}

std::string typeText(const Pair &pair) {
  return std::string(pair.element == ElementType::U8 ? "uint8" : "int8") + " with zero point " +
         std::to_string(pair.written.zeroPoint());
}

} // namespace bstc::diagnose
