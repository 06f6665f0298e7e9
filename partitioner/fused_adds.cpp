#include "partitioner/fused_adds.h"

#include "partitioner/retile.h"

#include <set>

namespace bstc {

llvm::Expected<std::optional<FusedAdds>> withoutFusedAdds(const bst::Program &program,
                                                          const Target &target) {
  std::set<uint32_t> riders;
  for (const bst::TileOp &op : program.tiles.ops)
    if (op.queue == bst::Queue::Maca)
      riders.insert(op.commands.begin() + 1, op.commands.end());
  if (riders.empty())
    return std::nullopt;
  Target apart = target;
  apart.maca.fusedAdd = false;
  llvm::Expected<bst::Program> other = retile(program, apart);
  if (!other)
    return other.takeError();
  const CostReport cost = predictCost(*other, apart);
  return FusedAdds{uint32_t(riders.size()), cost.framesPerSecond, cost.latencySeconds,
                   cost.dramRead + cost.dramWrite};
}

} // namespace bstc
