#include "partitioner/retile.h"

#include "backends/target.h"
#include "partitioner/sections.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// For each tensor the one whose bytes it names: itself, but for one that no command writes, which
/// names what was last written to its place.
static std::vector<uint32_t> rootsOf(const bst::Program &program) {
  std::vector<uint32_t> roots(program.tensors.size());
  std::vector<bool> known(program.tensors.size());
  std::vector<uint32_t> written; // In order.
  const auto write = [&](uint32_t tensor) {
    known[tensor] = true;
    written.push_back(tensor);
  };
  const auto read = [&](uint32_t index) {
    const bst::Tensor &tensor = program.tensors[index];
    if (known[index] || tensor.storage == bst::Storage::Weights)
      return;
    for (uint32_t source : llvm::reverse(written))
      if (program.tensors[source].offset == tensor.offset) {
        roots[index] = source;
        break;
      }
    known[index] = true;
  };
  for (uint32_t tensor = 0; tensor < roots.size(); ++tensor)
    roots[tensor] = tensor;
  llvm::for_each(program.inputs, write);
  for (const bst::Command &command : program.commands) {
    llvm::for_each(command.inputs, read);
    llvm::for_each(command.outputs, write);
  }
  llvm::for_each(program.outputs, read);
  return roots;
}

llvm::Expected<bst::TileProgram> retile(const bst::Program &program, const Target &target) {
  const std::vector<uint32_t> roots = rootsOf(program);
  bst::Program copy = program;
  uint64_t end = 0;
  for (uint32_t tensor = 0; tensor < roots.size(); ++tensor)
    if (copy.tensors[tensor].storage == bst::Storage::Arena && roots[tensor] == tensor) {
      copy.tensors[tensor].offset = end;
      end += (copy.tensors[tensor].size + 63) / 64 * 64;
    }
  for (uint32_t tensor = 0; tensor < roots.size(); ++tensor)
    copy.tensors[tensor].offset = copy.tensors[roots[tensor]].offset;
  copy.arenaSize = end;
  llvm::Expected<TilePlan> plan = planSections(copy, roots, target);
  if (!plan)
    return plan.takeError();
  copy.tiles = {};
  emitTiles(copy, *plan, target);
  return std::move(copy.tiles);
}

} // namespace bstc
