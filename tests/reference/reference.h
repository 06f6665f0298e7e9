#ifndef BSTC_TESTS_REFERENCE_REFERENCE_H
#define BSTC_TESTS_REFERENCE_REFERENCE_H

#include "backends/simulator/simulator.h"

#include <memory>
#include <span>
#include <vector>

namespace bst {

/// A device that is a plain scalar transcription of backends/NUMERICS.md and the docstrings of
/// runtime/program/commands.h: nested loops, int64 and double, nothing shared with the kernels.
/// Slow; it exists to be compared with. Its name is "reference".
std::unique_ptr<Simulator> createReference();

/// What a command should have computed: runs it as the reference device does (float results are
/// computed in double and rounded once) and fills \p tolerance with the largest distance that a
/// device may have from each element of the output, in memory order. 0 means bit for bit; any
/// other number leaves the sign of a zero and the payload of a NaN open.
void runReference(const Command &command, std::span<const TensorView> inputs,
                  const TensorView &output, std::vector<double> &tolerance);

} // namespace bst

#endif // BSTC_TESTS_REFERENCE_REFERENCE_H
