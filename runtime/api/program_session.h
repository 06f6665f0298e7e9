#ifndef BST_RUNTIME_API_PROGRAM_SESSION_H
#define BST_RUNTIME_API_PROGRAM_SESSION_H

#include "runtime/program/program.h"
#include "runtime/program/self_test.h"
#include "runtime/support/status.h"

#include <bst/bst.hpp>

#include <functional>
#include <memory>
#include <span>

// A session for tools and tests, which also know the program behind a package. Everything goes
// through the interface of hosts (bst/bst.h).
namespace bst {

/// What went wrong in a call of the interface; Ok where nothing did.
Status statusOf(const bstrt::Error &error);

/// The program of a package, as long as somebody holds it.
const Program &programOf(const bstrt::Package &package);

/// What tools ask of a session: see bst_session_options.
struct ProgramSessionOptions {
  unsigned threads = 1;
  bool keepTensors = false;
  /// Called after each command with its host time; may be empty. It may call data() of the session,
  /// where tensors are kept.
  std::function<void(uint32_t command, double seconds)> onCommand = {};
};

/// A bst_session of one frame, whose memory is found by the program's tensors.
class ProgramSession {
public:
  ~ProgramSession();
  /// Package and device are retained. Errors: bst_session_create's.
  static Status create(const bstrt::Package &package, const bstrt::Device &device,
                       std::unique_ptr<ProgramSession> &session,
                       ProgramSessionOptions options = {});

  const Program &program() const;
  /// Memory of tensor `index` of the program: of inputs, to be written before each run(); of
  /// outputs, to be read after it; with keepTensors of every other one, valid right after
  /// its command. Empty for others.
  std::span<std::byte> data(uint32_t index);
  std::span<const std::byte> data(uint32_t index) const;
  /// Runs every command in order. Errors: bst_session_run's.
  Status run();
  /// See bst_session_get_kernel.
  bst_kernel_info kernel(uint32_t command) const;

private:
  struct State;
  explicit ProgramSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

/// Runs the test's input on the device, command by command, and fills its checksums. Errors: the
/// session's; InvalidArgument where inputs are given and do not fit the program.
Status makeSelfTest(const bstrt::Package &package, const bstrt::Device &device, SelfTest &test);

} // namespace bst

#endif // BST_RUNTIME_API_PROGRAM_SESSION_H
