#ifndef BSTC_DIAGNOSE_MEASURE_FLOAT_FORM_H
#define BSTC_DIAGNOSE_MEASURE_FLOAT_FORM_H

#include "ir/graph.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc::diagnose {

/// A copy of an imported graph, its constants folded, in which a part is computed in float: the
/// pairs whose QuantizeLinear `inFloat` names are taken out, those of weights too, so that readers
/// get the numbers from before (weights as written). Values keep their names. A pair with something
/// else than a Clip between its two nodes stays: that computes on integers. Errors: those of
/// folding.
llvm::Expected<Graph> partInFloat(const Graph &imported,
                                  llvm::function_ref<bool(llvm::StringRef quantize)> inFloat);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_MEASURE_FLOAT_FORM_H
