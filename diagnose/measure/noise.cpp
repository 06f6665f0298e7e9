#include "diagnose/measure/noise.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bstc::diagnose {

void NoiseMeter::add(llvm::ArrayRef<float> signal, llvm::ArrayRef<float> actual) {
  // Several sums side by side: a single one would wait for itself.
  constexpr size_t lanes = 8;
  std::array<double, lanes> squares = {}, differences = {};
  const auto take = [&](size_t i, size_t lane) {
    const double s = signal[i], d = double(actual[i]) - s;
    squares[lane] += s * s;
    differences[lane] += d * d;
  };
  const size_t elements = std::min(signal.size(), actual.size());
  size_t i = 0;
  for (; i + lanes <= elements; i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane)
      take(i + lane, lane);
  for (; i < elements; ++i)
    take(i, 0);
  for (size_t lane = 0; lane < lanes; ++lane) {
    signalSquares += squares[lane];
    noiseSquares += differences[lane];
  }
  count += elements;
}

void NoiseMeter::add(const NoiseMeter &other) {
  signalSquares += other.signalSquares;
  noiseSquares += other.noiseSquares;
  count += other.count;
}

double NoiseMeter::decibels() const {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (noiseSquares == 0)
    return infinity;
  const double ratio = signalSquares / noiseSquares;
  return ratio > 0 && std::isfinite(noiseSquares) ? 10 * std::log10(ratio) : -infinity;
}

template <typename T>
void CodeUse::addCodes(llvm::ArrayRef<float> floats, llvm::ArrayRef<T> codes) {
  const float scale = pair->written.scale();
  const auto zero = float(pair->written.zeroPoint());
  const float lowEnd = (float(pair->leastCode) - zero - 0.5f) * scale;
  const float highEnd = (float(pair->greatestCode) - zero + 0.5f) * scale;
  float least = count ? leastSeen : floats[0], greatest = count ? greatestSeen : floats[0];
  uint64_t below = 0, above = 0;
  for (const float x : floats) {
    below += x < lowEnd;
    above += x > highEnd;
    least = std::min(least, x);
    greatest = std::max(greatest, x);
  }
  constexpr int32_t first = std::numeric_limits<T>::min();
  std::array<std::array<uint32_t, 256>, 2> halves = {}; // Equal neighbours do not wait.
  for (size_t i = 0; i < codes.size(); ++i)
    ++halves[i % 2][size_t(int32_t(codes[i]) - first)];
  for (size_t code = 0; code < counts.size(); ++code)
    counts[code] += uint64_t(halves[0][code]) + halves[1][code];
  low += below;
  high += above;
  leastSeen = least;
  greatestSeen = greatest;
  count += codes.size();
}

void CodeUse::add(llvm::ArrayRef<float> floats, const TensorData &codes) {
  if (floats.empty())
    return;
  if (codes.type.element == ElementType::U8)
    addCodes(floats, codes.values<uint8_t>());
  else
    addCodes(floats, codes.values<int8_t>());
}

void CodeUse::add(const CodeUse &other) {
  if (other.count == 0)
    return;
  leastSeen = count ? std::min(leastSeen, other.leastSeen) : other.leastSeen;
  greatestSeen = count ? std::max(greatestSeen, other.greatestSeen) : other.greatestSeen;
  for (size_t code = 0; code < counts.size(); ++code)
    counts[code] += other.counts[code];
  count += other.count;
  low += other.low;
  high += other.high;
}

unsigned CodeUse::codesUsed() const {
  return unsigned(std::count_if(counts.begin(), counts.end(), [](uint64_t n) { return n; }));
}

template <typename T>
static std::vector<float> readAs(llvm::ArrayRef<T> codes, float scale, int32_t zero) {
  std::vector<float> reals(codes.size());
  for (size_t i = 0; i < codes.size(); ++i)
    reals[i] = float(int32_t(codes[i]) - zero) * scale;
  return reals;
}

std::vector<float> readCodes(const Pair &pair, const TensorData &codes) {
  const float scale = pair.read.scale();
  const int32_t zero = pair.read.zeroPoint();
  return codes.type.element == ElementType::U8 ? readAs(codes.values<uint8_t>(), scale, zero)
                                               : readAs(codes.values<int8_t>(), scale, zero);
}

} // namespace bstc::diagnose
