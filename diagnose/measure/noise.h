#ifndef BSTC_DIAGNOSE_MEASURE_NOISE_H
#define BSTC_DIAGNOSE_MEASURE_NOISE_H

#include "diagnose/network/network.h"

#include <array>
#include <cstdint>

namespace bstc::diagnose {

/// Signal to quantisation noise, over any number of arrays.
class NoiseMeter {
public:
  /// \p signal: the numbers as they should be; \p actual: as many, as they are.
  void add(llvm::ArrayRef<float> signal, llvm::ArrayRef<float> actual);
  void add(const NoiseMeter &other);
  bool empty() const { return count == 0; }
  /// 10 log10(sum s^2 / sum (a - s)^2), dB. Infinite where all are equal; minus infinity where only
  /// the signal is 0 throughout, or a number is none.
  double decibels() const;
  double signalPower() const { return signalSquares; } ///< Sum of squares.
  double noisePower() const { return noiseSquares; }

private:
  double signalSquares = 0, noiseSquares = 0;
  uint64_t count = 0;
};

/// How a tensor uses the codes of its quantiser.
class CodeUse {
public:
  CodeUse() = default;
  explicit CodeUse(const Pair &pair) : pair(&pair) {}

  /// \p floats: before the QuantizeLinear; \p codes: what it makes of them, of the pair's type.
  void add(llvm::ArrayRef<float> floats, const TensorData &codes);
  void add(const CodeUse &other);

  uint64_t elements() const { return count; }
  /// How often each code occurred, from the type's least one.
  llvm::ArrayRef<uint64_t> histogram() const { return counts; }
  /// Different codes that occurred.
  unsigned codesUsed() const;
  /// Shares (0 to 1) of elements that the range cuts off: their code is the least or the greatest,
  /// and the number itself lies beyond the range of that code's rounding. A number that is just at
  /// the end of the range is not cut off: so a ReLU's zero never is, whatever its code.
  double lowShare() const { return count ? double(low) / double(count) : 0; }
  double highShare() const { return count ? double(high) / double(count) : 0; }
  /// The numbers themselves, before quantisation.
  float least() const { return leastSeen; }
  float greatest() const { return greatestSeen; }

private:
  template <typename T> void addCodes(llvm::ArrayRef<float> floats, llvm::ArrayRef<T> codes);

  const Pair *pair = nullptr;
  std::array<uint64_t, 256> counts = {}; ///< By code, from the type's least one.
  uint64_t count = 0, low = 0, high = 0;
  float leastSeen = 0, greatestSeen = 0;
};

/// What the DequantizeLinear of a pair makes of codes.
std::vector<float> readCodes(const Pair &pair, const TensorData &codes);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_MEASURE_NOISE_H
