#ifndef BST_RUNTIME_DEVICE_H
#define BST_RUNTIME_DEVICE_H

#include "runtime/program.h"
#include "runtime/status.h"

#include <span>

namespace bst {

/// A tensor with its memory: what a device driver sees.
struct TensorView {
  const Tensor *tensor = nullptr;
  std::byte *data = nullptr; ///< tensor->size bytes, 64-byte aligned; inputs must not be written.
};

/// A device executes commands: the simulator is one, a board's driver is another. It keeps nothing
/// between commands that a result depends on, so sessions may share one.
class Device {
public:
  virtual ~Device() = default;
  virtual const char *name() const = 0;
  /// Scratch bytes that `command` needs beside its tensors; the executor allocates the largest.
  virtual uint64_t scratchSize(const Program &program, const Command &command) const = 0;
  /// Runs one command to its end. `scratch` is 64-byte aligned and at least scratchSize() long.
  /// Loaded programs are verified, so a failure here is the device's own (Unsupported, IoError).
  virtual Status execute(const Command &command, std::span<const TensorView> inputs,
                         std::span<const TensorView> outputs, std::span<std::byte> scratch) = 0;
};

} // namespace bst

#endif // BST_RUNTIME_DEVICE_H
