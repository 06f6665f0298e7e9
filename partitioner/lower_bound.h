#ifndef BSTC_PARTITIONER_LOWER_BOUND_H
#define BSTC_PARTITIONER_LOWER_BOUND_H

#include "backends/target.h"
#include "runtime/program/program.h"

#include <algorithm>

namespace bstc {

/// The least time of a frame on a device's arrays and memory, whatever the schedule, with 8-bit
/// pictures in and boxes out: what the float operators of a file's own form cost does not count, as
/// a deployed network does without them (pictures are tables, heads are compared as integers).
/// - MACA: the cycles of each convolution as one operation: quanta and strides, no halos or starts;
/// - EDP: the elements of each command over EDP's rate; of a concatenation, inputs that have its
///   scale (they can be written in place) and results of convolutions (which can requantise what
///   they write there) cost nothing;
/// - DRAM: constants of MACA's and EDP's commands, inputs and outputs, each once, but for constants
///   that the program keeps on chip for all frames. An input that is a picture, or that is only
///   quantised, is bytes; so is an output that dequantises integers; what a detector hands over is
///   NmsOptions::maxDetections rows of a box, a score, a class and its mask coefficients in float,
///   and the integers of its prototypes.
struct LowerBound {
  double maca = 0, edp = 0, dram = 0; ///< Seconds, a mean over the cores.
  uint64_t dramBytes = 0;
  double seconds() const { return std::max({maca, edp, dram}); }
};
LowerBound lowerBoundOf(const bst::Program &program, const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_LOWER_BOUND_H
