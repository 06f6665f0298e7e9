#ifndef BST_TESTS_HOSTILE_ATTEMPT_H
#define BST_TESTS_HOSTILE_ATTEMPT_H

#include "runtime/package.h"

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

/// Loads the bytes as they are, within `limits`, and runs what is accepted: inputs are filled with
/// a pattern, the commands run on the simulator, and the tile operations on modelled memories where
/// those are small.
Attempt attempt(std::span<const std::byte> bytes, const Limits &limits);
/// The same with length and hash made right, where the header can still be found.
Attempt attemptSealed(std::vector<std::byte> bytes, const Limits &limits);

/// Limits in proportion to an accepted package: what a damaged copy may cost a test.
Limits limitsFor(const Program &program);

} // namespace bst::testing

#endif // BST_TESTS_HOSTILE_ATTEMPT_H
