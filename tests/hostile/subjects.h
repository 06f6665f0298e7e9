#ifndef BST_TESTS_HOSTILE_SUBJECTS_H
#define BST_TESTS_HOSTILE_SUBJECTS_H

#include <cstddef>
#include <string>
#include <vector>

namespace bst::testing {

/// A package that is accepted, to be damaged.
struct Subject {
  std::string name;
  std::vector<std::byte> package;
  /// How many damaged copies an ordinary run tries of each kind; about 0.1 ms or 10 ms each.
  size_t sample;
};

/// Each executable of this folder has its own.
std::vector<Subject> subjects();

/// Whether everything is to be tried (BSTC_EXHAUSTIVE=1), not a sample.
bool exhaustive();

} // namespace bst::testing

#endif // BST_TESTS_HOSTILE_SUBJECTS_H
