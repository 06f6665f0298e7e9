#ifndef BST_TESTS_HOSTILE_FAILING_HEAP_H
#define BST_TESTS_HOSTILE_FAILING_HEAP_H

namespace bst::testing {

/// Lets the heap run dry for this thread: after `allocations` more, every form of operator new and
/// the C allocations of our own code (ld --wrap) fail. Negative: no limit, as at first.
void limitAllocations(long allocations);

/// Blocks of all threads that were allocated and not given back.
long liveBlocks();

} // namespace bst::testing

#endif // BST_TESTS_HOSTILE_FAILING_HEAP_H
