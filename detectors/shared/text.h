#ifndef BSTC_DETECTORS_SHARED_TEXT_H
#define BSTC_DETECTORS_SHARED_TEXT_H

#include "ir/graph.h"

#include <string>

namespace bstc {

/// "output0 1x255x80x80", and all outputs of a graph so, with commas between them.
std::string shapeText(const Value &value);
std::string outputsText(const Graph &graph);

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_TEXT_H
