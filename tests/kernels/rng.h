#ifndef BSTC_TESTS_KERNELS_RNG_H
#define BSTC_TESTS_KERNELS_RNG_H

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <random>

namespace bst::problems {

/// Random numbers that are the same with every standard library: only the engine is std's, whose
/// sequence the C++ standard fixes; its distributions are not fixed.
class Rng {
public:
  explicit Rng(uint64_t seed) : engine(seed) {}

  uint64_t next() { return engine(); }
  /// Uniform in [lo, hi].
  int64_t between(int64_t lo, int64_t hi) {
    return lo + int64_t(next() % (uint64_t(hi) - uint64_t(lo) + 1));
  }
  bool chance(int percent) { return between(0, 99) < percent; }
  /// Uniform in [lo, hi).
  double real(double lo, double hi) { return lo + (hi - lo) * double(next() >> 11) * 0x1p-53; }
  /// In [lo, hi], lo >= 1; each power of two as likely as the next.
  int64_t logarithmic(int64_t lo, int64_t hi) {
    const double drawn = std::exp2(real(std::log2(double(lo)), std::log2(double(hi) + 1)));
    return std::min(hi, std::max(lo, int64_t(drawn)));
  }
  int64_t pick(std::initializer_list<int64_t> values) {
    return values.begin()[between(0, int64_t(values.size()) - 1)];
  }

private:
  std::mt19937_64 engine;
};

} // namespace bst::problems

#endif // BSTC_TESTS_KERNELS_RNG_H
