#include "backends/simulator/ranges.h"

#include "backends/simulator/arithmetic.h"

#include <algorithm>

namespace bst {
namespace {

ValueRange wholeRange(const Tensor &tensor) {
  if (tensor.dtype != DType::S8 && tensor.dtype != DType::U8)
    return {};
  const Range range = rangeOf(tensor.dtype);
  return {range.lo, range.hi};
}

/// The range of a command's output: one overload for each that narrows it.
struct OutputRange {
  const Program &program;
  const std::pmr::vector<ValueRange> &ranges;
  const Command &command;

  const Tensor &input(size_t i) const { return program.tensors[command.inputs[i]]; }
  const Tensor &output() const { return program.tensors[command.outputs[0]]; }
  const ValueRange &range(size_t i) const { return ranges[command.inputs[i]]; }
  int32_t valueOfBits(uint8_t bits) const { return valueOf(bits, output().dtype == DType::S8); }

  ValueRange operator()(const ConvParams &params) const { return {params.clampLo, params.clampHi}; }
  ValueRange operator()(const MulParams &params) const { return {params.clampLo, params.clampHi}; }
  ValueRange operator()(const LutParams &params) const {
    const int32_t least = wholeRange(input(0)).lo;
    ValueRange result = {256, -256};
    for (int32_t x = range(0).lo; x <= range(0).hi; ++x) {
      const int32_t y = valueOfBits(params.table[size_t(x - least)]);
      result = {std::min(result.lo, y), std::max(result.hi, y)};
    }
    return result;
  }
  /// A sum is extreme where each of its terms is.
  ValueRange operator()(const AddParams &params) const {
    const auto term = [&](size_t i, int32_t multiplier, bool least) {
      const int32_t x = (multiplier > 0) == least ? range(i).lo : range(i).hi;
      return int64_t(x - input(i).zeroPoint) * multiplier;
    };
    const auto end = [&](bool least) {
      const int64_t sum = term(0, params.multiplierA, least) + term(1, params.multiplierB, least);
      return valueOfBits(offsetAndClamp(roundShift(sum, params.shift), output().zeroPoint,
                                        params.clampLo, params.clampHi));
    };
    return {end(true), end(false)};
  }
  ValueRange operator()(const ConcatParams &params) const {
    const Range whole = rangeOf(output().dtype);
    ValueRange result = {256, -256};
    for (size_t i = 0; i < command.inputs.size(); ++i) {
      const auto end = [&](int32_t x) {
        return params.copy[i] ? x
                              : valueOfBits(offsetAndClamp(
                                    requantize(x - input(i).zeroPoint, params.requant[i]),
                                    output().zeroPoint, whole.lo, whole.hi));
      };
      result = {std::min(result.lo, end(range(i).lo)), std::max(result.hi, end(range(i).hi))};
    }
    return result;
  }
  ValueRange operator()(const MaxPoolParams &) const { return range(0); }
  ValueRange operator()(const ResizeParams &) const { return range(0); }
  template <class Other> ValueRange operator()(const Other &) const { return wholeRange(output()); }
};

} // namespace

std::pmr::vector<ValueRange> valueRanges(const Program &program, Memory *memory) {
  std::pmr::vector<ValueRange> ranges(memory);
  ranges.reserve(program.tensors.size());
  for (const Tensor &tensor : program.tensors)
    ranges.push_back(wholeRange(tensor));
  for (const Command &command : program.commands)
    ranges[command.outputs[0]] = std::visit(OutputRange{program, ranges, command}, command.params);
  return ranges;
}

} // namespace bst
