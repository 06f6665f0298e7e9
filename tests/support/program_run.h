#ifndef BSTC_TESTS_SUPPORT_PROGRAM_RUN_H
#define BSTC_TESTS_SUPPORT_PROGRAM_RUN_H

#include "backends/simulator/simulator.h"
#include "runtime/support/memory.h"

#include <functional>
#include <vector>

namespace bst::testing {

/// A program in an arena, on the reference, a single kernel or whatever else stands for the
/// simulator; none of them is the device of a session.
class ProgramRun {
public:
  /// Program and simulator must outlive it. status() says whether it can run.
  ProgramRun(const Program &program, Simulator &simulator, const ExecutionOptions &options = {})
      : program(program) {
    if (!arena.allocate(program.arenaSize)) {
      made = Status::outOfMemory();
      return;
    }
    for (const Tensor &tensor : program.tensors) {
      std::byte *base = tensor.storage == Storage::Arena ? arena.bytes().data()
                                                         : const_cast<std::byte *>(program.weights);
      views.push_back({&tensor, base + tensor.offset});
    }
    made = simulator.prepare(program, views, options, execution);
  }

  const Status &status() const { return made; }
  std::span<std::byte> data(uint32_t tensor) const {
    return {views[tensor].data, size_t(program.tensors[tensor].size)};
  }
  /// \p after: called after each command; may be empty.
  Status run(const std::function<void(uint32_t command)> &after = {}) {
    for (uint32_t command = 0; command < program.commands.size(); ++command) {
      if (Status status = execution->run(command); !status.ok())
        return status;
      if (after)
        after(command);
    }
    return {};
  }
  std::string kernel(uint32_t command) const { return execution->kernel(command); }

private:
  const Program &program;
  AlignedMemory arena;
  std::vector<TensorView> views;
  std::unique_ptr<Execution> execution;
  Status made;
};

} // namespace bst::testing

#endif // BSTC_TESTS_SUPPORT_PROGRAM_RUN_H
