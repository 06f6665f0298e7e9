#ifndef BSTC_TOOLS_BSTC_CLI_INTERRUPT_H
#define BSTC_TOOLS_BSTC_CLI_INTERRUPT_H

#include "ir/error.h"

#include <atomic>
#include <csignal>
#include <string>

namespace bstc {

/// While it lives, the first interrupt (Ctrl-C) or request to end does nothing but set a flag, so
/// that long work can end with what was done so far. The second one ends the program at once, as
/// without this. One at a time.
class StopOnSignal {
public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal &) = delete;
  StopOnSignal &operator=(const StopOnSignal &) = delete;

  static const std::atomic<bool> &requested();

private:
  struct sigaction interrupt = {}, terminate = {}; ///< What was done before.
};

/// The user stopped the work: exit code 130, as shells say it for an interrupt.
class InterruptedError : public llvm::ErrorInfo<InterruptedError, CodedError> {
public:
  static char ID;
  explicit InterruptedError(std::string message)
      : ErrorInfo(Code::Interrupted, std::move(message)) {}
};

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_INTERRUPT_H
