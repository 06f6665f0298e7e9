#include "diagnose/diff/components.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/StringExtras.h"

#include <limits>

namespace bstc::diagnose {
namespace {

/// One attribute of a layer, as text.
struct Field {
  const char *name;
  std::string text;
};
using Fields = std::vector<Field>;

std::string listText(llvm::ArrayRef<int64_t> values) {
  return llvm::join(llvm::map_range(values, [](int64_t n) { return std::to_string(n); }), ",");
}

void addWindow(const WindowAttrs &window, Fields &fields) {
  fields.push_back({"kernel", listText(window.kernel)});
  fields.push_back({"stride", listText(window.stride)});
  fields.push_back({"pads", listText(window.padBegin) + "," + listText(window.padEnd)});
  fields.push_back({"dilation", listText(window.dilation)});
}

/// What is fused into a command of a program; "no activation" for everything else.
std::string fusedActivation(const Layer &layer) {
  Bounds bounds;
  if (const auto *conv = std::get_if<ConvAttrs>(&layer.attrs))
    bounds = conv->bounds;
  else if (const auto *elementwise = std::get_if<ElementwiseAttrs>(&layer.attrs))
    bounds = elementwise->bounds;
  if (bounds.none())
    return "no activation";
  if (bounds.lo == 0 && bounds.hi == std::numeric_limits<float>::infinity())
    return "ReLU";
  return "Clip(" + numberText(bounds.lo) + ", " + numberText(bounds.hi) + ")";
}

/// Makes fields of the attributes; none of what follows from the size of the image.
struct Describe {
  Fields &fields;

  void operator()(const ConvAttrs &conv) const {
    addWindow(conv.window, fields);
    fields.push_back({"groups", std::to_string(conv.groups)});
  }
  void operator()(const PoolAttrs &pool) const {
    addWindow(pool.window, fields);
    fields.push_back({"count_include_pad", std::to_string(pool.countPadding)});
  }
  void operator()(const ResizeAttrs &resize) const {
    // As ONNX writes them.
    static constexpr const char *coordinates[] = {"half_pixel",           "pytorch_half_pixel",
                                                  "tf_half_pixel_for_nn", "asymmetric",
                                                  "align_corners",        "tf_crop_and_resize"};
    static constexpr const char *roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                                "ceil"};
    fields.push_back(
        {"coordinate_transformation_mode", coordinates[size_t(resize.rule.coordinates)]});
    fields.push_back({"nearest_mode", roundings[size_t(resize.rule.rounding)]});
  }
  void operator()(const AxisAttrs &attrs) const {
    fields.push_back({"axis", std::to_string(attrs.axis)});
  }
  void operator()(const SoftmaxAttrs &attrs) const {
    fields.push_back({"axis", std::to_string(attrs.axis)});
  }
  void operator()(const LrnAttrs &attrs) const {
    fields.push_back({"size", std::to_string(attrs.size)});
    fields.push_back({"alpha", numberText(attrs.alpha)});
    fields.push_back({"beta", numberText(attrs.beta)});
    fields.push_back({"bias", numberText(attrs.bias)});
  }
  void operator()(const PadAttrs &attrs) const {
    fields.push_back({"pads", listText(attrs.begin) + "," + listText(attrs.end)});
    fields.push_back({"value", numberText(attrs.value)});
  }
  void operator()(const SliceAttrs &attrs) const {
    fields.push_back({"start", listText(attrs.start)});
    fields.push_back({"step", listText(attrs.step)});
  }
  void operator()(const TransposeAttrs &attrs) const {
    fields.push_back({"perm", listText(attrs.perm)});
  }
  void operator()(const GemmAttrs &attrs) const {
    fields.push_back({"alpha", numberText(attrs.alpha)});
    fields.push_back({"beta", numberText(attrs.beta)});
  }
  template <typename Other> void operator()(const Other &) const {}
};

Fields fieldsOf(const Layer &layer) {
  Fields fields;
  std::visit(Describe{fields}, layer.attrs);
  return fields;
}

/// A pool over its whole map: its window is the map's size.
bool isGlobal(const Layer &layer) {
  const auto *pool = std::get_if<PoolAttrs>(&layer.attrs);
  if (!pool || layer.results.empty() || layer.results[0].rank() != 4)
    return false;
  return layer.results[0].shape[2] == 1 && layer.results[0].shape[3] == 1 &&
         pool->window.kernel[0] > 1;
}

/// How many results fit into the input along rows, a resize's factor.
double scaleOf(const Network &network, const Layer &layer) {
  const int maker = layer.inputs.empty() ? -1 : layer.inputs[0].layer;
  if (maker < 0 || layer.results.empty() || layer.results[0].rank() != 4)
    return 0;
  const Shape &from = network.layers[size_t(maker)].results[layer.inputs[0].result].shape;
  return from.size() == 4 ? double(layer.results[0].shape[2]) / double(from[2]) : 0;
}

/// What differs, as "stride 1,1 in B, 2,2 in A".
std::string differenceText(const Compared &compared, const Layer &x, const Layer &y) {
  std::vector<std::string> texts;
  const auto add = [&](llvm::StringRef name, const std::string &inA, const std::string &inB) {
    if (inA != inB)
      texts.push_back((name + " " + inB + " in B, " + inA + " in A").str());
  };
  if (x.op != y.op)
    add("operator", operatorText(x), operatorText(y));
  if (x.attrs.index() == y.attrs.index() && !(isGlobal(x) && isGlobal(y))) {
    const Fields inA = fieldsOf(x), inB = fieldsOf(y);
    for (size_t i = 0; i < inA.size(); ++i)
      add(inA[i].name, inA[i].text, inB[i].text);
  }
  if (kindOf(x.op) == OpKind::Resize)
    add("scale", numberText(scaleOf(compared.a, x)), numberText(scaleOf(compared.b, y)));
  return llvm::join(texts, "; ");
}

/// Forms that exporters exchange without a difference: shapes say all there is to them.
bool isOnlyForm(const Layer &x) { return kindOf(x.op) == OpKind::Reshape; }

} // namespace

