#include "diagnose/diff/components.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc::diagnose {
namespace {

/// A component from the side of the network that has the layers: `has` more than `lacks`.
struct Surplus {
  const Network &has, &lacks;
  const char *nameHas, *nameLacks; ///< "B", "A".
  llvm::ArrayRef<int> layers;      ///< Of `has`.
};

/// Whether `layer` is an addition of two computed values.
bool isAddition(const Layer &layer) {
  return kindOf(layer.op) == OpKind::Add && layer.inputs.size() == 2 &&
         llvm::none_of(layer.inputs, [](const Wire &wire) { return Source(wire).isConstant(); });
}

/// Whether `addend` is what the chain of layers that ends in `carrier` begins with.
bool isInputOfBlock(const Network &network, const Source &addend, const Source &carrier) {
  constexpr int longest = 12;
  int layer = carrier.layer;
  for (int step = 0; layer >= 0 && step < longest; ++step) {
    const std::vector<Wire> &inputs = network.layers[size_t(layer)].inputs;
    if (inputs.empty())
      return false;
    if (Source(inputs[0]) == addend)
      return true;
    layer = inputs[0].layer;
  }
  return false;
}

/// Of an addition that one network has more: the operand that the other's reader reads in its
/// place, and the one that is added to it.
std::pair<Source, Source> carrierAndAddend(const Layer &add, const std::optional<Source> &direct,
                                           const Network &network) {
  const Source first(add.inputs[0]), second(add.inputs[1]);
  if (direct == first)
    return {first, second};
  if (direct == second || isInputOfBlock(network, first, second))
    return {second, first};
  return {first, second};
}

bool isBottleneck(llvm::StringRef path) {
  return path.endswith(".cv2") && path.rsplit('.').first.contains(".m.");
}

/// An addition that B has and A has not, or the reverse.
Change additionChange(const Surplus &surplus, bool added, const std::optional<Source> &direct) {
  const Layer &add = surplus.has.layers[size_t(surplus.layers.front())];
  const auto [carrier, addend] = carrierAndAddend(add, direct, surplus.has);
  const bool block = isInputOfBlock(surplus.has, addend, carrier);
  const std::string what = block ? "the block's input" : sourceText(surplus.has, addend);
  Change change;
  change.kind = added ? EditKind::AddAdded : EditKind::AddRemoved;
  change.text = std::string(surplus.nameHas) + " adds " + what + " to " +
                sourceText(surplus.has, carrier) + "; " + surplus.nameLacks + " has no Add there";
  change.place.layer =
      carrier.layer >= 0 ? surplus.has.layers[size_t(carrier.layer)].path : add.path;
  change.key = block ? "block" : change.text;
  if (block && isBottleneck(change.place.layer)) {
    change.key = "bottleneck";
    change.remark = added ? "Bottlenecks built with shortcut=False."
                          : "Bottlenecks built with shortcut=True in A.";
  }
  return change;
}

/// The first sources that a set of layers reads from outside of it.
std::optional<Source> entryOf(const Network &network, llvm::ArrayRef<int> layers) {
  for (const int layer : layers)
    for (const Wire &wire : network.layers[size_t(layer)].inputs)
      if (const Source source(wire);
          !source.isConstant() && !llvm::is_contained(layers, source.layer))
        return source;
  return std::nullopt;
}

/// " between X and Y", as far as there are such.
std::string whereText(const Network &network, llvm::ArrayRef<int> layers, int reader) {
  const std::optional<Source> entry = entryOf(network, layers);
  if (!entry)
    return "";
  const std::string maker =
      entry->layer >= 0 ? layerText(network, entry->layer) : sourceText(network, *entry);
  if (reader < 0)
    return " behind " + maker;
  return " between " + maker + " and " + layerText(network, reader);
}

std::string operatorsKey(const Network &network, llvm::ArrayRef<int> layers) {
  std::string key;
  for (const int layer : layers)
    key += operatorText(network.layers[size_t(layer)]) + ",";
  return key;
}

/// Where a component is, for the list of places: the module before it.
std::string placeOf(const Network &network, llvm::ArrayRef<int> layers) {
  const std::optional<Source> entry = entryOf(network, layers);
  const int layer = entry && entry->layer >= 0 ? entry->layer : layers.front();
  return network.layers[size_t(layer)].path;
}

Change surplusChange(const Surplus &surplus, bool added, int reader) {
  Change change;
  change.kind = added ? EditKind::LayersAdded : EditKind::LayersRemoved;
  const std::string layers = layersText(surplus.has, surplus.layers);
  const bool one = surplus.layers.size() == 1;
  change.text = std::string(surplus.nameHas) + " has " + (one ? "a " : "") + layers +
                whereText(surplus.has, surplus.layers, reader) + "; " + surplus.nameLacks +
                " has none there";
  change.place.layer = placeOf(surplus.has, surplus.layers);
  change.key = operatorsKey(surplus.has, surplus.layers);
  return change;
}

Change replacedChange(const Compared &compared, const Component &component, int readerB) {
  Change change;
  change.kind = EditKind::LayersReplaced;
  change.text = "A's " + layersText(compared.a, component.onlyA) + " became B's " +
                layersText(compared.b, component.onlyB) +
                whereText(compared.b, component.onlyB, readerB);
  change.place.layer = placeOf(compared.b, component.onlyB);
  change.key =
      operatorsKey(compared.a, component.onlyA) + ">" + operatorsKey(compared.b, component.onlyB);
  return change;
}

/// An activation that only one of them has is an edit of the activations, not of the structure.
Change activationChange(const Surplus &surplus, bool added) {
  const int index = surplus.layers.front();
  const Layer &layer = surplus.has.layers[size_t(index)];
  Change change;
  change.kind = EditKind::ActivationChanged;
  const std::string name = operatorText(layer);
  const int maker = layer.inputs.empty() ? -1 : layer.inputs[0].layer;
  const std::string where =
      maker >= 0 ? layerText(surplus.has, maker) : layerText(surplus.has, index);
  change.text = "behind " + where + " " + surplus.nameHas + " has " + name + ", " +
                surplus.nameLacks + " has no activation";
  change.place.layer = maker >= 0 ? surplus.has.layers[size_t(maker)].path : layer.path;
  change.key = (added ? "none>" : "") + name + (added ? "" : ">none");
  return change;
}

void addComponent(const Compared &compared, const Component &component, Changes &changes) {
  const Component::Reader *reader =
      component.readers.empty() ? nullptr : &component.readers.front();
  Change change;
  if (!component.onlyA.empty() && !component.onlyB.empty()) {
    change = replacedChange(compared, component, reader ? reader->b : -1);
  } else {
    const bool added = component.onlyA.empty();
    const Surplus surplus = added ? Surplus{compared.b, compared.a, "B", "A", component.onlyB}
                                  : Surplus{compared.a, compared.b, "A", "B", component.onlyA};
    const Layer &first = surplus.has.layers[size_t(surplus.layers.front())];
    std::optional<Source> direct; // Of `has`: what the reader of `lacks` reads in its place.
    if (reader && added)
      direct = compared.matching.inB(reader->fromA);
    else if (reader && reader->fromB.layer >= 0) {
      direct = reader->fromB;
      direct->layer = compared.matching.toA[size_t(reader->fromB.layer)];
    }
    if (surplus.layers.size() == 1 && isAddition(first))
      change = additionChange(surplus, added, direct);
    else if (surplus.layers.size() == 1 && isActivation(first.op))
      change = activationChange(surplus, added);
    else
      change = surplusChange(surplus, added, reader ? (added ? reader->b : reader->a) : -1);
  }
  change.place.onlyA = component.onlyA;
  change.place.onlyB = component.onlyB;
  if (reader) {
    change.place.a = reader->a;
    change.place.b = reader->b;
  }
  changes.push_back(std::move(change));
}

std::string sourcesText(const Network &network, llvm::ArrayRef<Source> sources) {
  std::vector<std::string> texts;
  for (const Source &source : sources)
    texts.push_back(sourceText(network, source));
  return texts.empty() ? "nothing more" : llvm::join(texts, ", ");
}

void addRewiring(const Compared &compared, const Rewiring &rewiring, Changes &changes) {
  Change change;
  change.kind = EditKind::Rewired;
  const std::string layer = layerText(compared.b, rewiring.b);
  if (rewiring.onlyA.empty() && rewiring.onlyB.empty()) {
    change.text = layer + " reads the same values in another order";
    change.key = "order";
  } else {
    change.text = layer + " reads " + sourcesText(compared.b, rewiring.onlyB) + " in B where A's " +
                  "reads " + sourcesText(compared.a, rewiring.onlyA);
    change.key = change.text;
  }
  change.place.layer = compared.b.layers[size_t(rewiring.b)].path;
  change.place.a = rewiring.a;
  change.place.b = rewiring.b;
  changes.push_back(std::move(change));
}

void addInputs(const Compared &compared, Changes &changes) {
  const auto &a = compared.a.inputs, &b = compared.b.inputs;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].type.shape == b[i].type.shape && a[i].type.element == b[i].type.element)
      continue;
    Change change;
    change.kind = EditKind::Inputs;
    const auto text = [](const TensorType &type) {
      return std::string(elementTypeName(type.element)) + " " + shapeText(type.shape);
    };
    change.text =
        "the input " + b[i].name + " is " + text(b[i].type) + " in B, " + text(a[i].type) + " in A";
    change.place.layer = b[i].name;
    change.place.input = int(i);
    changes.push_back(std::move(change));
  }
  const auto countEdit = [&](EditKind kind, const char *what, size_t inA, size_t inB) {
    if (inA == inB)
      return;
    Change change;
    change.kind = kind;
    change.text =
        std::string("B has ") + std::to_string(inB) + " " + what + ", A has " + std::to_string(inA);
    change.key = what;
    changes.push_back(std::move(change));
  };
  countEdit(EditKind::Inputs, "inputs", a.size(), b.size());
  countEdit(EditKind::Outputs, "outputs", compared.a.outputs.size(), compared.b.outputs.size());
}

} // namespace

bool Compared::otherSize() const {
  for (size_t i = 0; i < std::min(a.inputs.size(), b.inputs.size()); ++i)
    if (a.inputs[i].type.shape != b.inputs[i].type.shape)
      return true;
  return false;
}

void findStructure(const Compared &compared, Changes &changes) {
  const WiringDifference difference = compareWiring(compared);
  for (const Component &component : difference.components)
    if (!isFusedInTheOther(compared, component))
      addComponent(compared, component, changes);
  for (const Rewiring &rewiring : difference.rewirings)
    addRewiring(compared, rewiring, changes);
  addInputs(compared, changes);
}

} // namespace bstc::diagnose
