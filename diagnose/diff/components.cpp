#include "diagnose/diff/components.h"

#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/STLExtras.h"

#include <map>

namespace bstc::diagnose {
namespace {

/// Operands of a pair of matched layers, less those that both have.
struct Leftover {
  std::vector<Source> a, b;
  bool reordered = false;
};

std::vector<Source> sourcesOf(llvm::ArrayRef<Wire> wires) {
  std::vector<Source> sources;
  for (const Wire &wire : wires)
    if (const Source source(wire); !source.isConstant())
      sources.push_back(source);
  return sources;
}

Leftover compareOperands(const Matching &matching, const Layer &x, const Layer &y) {
  Leftover leftover;
  leftover.b = sourcesOf(y.inputs);
  std::vector<Source> order;
  for (const Source &source : sourcesOf(x.inputs)) {
    const std::optional<Source> expected = matching.inB(source);
    const auto found = expected ? llvm::find(leftover.b, *expected) : leftover.b.end();
    if (found == leftover.b.end()) {
      leftover.a.push_back(source);
      continue;
    }
    order.push_back(*expected);
    leftover.b.erase(found);
  }
  std::vector<Source> inB = sourcesOf(y.inputs);
  llvm::erase_if(inB, [&](const Source &source) { return !llvm::is_contained(order, source); });
  leftover.reordered =
      leftover.a.empty() && leftover.b.empty() && !isCommutative(x.op) && inB != order;
  return leftover;
}

class Wiring {
public:
  explicit Wiring(const Compared &compared)
      : compared(compared), matching(compared.matching), countA(compared.a.layers.size()),
        classes(unsigned(countA + compared.b.layers.size())) {}

  WiringDifference run() {
    joinNeighbours();
    for (size_t i = 0; i < countA; ++i)
      if (matching.toB[i] >= 0)
        compareLayers(int(i), matching.toB[i]);
    compareOutputs();
    collect();
    return std::move(result);
  }

private:
  bool isLoneA(const Source &s) const { return s.layer >= 0 && matching.toB[s.layer] < 0; }
  bool isLoneB(const Source &s) const { return s.layer >= 0 && matching.toA[s.layer] < 0; }
  unsigned nodeA(int layer) const { return unsigned(layer); }
  unsigned nodeB(int layer) const { return unsigned(countA) + unsigned(layer); }

  void joinNeighbours() {
    for (size_t i = 0; i < countA; ++i)
      for (const Source &source : sourcesOf(compared.a.layers[i].inputs))
        if (matching.toB[i] < 0 && isLoneA(source))
          classes.join(nodeA(int(i)), nodeA(source.layer));
    for (size_t j = 0; j < compared.b.layers.size(); ++j)
      for (const Source &source : sourcesOf(compared.b.layers[j].inputs))
        if (matching.toA[j] < 0 && isLoneB(source))
          classes.join(nodeB(int(j)), nodeB(source.layer));
  }

  /// One reads `fromA`, the other `fromB` in its place: part of a component, or rewired.
  bool attach(int a, int b, const Source &fromA, const Source &fromB) {
    const bool loneA = isLoneA(fromA), loneB = isLoneB(fromB);
    if (!loneA && !loneB)
      return false;
    if (loneA && loneB)
      classes.join(nodeA(fromA.layer), nodeB(fromB.layer));
    attached.push_back({loneB ? nodeB(fromB.layer) : nodeA(fromA.layer), {a, b, fromA, fromB}});
    return true;
  }

  void compareLayers(int a, int b) {
    const Layer &x = compared.a.layers[size_t(a)], &y = compared.b.layers[size_t(b)];
    Leftover left = compareOperands(matching, x, y);
    Rewiring rewiring{a, b, {}, {}};
    const size_t both = std::min(left.a.size(), left.b.size());
    for (size_t k = 0; k < both; ++k)
      if (!attach(a, b, left.a[k], left.b[k])) {
        rewiring.onlyA.push_back(left.a[k]);
        rewiring.onlyB.push_back(left.b[k]);
      }
    for (const Source &source : llvm::ArrayRef(left.a).drop_front(both))
      if (!isLoneA(source))
        rewiring.onlyA.push_back(source);
    for (const Source &source : llvm::ArrayRef(left.b).drop_front(both))
      if (!isLoneB(source))
        rewiring.onlyB.push_back(source);
    if (left.reordered || !rewiring.onlyA.empty() || !rewiring.onlyB.empty())
      result.rewirings.push_back(std::move(rewiring));
  }

  void compareOutputs() {
    for (size_t k = 0; k < std::min(compared.a.outputs.size(), compared.b.outputs.size()); ++k) {
      const Source fromA(compared.a.outputs[k]), fromB(compared.b.outputs[k]);
      if (matching.inB(fromA) != fromB)
        attach(-1, -1, fromA, fromB);
    }
  }

  void collect() {
    classes.compress();
    std::map<unsigned, size_t> places;
    const auto componentOf = [&](unsigned node) -> Component & {
      const auto [found, isNew] = places.try_emplace(classes[node], result.components.size());
      if (isNew)
        result.components.emplace_back();
      return result.components[found->second];
    };
    for (size_t j = 0; j < compared.b.layers.size(); ++j)
      if (matching.toA[j] < 0)
        componentOf(nodeB(int(j))).onlyB.push_back(int(j));
    for (size_t i = 0; i < countA; ++i)
      if (matching.toB[i] < 0)
        componentOf(nodeA(int(i))).onlyA.push_back(int(i));
    for (const auto &[node, reader] : attached)
      componentOf(node).readers.push_back(reader);
  }

  const Compared &compared;
  const Matching &matching;
  size_t countA;
  llvm::IntEqClasses classes;
  std::vector<std::pair<unsigned, Component::Reader>> attached;
  WiringDifference result;
};

} // namespace

WiringDifference compareWiring(const Compared &compared) { return Wiring(compared).run(); }

} // namespace bstc::diagnose
