#ifndef BST_TESTS_HOSTILE_COUNTING_HEAP_H
#define BST_TESTS_HOSTILE_COUNTING_HEAP_H

namespace bst::testing {

/// How often memory was asked for so far: by any thread, any library, any of the C library's
/// functions; operator new ends there too.
long allocationCalls();

} // namespace bst::testing

#endif // BST_TESTS_HOSTILE_COUNTING_HEAP_H
