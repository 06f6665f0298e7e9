#include "driver/compile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

namespace bstc {

static PlacementRow rowFor(const Node &node, const llvm::StringMap<const Node *> &placedBy,
                           const llvm::StringMap<const Node *> &fusedInto) {
  PlacementRow row{node.name, opInfo(node.op).text, NodeEngine::None, ""};
  if (const Node *placed = placedBy.lookup(node.name)) {
    row.engine = placed->placement->engine;
    row.reason = placed->placement->reason;
  } else if (const Node *host = fusedInto.lookup(node.name)) {
    row.engine = host->placement->engine;
    row.reason = "fused into node '" + host->name + "'";
  } else if (llvm::all_of(node.inputs(), [](const Value *v) { return !v || v->isConstant(); })) {
    row.reason = "constant, folded";
  } else if (node.op == OpKind::Quantize || node.op == OpKind::Dequantize) {
    row.reason = "scale and zero point carried by the int8 tensor";
  } else {
    row.reason = "another name for its input";
  }
  return row;
}

std::vector<PlacementRow> placementTable(const Graph &imported, const Graph &placed) {
  llvm::StringMap<const Node *> placedBy, fusedInto;
  for (const auto &node : placed.nodes()) {
    placedBy.try_emplace(node->name, node.get());
    for (const std::string &name : node->fused)
      fusedInto.try_emplace(name, node.get());
  }
  std::vector<PlacementRow> rows;
  for (const auto &node : imported.nodes())
    rows.push_back(rowFor(*node, placedBy, fusedInto));
  return rows;
}

} // namespace bstc
