#ifndef BSTC_DRIVER_PACKAGE_RUN_H
#define BSTC_DRIVER_PACKAGE_RUN_H

#include "runtime/api/program_session.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace bst {
class Simulator;
class Execution;
} // namespace bst

namespace bstc {

/// What went wrong in a call of the runtime's interface, with its code; success where nothing did.
llvm::Error toError(const bstrt::Error &error);

/// A package that was just made, with every check of the loader. The bytes are copied, for their
/// alignment.
llvm::Expected<bstrt::Package> openInMemory(llvm::ArrayRef<std::byte> bytes);

/// The same of a program that no package holds yet.
llvm::Expected<bstrt::Package> openInMemory(const bst::Program &program);

/// The simulator with the best instruction set of this processor.
llvm::Expected<bstrt::Device> openSimulator();

/// Runs a package's commands one by one on the simulator, with every tensor where the caller wants
/// it. A session has an arena, in which tensors overwrite one another.
class CommandSteps {
public:
  /// \p tensors: 64-byte aligned memory of each tensor of the program, in their order.
  static llvm::Expected<std::unique_ptr<CommandSteps>> create(const bstrt::Package &package,
                                                              llvm::ArrayRef<void *> tensors);
  CommandSteps(const CommandSteps &) = delete;
  ~CommandSteps();
  /// Errors are the simulator's, with the command's name in front.
  llvm::Error run(uint32_t command);

private:
  explicit CommandSteps(const bstrt::Package &package);

  const bstrt::Package package;
  std::unique_ptr<bst::Simulator> simulator;
  std::unique_ptr<bst::Execution> execution; ///< Gone before the simulator.
};

} // namespace bstc

#endif // BSTC_DRIVER_PACKAGE_RUN_H
