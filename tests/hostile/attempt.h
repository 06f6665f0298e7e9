#ifndef BST_TESTS_HOSTILE_ATTEMPT_H
#define BST_TESTS_HOSTILE_ATTEMPT_H

#include "runtime/package/package.h"

namespace bst::testing {

/// What became of bytes that claim to be a package.
struct Attempt {
  enum Result {
    Refused, ///< CorruptPackage, UnsupportedVersion or Unsupported (limits), with a message.
    Ran,     ///< Loaded, and run to its end on the simulator, commands and tile operations.
    Failed,  ///< Anything else: `message` says what.
  } result = Failed;
  std::string message;
  uint64_t digest = 0; ///< Ran: of the outputs.
};

/// Loads the bytes as they are, within `limits`, and uses what is accepted as a host would, through
/// the C interface: reads all that the package tells, fills the inputs with a pattern, runs the
/// commands on the simulator and the self-test where there is one; at last the tile operations on
/// modelled memories, where those are small.
Attempt attempt(std::span<const std::byte> bytes, const Limits &limits);
/// The same with length and hash made right, where the header can still be found.
Attempt attemptSealed(std::vector<std::byte> bytes, const Limits &limits);

/// Limits in proportion to an accepted package: what a damaged copy may cost a test.
Limits limitsFor(const Program &program);

/// The program's package with a self-test: of its seeded input, or of a pattern that is kept in it.
std::vector<std::byte> packageWithSelfTest(const Program &program, bool keepsInput);

} // namespace bst::testing

#endif // BST_TESTS_HOSTILE_ATTEMPT_H
