#include "partitioner/arena.h"

#include "partitioner/memory.h"
#include "runtime/program/chains.h"

#include "llvm/ADT/DenseMap.h"

namespace bstc {

namespace {
/// Tensors that are in use beyond the commands that name them, by command.
struct LongerUse {
  std::vector<llvm::SmallVector<uint32_t, 2>> before, after;
};
} // namespace

/// What may be computed in one pass with a convolution is written when the convolution runs. The
/// bands of a section read and write all the time that it runs.
static LongerUse findLongerUse(const bst::Program &program, const TilePlan &plan) {
  LongerUse use;
  use.before.resize(program.commands.size());
  use.after.resize(program.commands.size());
  for (const bst::Chain &chain : bst::findChains(program))
    use.before[chain.conv].push_back(program.commands[chain.commands.back()].outputs[0]);
  for (const Section &section : plan.sections) {
    const uint32_t begin = plan.units[section.first].commands.front();
    const uint32_t end = plan.units[section.last].commands.back();
    for (uint32_t index = section.first; index <= section.last; ++index) {
      const TileUnit &unit = plan.units[index];
      for (const UnitInput &input : unit.inputs)
        if (input.producer == noUnit || input.producer < section.first)
          use.after[end].push_back(input.tensor);
      if (unit.leaves || unit.lastReader > section.last)
        use.before[begin].push_back(unit.tensor);
    }
  }
  return use;
}

void planArena(bst::Program &program, llvm::ArrayRef<uint32_t> roots, const TilePlan &plan) {
  const auto end = int64_t(program.commands.size());
  std::vector<Buffer> buffers;
  llvm::DenseMap<uint32_t, size_t> bufferOf;
  auto touch = [&](uint32_t tensor, int64_t time) {
    if (program.tensors[tensor].storage != bst::Storage::Arena)
      return;
    auto [entry, isNew] = bufferOf.try_emplace(roots[tensor], buffers.size());
    if (isNew)
      buffers.push_back({program.tensors[tensor].size, time, time});
    buffers[entry->second].last = time;
  };
  for (uint32_t input : program.inputs)
    touch(input, -1);
  const LongerUse longer = findLongerUse(program, plan);
  for (int64_t time = 0; time < end; ++time) {
    for (uint32_t tensor : longer.before[size_t(time)])
      touch(tensor, time);
    for (uint32_t input : program.commands[size_t(time)].inputs)
      touch(input, time);
    for (uint32_t output : program.commands[size_t(time)].outputs)
      touch(output, time);
    for (uint32_t tensor : longer.after[size_t(time)])
      touch(tensor, time);
  }
  for (uint32_t output : program.outputs)
    touch(output, end);
  const MemoryPlan memory = planMemory(buffers);
  program.arenaSize = memory.size;
  program.arenaLowerBound = memory.lowerBound;
  for (uint32_t tensor = 0; tensor < program.tensors.size(); ++tensor)
    if (program.tensors[tensor].storage == bst::Storage::Arena)
      program.tensors[tensor].offset = memory.offsets[bufferOf.lookup(roots[tensor])];
}

} // namespace bstc
