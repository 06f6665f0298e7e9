#ifndef BSTC_DRIVER_END_TO_END_H
#define BSTC_DRIVER_END_TO_END_H

#include "driver/file_reading.h"

#include <bst/bst.hpp>

#include <string>
#include <vector>

namespace bstc {

/// How an output of the whole program, run once from its inputs, agrees with the file's.
struct OutputFidelity {
  std::string name;
  uint64_t elements = 0;
  /// Signal to noise, dB: 10 log10(sum b^2 / sum (a - b)^2), a the program's, b the file's numbers.
  /// Infinite where they are equal; minus infinity where the file's are all 0, or where one is a
  /// number and the other is not (maxDifference is infinite then).
  double decibels = 0;
  double maxDifference = 0; ///< |a - b|.
  double greatest = 0;      ///< |b|.
  /// Below what int8 rounding can explain. Of YOLOv5 networks and classifiers trained with Q/DQ,
  /// the worst output has 21.6 dB (mask prototypes); reading one tensor at twice its scale leaves
  /// at most 6 dB, in the wrong order less than 0.
  bool isWrong() const;
  static constexpr double leastDecibels = 10;
};

/// The values to compare: the outputs of `imported`; in the place of those that come out of
/// non-maximum suppression, whose lists change order over the least rounding, what it reads.
std::vector<const Value *> comparedOutputs(const Graph &imported);

/// Runs `package` on `device`, in a session as hosts have it, and compares with the values that
/// `file` kept (those of comparedOutputs(); others are left out).
llvm::Expected<std::vector<OutputFidelity>>
compareEndToEnd(const Graph &imported, const FileReading &file, const bstrt::Package &package,
                const bstrt::Device &device, llvm::ArrayRef<TensorDataRef> inputs);

/// The comparison of one output's numbers.
OutputFidelity compareOutput(std::string name, llvm::ArrayRef<float> actual,
                             llvm::ArrayRef<float> expected);

} // namespace bstc

#endif // BSTC_DRIVER_END_TO_END_H