void findAttributes(const Compared &compared, Changes &changes) {
  for (size_t i = 0; i < compared.a.layers.size(); ++i) {
    const int j = compared.matching.toB[i];
    if (j < 0)
      continue;
    const Layer &x = compared.a.layers[i], &y = compared.b.layers[size_t(j)];
    const Place place{y.path, int(i), j, 0, -1, {}, {}, 0};
    if (!isActivation(x.op) && !isOnlyForm(x))
      if (const std::string text = differenceText(compared, x, y); !text.empty())
        changes.push_back({EditKind::AttributeChanged, place,
                           layerText(compared.b, j) + " has " + text, operatorText(y) + text, ""});
    if (x.weights && y.weights && x.weights->shape != y.weights->shape)
      changes.push_back({EditKind::WeightShape, place,
                         layerText(compared.b, j) + " has weights " + shapeText(y.weights->shape) +
                             " in B, " + shapeText(x.weights->shape) + " in A",
                         "shape", ""});
  }
}

/// What is applied to a layer's result: a layer of its own that is its only reader, or what is
/// fused into it.
static std::string activationBehind(const Network &network, int index) {
  const Layer &layer = network.layers[size_t(index)];
  if (layer.readers.size() == 1 && layer.readers[0].size() == 1)
    if (const Layer &reader = network.layers[size_t(layer.readers[0][0])]; isActivation(reader.op))
      return operatorText(reader);
  return fusedActivation(layer);
}

void findActivations(const Compared &compared, Changes &changes) {
  for (size_t i = 0; i < compared.a.layers.size(); ++i) {
    const int j = compared.matching.toB[i];
    if (j < 0)
      continue;
    const Layer &x = compared.a.layers[i], &y = compared.b.layers[size_t(j)];
    const bool own = isActivation(x.op);
    // A layer in front of a matched activation is not the place to tell of it.
    if (!own && fusedActivation(x) == fusedActivation(y))
      continue;
    const std::string inA = own ? operatorText(x) : activationBehind(compared.a, int(i));
    const std::string inB = own ? operatorText(y) : activationBehind(compared.b, j);
    if (inA != inB)
      changes.push_back(
          {EditKind::ActivationChanged, Place{y.path, int(i), j, 0, -1, {}, {}, 0},
           ("behind " + layerText(compared.b, j) + " B has " + llvm::Twine(inB) + ", A has " + inA)
               .str(),
           (llvm::Twine(inA) + ">" + inB).str(), ""});
  }
}

bool isFusedInTheOther(const Compared &compared, const Component &component) {
  const bool added = component.onlyA.empty();
  const Network &has = added ? compared.b : compared.a, &lacks = added ? compared.a : compared.b;
  const std::vector<int> &layers = added ? component.onlyB : component.onlyA;
  if (layers.size() != 1 || (!component.onlyA.empty() && !component.onlyB.empty()))
    return false;
  const Layer &layer = has.layers[size_t(layers[0])];
  if (!isActivation(layer.op) || layer.inputs.empty() || layer.inputs[0].layer < 0)
    return false;
  const auto maker = size_t(layer.inputs[0].layer);
  const int other = (added ? compared.matching.toA : compared.matching.toB)[maker];
  return other >= 0 &&
         fusedActivation(lacks.layers[size_t(other)]) != fusedActivation(has.layers[maker]);
}

} // namespace bstc::diagnose
