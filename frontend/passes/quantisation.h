#ifndef BSTC_FRONTEND_PASSES_QUANTISATION_H
#define BSTC_FRONTEND_PASSES_QUANTISATION_H

#include "ir/graph.h"

namespace bstc {

/// Nodes in the form that settle-quantisation leaves: one operand, parameters in the type of the
/// integers. Names of values are made unique.

/// A Dequantize of `integers`, whose type says how.
Value *addDequantize(Graph &graph, std::string node, Value *integers, llvm::StringRef name);
/// A Quantize of the float `real` to `element` (s8 or u8).
Value *addQuantize(Graph &graph, std::string node, Value *real, ElementType element,
                   const Quantisation &quant, llvm::StringRef name);
/// The integers of `value` as `quant` takes them: itself where its type says so, a Reinterpret of
/// it (one for all who ask) where not.
Value *reinterpreted(Graph &graph, std::string node, Value *value, const Quantisation &quant,
                     llvm::StringRef name);

/// A function of one element that fuses or becomes a table: ReLU, SiLU, ...
bool isActivation(OpKind op);

/// Dequantize and Quantize by `quant`, one scale, give every integer back.
bool isExact(const Quantisation &quant);

} // namespace bstc

#endif // BSTC_FRONTEND_PASSES_QUANTISATION_H
