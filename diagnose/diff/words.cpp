#include "diagnose/diff/words.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <map>
#include <optional>

namespace bstc::diagnose {

std::string numberText(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.4g", number);
  return text;
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  return llvm::join(llvm::map_range(shape, [](int64_t n) { return std::to_string(n); }), "x");
}

std::string timesText(double factor, llvm::StringRef whose) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  const double inverse = 1 / factor;
  if (factor < 0.9 && std::fabs(inverse - std::round(inverse)) < 0.005 * inverse)
    stream << "1/" << int64_t(std::round(inverse)) << " of " << whose;
  else
    stream << llvm::format(std::fabs(factor - 1) < 0.01 ? "%.4g" : "%.3g", factor) << " times "
           << whose;
  return text;
}

std::string percentText(double share) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(share < 0.1 ? "%.2g%%" : "%.0f%%", share * 100);
  return text;
}

/// "Clip(0, 6)".
static std::string numbered(llvm::StringRef name, std::initializer_list<float> numbers) {
  const auto texts = llvm::map_range(numbers, [](float number) { return numberText(number); });
  return (name + "(" + llvm::join(texts, ", ") + ")").str();
}

std::string operatorText(const Layer &layer) {
  const auto *activation = std::get_if<ActivationAttrs>(&layer.attrs);
  switch (layer.op) {
  case OpKind::Silu:
    return "SiLU";
  case OpKind::Relu:
    return "ReLU";
  case OpKind::LeakyRelu:
    return numbered("LeakyReLU", {activation ? activation->alpha : 0});
  case OpKind::Clip:
    if (activation && activation->alpha == 0 && activation->beta == 6)
      return "ReLU6";
    return numbered("Clip",
                    {activation ? activation->alpha : 0, activation ? activation->beta : 0});
  case OpKind::Slice:
    return "Slice"; // Split, too.
  default:
    break;
  }
  const OpInfo &info = opInfo(layer.op);
  return *info.onnxType ? info.onnxType : layer.op == OpKind::YoloDecode ? "decode" : info.text;
}

std::string layerText(const Network &network, int index) {
  const Layer &layer = network.layers[size_t(index)];
  if (layer.path.empty())
    return operatorText(layer) + " without a name";
  if (layer.path == layer.node || layer.weights)
    return layer.path;
  const int maker = isActivation(layer.op) && !layer.inputs.empty() ? layer.inputs[0].layer : -1;
  if (maker >= 0 && network.layers[size_t(maker)].path == layer.path)
    return layer.path;
  return layer.path + "'s " + operatorText(layer);
}

std::string sourceText(const Network &network, const Source &source) {
  if (source.layer >= 0) {
    const std::string layer = layerText(network, source.layer);
    const size_t results = network.layers[size_t(source.layer)].results.size();
    return layer + "'s output" + (results > 1 ? (" " + llvm::Twine(source.result)).str() : "");
  }
  return source.input >= 0 ? "the input " + network.inputs[size_t(source.input)].name
                           : "a constant";
}

std::string layersText(const Network &network, llvm::ArrayRef<int> layers) {
  constexpr size_t most = 3;
  std::vector<std::string> names;
  if (layers.size() <= most) {
    for (const int layer : layers)
      names.push_back(operatorText(network.layers[size_t(layer)]));
    const std::string last = names.back();
    names.pop_back();
    return names.empty() ? last : llvm::join(names, ", ") + " and " + last;
  }
  std::map<std::string, size_t> counts;
  for (const int layer : layers)
    ++counts[operatorText(network.layers[size_t(layer)])];
  for (const auto &[name, count] : counts)
    names.push_back(std::to_string(count) + " " + name);
  return std::to_string(layers.size()) + " layers (" + llvm::join(names, ", ") + ")";
}

/// model.13.m.0 as {"model", "13", "m", "0"}.
static llvm::SmallVector<llvm::StringRef, 8> partsOf(llvm::StringRef place) {
  llvm::SmallVector<llvm::StringRef, 8> parts;
  place.split(parts, '.');
  return parts;
}

/// The part in which two places differ, if it is the only one and a number.
static std::optional<size_t> differingNumber(llvm::StringRef first, llvm::StringRef place) {
  const auto one = partsOf(first), other = partsOf(place);
  std::optional<size_t> differing;
  if (one.size() != other.size())
    return std::nullopt;
  for (size_t i = 0; i < one.size(); ++i) {
    if (one[i] == other[i])
      continue;
    if (differing || !llvm::all_of(other[i], llvm::isDigit))
      return std::nullopt;
    differing = i;
  }
  return differing;
}

// A block is the first parts of a path up to a number, or the first word of a name.
std::string placesText(llvm::ArrayRef<std::string> places) {
  std::vector<std::pair<std::string, size_t>> blocks;
  for (const std::string &place : places) {
    const auto parts = partsOf(llvm::StringRef(place).split('\'').first);
    std::string block = parts[0].str();
    for (size_t i = 1; i < parts.size() && block.find_first_of("0123456789") == block.npos; ++i)
      block.append(".").append(parts[i].str());
    auto known = llvm::find_if(blocks, [&](const auto &entry) { return entry.first == block; });
    if (known == blocks.end())
      blocks.push_back({block, 1});
    else
      ++known->second;
  }
  constexpr size_t most = 10;
  if (blocks.size() > most)
    return "from " + blocks.front().first + " to " + blocks.back().first + ", " +
           std::to_string(places.size()) + " in all";
  std::vector<std::string> texts;
  texts.reserve(blocks.size());
  for (const auto &[block, count] : blocks)
    texts.push_back(count > 1 ? (block + " (" + llvm::Twine(count) + ")").str() : block);
  return "by block: " + llvm::join(texts, ", ");
}

std::string otherPlacesText(llvm::ArrayRef<std::string> places) {
  constexpr size_t most = 6;
  if (places.size() > most + 1)
    return placesText(places);
  const std::optional<size_t> part = differingNumber(places.front(), places.back());
  const bool numbers = part && llvm::all_of(places.drop_front(), [&](const std::string &place) {
                         return differingNumber(places.front(), place) == part;
                       });
  std::vector<std::string> others;
  for (const std::string &place : places.drop_front())
    others.push_back(numbers ? partsOf(place)[*part].str() : place);
  return "also " + llvm::join(others, ", ");
}

} // namespace bstc::diagnose
