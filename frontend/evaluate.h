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

/// What evaluateValues() asks for a value that may be known already; null: it is not.
using KnownValues = llvm::function_ref<TensorDataRef(const Value &)>;
/// Sees every value that a node makes, right after it was made, and may put another array of the
/// same type in its place, which everything that reads the value gets then.
using ValueHook = llvm::function_ref<void(const Value &, TensorDataRef &)>;

/// The values `wanted`, in their order. Only nodes between them and what is known are evaluated,
/// each once; a wanted value may be known itself. Errors: evaluate()'s, and an input of the graph
/// that is needed, but not known.
llvm::Expected<std::vector<TensorDataRef>> evaluateValues(const Graph &graph,
                                                          llvm::ArrayRef<const Value *> wanted,
                                                          KnownValues known,
                                                          ValueHook hook = nullptr);

} // namespace bstc

#endif // BSTC_FRONTEND_EVALUATE_H
