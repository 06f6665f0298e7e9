#ifndef BSTC_TESTS_PASSES_RUN_PASS_H
#define BSTC_TESTS_PASSES_RUN_PASS_H

#include "ir/graph.h"

#include <gtest/gtest.h>

namespace bstc::test {

/// Runs a pass that must succeed and leave a valid graph.
inline void run(llvm::Error (*pass)(Graph &), Graph &graph) {
  llvm::Error error = pass(graph);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  error = verify(graph);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
}

} // namespace bstc::test

#endif // BSTC_TESTS_PASSES_RUN_PASS_H
