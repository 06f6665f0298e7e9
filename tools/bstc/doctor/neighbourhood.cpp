#include "tools/bstc/doctor/neighbourhood.h"

#include "diagnose/diff/words.h"
#include "tools/bstc/cli/table.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace bstc {

using namespace diagnose;

namespace {

/// A layer, or (below 0) input -1 - n.
using Position = int;

constexpr size_t mostBoxes = 18;

Position placeOf(const Wire &wire) { return wire.layer >= 0 ? wire.layer : -1 - wire.input; }

bool isComputed(const Wire &wire) { return wire.layer >= 0 || wire.input >= 0; }

/// What a place is connected with.
std::vector<Position> neighbours(const Network &network, Position place) {
  std::vector<Position> found;
  if (place >= 0)
    for (const Wire &wire : network.layers[size_t(place)].inputs)
      if (isComputed(wire))
        found.push_back(placeOf(wire));
  for (size_t i = 0; i < network.layers.size(); ++i)
    for (const Wire &wire : network.layers[i].inputs)
      if (isComputed(wire) && placeOf(wire) == place)
        found.push_back(int(i));
  return found;
}

/// Those at most two wires away, the nearest first, as many as there is room for.
std::set<Position> around(const Network &network, llvm::ArrayRef<Position> centres) {
  std::vector<Position> order(centres.begin(), centres.end());
  std::set<Position> known(order.begin(), order.end());
  size_t first = 0;
  for (int distance = 0; distance < 2; ++distance)
    for (const size_t end = order.size(); first < end; ++first)
      for (const Position next : neighbours(network, order[first]))
        if (known.size() < mostBoxes && known.insert(next).second)
          order.push_back(next);
  return known;
}

std::string pairText(const Wire &wire) {
  if (wire.pairs.empty())
    return "";
  const Pair &pair = wire.pairs.front();
  return std::string(pair.element == ElementType::U8 ? "uint8" : "int8") + ", step " +
         bstc::numberText(double(pair.written.scale()), 3);
}

Neighbourhood drawing(const Network &network, const std::set<Position> &places,
                      llvm::ArrayRef<Position> centres, llvm::ArrayRef<int> counterparts) {
  Neighbourhood drawn;
  std::map<Position, unsigned> boxes;
  for (const Position place : places) { // Inputs first, then layers in a topological order.
    Neighbourhood::Box box;
    box.layer = place;
    box.isFault = llvm::is_contained(centres, place);
    if (place < 0) {
      box.layer = -1;
      box.input = -1 - place;
      box.name = network.inputs[size_t(box.input)].name;
      box.what = "input";
    } else {
      const Layer &layer = network.layers[size_t(place)];
      box.name = layer.path;
      box.what = operatorText(layer);
      box.isExtra = !counterparts.empty() && counterparts[size_t(place)] < 0;
    }
    const auto index = unsigned(drawn.boxes.size());
    if (place >= 0)
      for (const Wire &wire : network.layers[size_t(place)].inputs)
        if (const auto from = boxes.find(placeOf(wire)); isComputed(wire) && from != boxes.end()) {
          drawn.arrows.push_back({from->second, index, pairText(wire)});
          box.rank = std::max(box.rank, drawn.boxes[from->second].rank + 1);
        }
    boxes[place] = index;
    drawn.boxes.push_back(std::move(box));
  }
  return drawn;
}

/// The first layer that the fault names: by its node, else by its path.
std::vector<Position> centresOf(const Network &network, const Fault &fault) {
  const Finding &finding = fault.finding;
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const Layer &layer = network.layers[i];
    if (!finding.node.empty() &&
        (layer.node == finding.node || llvm::is_contained(layer.merged, finding.node)))
      return {int(i)};
  }
  for (size_t i = 0; i < network.inputs.size(); ++i)
    if (network.inputs[i].name == finding.layer)
      return {-1 - int(i)};
  for (size_t i = 0; i < network.layers.size(); ++i)
    if (!finding.layer.empty() && network.layers[i].path == finding.layer)
      return {int(i)};
  return {};
}

bool hasReference(const DoctorReport &report) {
  return report.difference && report.difference->matching.sameNetwork();
}

} // namespace

Neighbourhood aroundFault(const DoctorReport &report, const Fault &fault) {
  const std::vector<Position> centres = centresOf(report.network, fault);
  if (centres.empty())
    return {};
  return drawing(report.network, around(report.network, centres), centres,
                 hasReference(report) ? llvm::ArrayRef<int>(report.difference->matching.toA)
                                      : llvm::ArrayRef<int>());
}

Neighbourhood aroundFaultInReference(const DoctorReport &report, const Fault &fault) {
  if (!hasReference(report))
    return {};
  const Matching &matching = report.difference->matching;
  const auto counterpart = [&](Position place) -> std::optional<Position> {
    if (place < 0)
      return -1 - place < int(report.referenceNetwork->inputs.size()) ? std::optional(place)
                                                                      : std::nullopt;
    const int other = matching.toA[size_t(place)];
    return other >= 0 ? std::optional(other) : std::nullopt;
  };
  const std::vector<Position> centres = centresOf(report.network, fault);
  std::vector<Position> theirs;
  std::set<Position> places;
  for (const Position place : around(report.network, centres))
    if (const auto other = counterpart(place)) {
      places.insert(*other);
      if (llvm::is_contained(centres, place))
        theirs.push_back(*other);
    }
  return drawing(*report.referenceNetwork, places, theirs, matching.toB);
}

} // namespace bstc
