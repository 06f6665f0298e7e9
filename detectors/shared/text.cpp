#include "detectors/shared/text.h"

namespace bstc {

std::string shapeText(const Value &value) {
  std::string text = value.name + " ";
  for (size_t axis = 0; axis < value.type.shape.size(); ++axis)
    text.append(axis ? "x" : "").append(std::to_string(value.type.shape[axis]));
  return text;
}

std::string outputsText(const Graph &graph) {
  std::string text;
  for (const Value *output : graph.outputs())
    text.append(text.empty() ? "" : ", ").append(shapeText(*output));
  return text;
}

} // namespace bstc
