#ifndef BSTC_TESTS_PARTITIONER_RANDOM_PROGRAM_H
#define BSTC_TESTS_PARTITIONER_RANDOM_PROGRAM_H

#include "runtime/program/program.h"

#include <memory>

namespace bstc::test {

/// A program and the weights it points to.
struct RandomProgram {
  bst::Program program;
  std::shared_ptr<std::vector<std::byte>> weights;
  std::vector<uint32_t> roots; ///< For each tensor the one whose bytes it names.
};

/// A valid program of random int8 commands on random maps: convolutions of every geometry (groups,
/// strides, dilation, uneven padding), pools, resizes, sums, products, tables and concatenations
/// along every axis, with maps that are read more than once or by another name, batches, and
/// outputs in the middle. Every tensor that is not another's name has bytes of its own.
RandomProgram randomProgram(unsigned seed);

} // namespace bstc::test

#endif // BSTC_TESTS_PARTITIONER_RANDOM_PROGRAM_H
