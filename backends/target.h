#ifndef BSTC_BACKENDS_TARGET_H
#define BSTC_BACKENDS_TARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bstc {

/// How sure a number of a device description is.
enum class Origin : uint8_t { Stated, Derived, Assumed };
const char *originName(Origin origin);

/// One number of a device description with what it rests on.
struct TargetField {
  std::string key; ///< "maca.clock_mhz"
  double value = 0;
  std::string unit; ///< "MHz"
  Origin origin = Origin::Assumed;
  std::string source; ///< Where it is stated, how it was derived, or why it was assumed.
};

/// A device description (targets/*.json; docs/targets.md documents every field and its unit).
struct Target {
  std::string name, description;

  struct Maca {
    int64_t macsPerCycle; ///< Peak of the array.
    /// The array works in blocks: extents of a convolution are rounded up to these.
    int64_t pixelQuantum, outChannelQuantum, inChannelQuantum;
    int64_t depthwiseGroup; ///< Input channels that a group costs at least (depthwise, images).
    int64_t strideFactor;   ///< MAC slots of a strided convolution over those of its output pixels.
    double clockMHz;
    int64_t dataMemoryBytes, weightMemoryBytes, weightBytesPerCycle, commandCycles;
  } maca{};
  struct Edp {
    int64_t bytesPerCycle; ///< Element operations (8-bit) a cycle.
    double clockMHz;
    int64_t commandCycles;
  } edp{};
  struct Dsp {
    int64_t flopsPerCycle;       ///< Simple float operations.
    int64_t transcendentalFlops; ///< Simple operations that one exp, division or root is worth.
    double clockMHz;
    int64_t commandCycles;
  } dsp{};
  struct Dram {
    int64_t bytesPerCycle;     ///< Of the port, in each direction, at maca.clockMHz.
    double gigabytesPerSecond; ///< Of the memory, both directions together.
  } dram{};

  std::vector<TargetField> fields; ///< Every number above, in this order, with its origin.
};

/// Names of the built-in descriptions, in alphabetical order.
std::vector<std::string> builtinTargets();
/// A built-in name or a path of a .json file. Errors name the file and the field: unknown name
/// (the known ones are listed), malformed JSON, a missing, unknown or out-of-range field, a wrong
/// unit, an unknown origin.
llvm::Expected<Target> loadTarget(llvm::StringRef nameOrPath);
/// The same from the text of a description; `source` stands for the file in messages.
llvm::Expected<Target> parseTarget(llvm::StringRef json, llvm::StringRef source);

} // namespace bstc

#endif // BSTC_BACKENDS_TARGET_H
