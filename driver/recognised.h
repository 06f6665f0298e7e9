#ifndef BSTC_DRIVER_RECOGNISED_H
#define BSTC_DRIVER_RECOGNISED_H

#include "detectors/predictions.h"

namespace bstc {

/// The outputs of an imported graph that are what a detector's decode gives, in their order. Found
/// by what the graph computes (the passes up to recogniseDecode, on a copy), never by an output's
/// shape. Errors are the passes'.
llvm::Expected<std::vector<Predictions>> recognisedPredictions(const Graph &graph);

} // namespace bstc

#endif // BSTC_DRIVER_RECOGNISED_H
