#ifndef BST_TESTS_SUPPORT_RUNS_H
#define BST_TESTS_SUPPORT_RUNS_H

#include <algorithm>
#include <cstdlib>

namespace bst::testing {

/// How often each thread of a test is to run: BSTC_TEST_RUNS, at least once, or `otherwise`.
inline unsigned long runsOfAThread(unsigned long otherwise) {
  const char *text = std::getenv("BSTC_TEST_RUNS");
  return text ? std::max(std::strtoul(text, nullptr, 10), 1ul) : otherwise;
}

} // namespace bst::testing

#endif // BST_TESTS_SUPPORT_RUNS_H
