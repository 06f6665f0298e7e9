#ifndef BSTC_TESTS_DRIVER_VARIANTS_H
#define BSTC_TESTS_DRIVER_VARIANTS_H

#include "zoo/zoo.h"

#include <ostream>

namespace bstc::test {

/// A form of a network of the zoo.
struct Variant {
  ZooOptions::Activation activation;
  ZooOptions::Task task;
  ZooOptions::Quant quant;
  const char *name;

  ZooOptions options(int32_t size) const {
    ZooOptions zoo;
    zoo.size = size;
    zoo.activation = activation;
    zoo.task = task;
    zoo.quant = quant;
    return zoo;
  }
};

/// For the names of the tests: the parameter as memory would change with every build.
inline void PrintTo(const Variant &variant, std::ostream *stream) { *stream << variant.name; }

constexpr Variant quantisedVariants[] = {
    {ZooOptions::Activation::Relu, ZooOptions::Task::Detect, ZooOptions::Quant::S8, "ReluS8"},
    {ZooOptions::Activation::Relu, ZooOptions::Task::Detect, ZooOptions::Quant::U8, "ReluU8"},
    {ZooOptions::Activation::Relu, ZooOptions::Task::Detect, ZooOptions::Quant::Affine,
     "ReluAffine"},
    {ZooOptions::Activation::Silu, ZooOptions::Task::Detect, ZooOptions::Quant::S8, "SiluS8"},
    {ZooOptions::Activation::Silu, ZooOptions::Task::Segment, ZooOptions::Quant::Affine,
     "SiluSegmentAffine"},
    {ZooOptions::Activation::Relu, ZooOptions::Task::Segment, ZooOptions::Quant::S8,
     "ReluSegmentS8"},
};

} // namespace bstc::test

#endif // BSTC_TESTS_DRIVER_VARIANTS_H
