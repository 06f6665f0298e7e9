#include "tools/bstc/cli/interrupt.h"

#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {

// A signal handler reaches nothing else.
static std::atomic<bool> stopRequested{false};
static_assert(std::atomic<bool>::is_always_lock_free);
static struct sigaction interruptBefore, terminateBefore;

static void requestStop(int) {
  stopRequested = true;
  ::sigaction(SIGINT, &interruptBefore, nullptr);
  ::sigaction(SIGTERM, &terminateBefore, nullptr);
}

StopOnSignal::StopOnSignal() {
  // LLVM's handlers, which remove temporary files, must be there first: they are what a second
  // signal meets, and would otherwise replace ours with the first temporary file.
  llvm::sys::SetInterruptFunction(nullptr);
  stopRequested = false;
  ::sigaction(SIGINT, nullptr, &interruptBefore);
  ::sigaction(SIGTERM, nullptr, &terminateBefore);
  interrupt = interruptBefore;
  terminate = terminateBefore;
  struct sigaction action = {};
  action.sa_handler = requestStop;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  // Whoever started the program with these ignored wants it so.
  if (interrupt.sa_handler != SIG_IGN)
    ::sigaction(SIGINT, &action, nullptr);
  if (terminate.sa_handler != SIG_IGN)
    ::sigaction(SIGTERM, &action, nullptr);
}

StopOnSignal::~StopOnSignal() {
  ::sigaction(SIGINT, &interrupt, nullptr);
  ::sigaction(SIGTERM, &terminate, nullptr);
}

const std::atomic<bool> &StopOnSignal::requested() { return stopRequested; }

char InterruptedError::ID = 0;

} // namespace bstc
