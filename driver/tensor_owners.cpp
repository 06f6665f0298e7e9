#include "driver/tensor_owners.h"

#include "llvm/ADT/StringMap.h"

#include <numeric>

namespace bstc {

/// Another name of pixels that has no node (LoweringContext::pictureOf).
static bool isPicture(const bst::Tensor &tensor) { return tensor.layout == bst::Layout::Picture; }

std::vector<uint32_t> tensorOwners(const Graph &placed, const bst::Program &program) {
  std::vector<uint32_t> owner(program.tensors.size());
  std::iota(owner.begin(), owner.end(), 0);
  llvm::StringMap<uint32_t> index;
  for (uint32_t i = 0; i < program.tensors.size(); ++i)
    if (program.tensors[i].storage == bst::Storage::Arena)
      index[program.tensors[i].name] = i;
  for (const auto &node : placed.nodes())
    if (node->placement->engine == NodeEngine::None)
      owner[index.lookup(node->output()->name)] = owner[index.lookup(node->input(0)->name)];
  for (uint32_t i = 0; i < program.tensors.size(); ++i)
    if (isPicture(program.tensors[i]))
      owner[i] = owner[index.lookup(originOf(program.tensors[i].name))];
  return owner;
}

} // namespace bstc
