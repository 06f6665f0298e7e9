#ifndef BST_RUNTIME_RUN_SESSION_H
#define BST_RUNTIME_RUN_SESSION_H

#include "runtime/run/device.h"

#include <functional>
#include <memory>

namespace bst {

/// Runs one program on one device. Several sessions may share a program and its weights; each has
/// an arena of its own. A session is used by one thread at a time.
class Session {
public:
  ~Session();
  /// Allocates the arena and makes the program ready on the device; nothing is allocated after
  /// that. `program` must have passed verifyProgram and outlive the session, as must `device`. The
  /// arena starts as zeros. Errors: OutOfMemory; InvalidArgument where program.weights is not
  /// 64-byte aligned; the device's.
  static Status create(const Program &program, Device &device, std::unique_ptr<Session> &session,
                       const ExecutionOptions &options = {});

  /// Memory of tensor `index` of the program: write inputs before each run(), read outputs after
  /// it. Other arena tensors are valid only inside the observer, right after their command, and
  /// with ExecutionOptions::keepTensors. Empty where there is no such tensor, and for the writable
  /// view of a tensor in the weights.
  std::span<std::byte> data(uint32_t index);
  std::span<const std::byte> data(uint32_t index) const;

  /// Called after each command with its index and its host time in seconds.
  using Observer = std::function<void(uint32_t command, double seconds)>;
  /// Runs every command in order. The observer may be empty. Errors are the device's, with the
  /// command's name in front; the run stops there.
  Status run(const Observer &observer = {});

  /// What runs a command: see Execution::kernel.
  std::string kernel(uint32_t command) const;
  /// Why better kernels did not: see Execution::refusals.
  std::string refusals(uint32_t command) const;

private:
  Session() = default;
  struct State;
  std::unique_ptr<State> state;
};

} // namespace bst

#endif // BST_RUNTIME_RUN_SESSION_H
