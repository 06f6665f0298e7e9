#ifndef BSTC_FRONTEND_EVALUATE_H
#define BSTC_FRONTEND_EVALUATE_H

#include "ir/graph.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace bstc {

/// Runs `graph` with the float references of its operators, Q/DQ as ONNX defines them. `inputs` are
/// in the order of graph.inputs(). Returns the outputs in order. `observer`, when given, sees every
/// value that a node makes, right after it was made; memory of a value is freed after its last use.
/// Errors: an input that does not fit, an operator without a reference; they name the node.
llvm::Expected<std::vector<TensorDataRef>>
evaluate(const Graph &graph, llvm::ArrayRef<TensorDataRef> inputs,
         llvm::function_ref<void(const Value &, const TensorDataRef &)> observer = nullptr);

} // namespace bstc

#endif // BSTC_FRONTEND_EVALUATE_H
