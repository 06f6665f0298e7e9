#include "diagnose/blame/part.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace bstc::diagnose {

std::string blockOf(llvm::StringRef path) {
  llvm::SmallVector<llvm::StringRef, 8> names;
  path.split(names, '.');
  size_t length = 0;
  for (const llvm::StringRef name : names) {
    length += name.size() + (length ? 1 : 0);
    unsigned number;
    if (!name.getAsInteger(10, number))
      return path.take_front(length).str();
  }
  return path.str();
}

namespace {
/// Gathers parts by name, in the order of their first members.
class Parts {
public:
  Part &operator[](const std::string &name) {
    const auto [found, isNew] = places.try_emplace(name, parts.size());
    if (isNew)
      parts.push_back({name, blockOf(name), {}});
    return parts[found->second];
  }
  std::vector<Part> take() {
    // What has no quantiser is in float already.
    llvm::erase_if(parts, [](const Part &part) { return part.quantisers.empty(); });
    return std::move(parts);
  }

private:
  std::vector<Part> parts;
  std::map<std::string, size_t> places;
};
} // namespace

std::vector<Part> layerParts(const Network &network) {
  Parts parts;
  const auto add = [&](const std::string &path, const Pair &pair) {
    if (!pair.quantize.empty())
      parts[path].quantisers.insert(pair.quantize);
  };
  for (const MeasuredTensor &tensor : measuredTensors(network)) {
    if (tensor.pair)
      add(tensor.path, *tensor.pair);
    if (tensor.layer < 0)
      continue;
    for (const Pair *pair : network.pairsBehind(tensor.layer, tensor.result))
      add(tensor.path, *pair);
    if (tensor.weighted < 0)
      continue;
    const Layer &layer = network.layers[size_t(tensor.weighted)];
    if (layer.weights && layer.weights->pair)
      add(tensor.path, *layer.weights->pair);
    if (layer.bias && layer.bias->pair)
      add(tensor.path, *layer.bias->pair);
  }
  return parts.take();
}

std::vector<Part> blockParts(llvm::ArrayRef<Part> layers) {
  Parts parts;
  for (const Part &layer : layers)
    parts[layer.block].quantisers.insert(layer.quantisers.begin(), layer.quantisers.end());
  return parts.take();
}

} // namespace bstc::diagnose
