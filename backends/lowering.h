#ifndef BSTC_BACKENDS_LOWERING_H
#define BSTC_BACKENDS_LOWERING_H

#include "backends/engine.h"

namespace bstc {

/// The runtime's window of the IR's.
bst::Window windowOf(const WindowAttrs &attrs);

/// A command of `engine` that reads and writes what `node` does. Constant operands are not inputs:
/// each engine stores them in its own form.
bst::Command commandFor(const Node &node, bst::Engine engine, LoweringContext &context,
                        bst::Params params);

/// Stores a constant as it is (float, row-major) and returns its tensor index.
uint32_t addFloatConstant(const Value &constant, LoweringContext &context);

} // namespace bstc

#endif // BSTC_BACKENDS_LOWERING_H
