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
enum class Origin : uint8_t {
  Stated,
  Derived,
  Assumed,
  Set, ///< By the user, with `--set`; not in files.
};
const char *originName(Origin origin);

/// What of a compiled network a number of the device decides.
enum class Decides : uint8_t {
  Times,    ///< How long operations take; another value needs no other plan to be right.
  Tiles,    ///< What fits on chip and what rides: tiles must be planned again.
  Commands, ///< Which commands there are: the network must be compiled again.
};

/// One number of a device description with what it rests on.
struct TargetField {
  std::string key; ///< "maca.clock_mhz"
  double value = 0;
  std::string unit; ///< "MHz"
  Origin origin = Origin::Assumed;
  std::string source; ///< Where it is stated, how it was derived, or why it was assumed.
  /// The least and the greatest value that it may well have; both are `value` where the file does
  /// not say.
  double low = 0, high = 0;
  bool uncertain() const { return low < high; }
  /// Is a device with more of it faster? (Clocks and rates; not cycles and quanta.)
  bool moreIsFaster = false;
  Decides decides = Decides::Times;
};

/// A device description (targets/*.json; docs/targets.md documents every field and its unit).
struct Target {
  std::string name, description;

  /// The int8 multiply-accumulate array and its two on-chip memories.
  struct Maca {
    int64_t macsPerCycle; ///< Peak of the array.
    /// The array works in blocks: extents of a convolution are rounded up to these.
    int64_t pixelQuantum, outChannelQuantum, inChannelQuantum;
    int64_t depthwiseGroup; ///< Input channels that a group costs at least (depthwise, images).
    int64_t strideFactor;   ///< MAC slots of a strided convolution over those of its output pixels.
    double clockMHz;
    int64_t dataMemoryBytes, weightMemoryBytes, weightBytesPerCycle, commandCycles;
    bool fusedAdd = false; ///< A residual sum may ride on the convolution that feeds it.
    /// Values per cycle that a table (SiLU, ...) riding on a convolution takes; 0: it cannot, it is
    /// a command of EDP.
    double fusedTableBytesPerCycle = 0;
    int64_t depthwiseMacsPerCycle = 0; ///< Of a depthwise unit; 0: they run in blocks of the array.
    /// A kernel row counts as input channels where those are fewer than inChannelQuantum.
    bool channelAugmentation = false;
    double efficiency = 1; ///< Share of its peak that the array reaches in full blocks.
    /// The pixels of a block lie in one row: the width is rounded up to pixelQuantum, not the tile.
    bool blocksInRow = false;
  } maca{};
  /// The element-wise processor.
  struct Edp {
    int64_t bytesPerCycle; ///< Element operations (8-bit) a cycle.
    double clockMHz;
    int64_t commandCycles;
    bool present = true; ///< Or nothing is placed on it.
    /// Concatenations cost nothing: their inputs are written where the result is.
    bool concatInPlace = false;
  } edp{};
  /// The float vector processor, or the host's in its place.
  struct Dsp {
    int64_t flopsPerCycle;       ///< Simple float operations.
    int64_t transcendentalFlops; ///< Simple operations that one exp, division or root is worth.
    double clockMHz;
    int64_t commandCycles;
    int64_t cores = 1; ///< Each works on another frame.
    bool host = false; ///< The host's processor takes its part.
    /// Boxes above the confidence in a picture: what a detector's tail looks at one by one.
    int64_t candidates = 300;
  } dsp{};
  /// What moves data between DRAM and the chip.
  struct Dma {
    int64_t channels = 3;       ///< Transfers at one time.
    int64_t transferCycles = 0; ///< Start of a transfer, at maca.clockMHz.
  } dma{};
  /// The memory outside and the port to it.
  struct Dram {
    int64_t bytesPerCycle;             ///< Of the port, in each direction, at maca.clockMHz.
    double gigabytesPerSecond;         ///< Of the memory, both directions together, all cores.
    double coreGigabytesPerSecond = 0; ///< Of that, for one core at most; 0: all of it.
    int64_t burstBytes = 64;           ///< The least that is moved where bytes lie apart.
  } dram{};
  /// The chip as a whole.
  struct Device {
    int64_t cores = 1;            ///< Of MACA, EDP and DMA; a frame runs on one of them.
    int64_t framesInFlight = 1;   ///< On one core; 1: a frame is a job, and jobs do not overlap.
    double frameMicroseconds = 0; ///< Between frames of a core, in which it idles: driver, start.
    /// Its compiler runs one layer after the other: only single units are cut into bands.
    bool layerByLayer = false;
    /// Maps that fit stay on chip between such layers, or all of them pass through DRAM.
    bool keepsMaps = true;
  } device{};
  /// The processor that hands frames to the device.
  struct Host {
    double frameMilliseconds = 0; ///< A frame, beside the commands; hidden behind other frames.
    /// What its processors move, all together; 0: as much as the memory gives.
    double gigabytesPerSecond = 0;
  } host{};

  std::vector<TargetField> fields; ///< Every number above, in this order, with its origin.
};

/// Names of the built-in descriptions, in alphabetical order.
std::vector<std::string> builtinTargets();
/// A built-in name or a path of a .json file. Errors name the file and the field: unknown name
/// (the known ones are listed), malformed JSON, a missing, unknown or out-of-range field, a wrong
/// unit, an unknown origin.
/// A built-in name may be followed by settings (applySettings): "bst-a1000b0,dram_gbps=12.8".
llvm::Expected<Target> loadTarget(llvm::StringRef nameOrPath);
/// The same of built-in names only: what a package says that it was compiled for, where that is no
/// description of the user's own.
llvm::Expected<Target> loadBuiltinTarget(llvm::StringRef name);
/// The same from the text of a description; `source` stands for the file in messages.
llvm::Expected<Target> parseTarget(llvm::StringRef json, llvm::StringRef source);
/// Overrides fields, each "FIELD=VALUE" (names as in docs/targets.md). Their origin becomes Set,
/// and the target's name tells: "bst-a1000b0,dram.gigabytes_per_second=12.8". Errors: no '=',
/// unknown or ambiguous field, not a number, out of range.
llvm::Error applySettings(Target &target, llvm::ArrayRef<std::string> settings);
/// Gives a field (an index of Target::fields) another value, which must be an allowed one.
void setField(Target &target, size_t index, double value);
/// The value nearest to `value` that a field (an index of Target::fields) may have: a whole number
/// where it counts something.
double nearestAllowed(const Target &target, size_t index, double value);
/// Do two descriptions say the same of the device, whatever their names and sources?
bool sameNumbers(const Target &a, const Target &b);

} // namespace bstc

#endif // BSTC_BACKENDS_TARGET_H
