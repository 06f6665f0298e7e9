#ifndef BST_RUNTIME_RUN_DEVICE_H
#define BST_RUNTIME_RUN_DEVICE_H

#include "runtime/program/program.h"
#include "runtime/support/status.h"

#include <memory>
#include <span>
#include <string>

namespace bst {

/// A tensor with its memory: what a device driver sees.
struct TensorView {
  const Tensor *tensor = nullptr;
  std::byte *data = nullptr; ///< tensor->size bytes, 64-byte aligned; inputs must not be written.
};

/// How a program is to be run.
struct ExecutionOptions {
  unsigned threads = 1; ///< That may work on a command. Results do not depend on it.
  /// Whether every command leaves its output in memory, and may be run alone. Otherwise a device
  /// may compute several commands in one pass, and leave what lies between them unwritten.
  bool keepTensors = false;
};

/// A program made ready on a device and bound to memory. Used by one thread at a time; run()
/// allocates nothing.
class Execution {
public:
  virtual ~Execution() = default;
  /// From now on the program's tensors lie at these addresses, one a tensor in their order; before
  /// the first call, where prepare() was told. None may overlap others than they did there. What
  /// lies in the weights stays where it is. Allocates nothing.
  virtual void bind(std::span<std::byte *const> tensors) = 0;
  /// Runs command `index` to its end; commands are run in the program's order. Loaded programs are
  /// verified, so a failure here is the device's own (Unsupported, IoError).
  virtual Status run(uint32_t index) = 0;
  /// What runs the command, for reports: a kernel's name, or of which command it is a part.
  virtual std::string kernel(uint32_t index) const = 0;
  /// Why kernels that would be better did not take the command, for logs: "NAME: reason; ...".
  /// Empty where the best one runs it.
  virtual std::string refusals(uint32_t) const { return {}; }
};

/// A device executes programs: the simulator is one, a board's driver is another. It keeps nothing
/// that a result depends on, so sessions may share one.
class Device {
public:
  virtual ~Device() = default;
  virtual const char *name() const = 0;
  /// Makes `program` ready: chooses kernels, allocates what they need beside the tensors.
  /// \p tensors: a view of each of the program's tensors, in their order; a view without data
  /// belongs to no command. Program and memory must outlive the execution, as must the device.
  /// Errors: OutOfMemory; Unsupported where the device lacks a command.
  virtual Status prepare(const Program &program, std::span<const TensorView> tensors,
                         const ExecutionOptions &options,
                         std::unique_ptr<Execution> &execution) = 0;
};

} // namespace bst

#endif // BST_RUNTIME_RUN_DEVICE_H
