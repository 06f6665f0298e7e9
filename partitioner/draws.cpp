#include "partitioner/draws.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace bstc {
namespace {

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): whole
/// numbers only, so that it gives the same on every machine.
class Generator {
public:
  explicit Generator(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t mixed = state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  /// From 0 to below 1.
  double share() { return double(next() >> 11) * 0x1p-53; }
  /// From 0 to `count` - 1; the bias of the remainder is far below what draws can show.
  size_t below(size_t count) { return size_t(next() % count); }

private:
  uint64_t state;
};

constexpr uint64_t seed = 2026;

/// FNV-1a.
uint64_t hashOf(llvm::StringRef text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : text)
    hash = (hash ^ uint8_t(c)) * 0x100000001b3;
  return hash;
}

/// Where the draws of a field are between its ends, 0 to 1: one in each of drawCount intervals.
std::vector<double> strata(llvm::StringRef key) {
  Generator generator(seed ^ hashOf(key));
  std::vector<double> shares(drawCount);
  for (size_t i = 0; i < drawCount; ++i)
    shares[i] = (double(i) + generator.share()) / double(drawCount);
  for (size_t i = drawCount - 1; i > 0; --i)
    std::swap(shares[i], shares[generator.below(i + 1)]);
  return shares;
}

/// `value` with the digits in which machines agree.
double rounded(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.5e", value);
  return std::strtod(text.c_str(), nullptr);
}

double between(const TargetField &field, double share) {
  if (field.low <= 0)
    return rounded(field.low + (field.high - field.low) * share);
  return std::clamp(rounded(field.low * std::pow(field.high / field.low, share)), field.low,
                    field.high);
}

double valueAt(const TargetField &field, double share) {
  if (llvm::StringRef(field.key).endswith("_quantum"))
    return share < 0.5 ? field.low : field.high;
  if (field.decides != Decides::Times)
    return share < 1.0 / 3 ? field.low : share < 2.0 / 3 ? field.value : field.high;
  return between(field, share);
}

} // namespace

std::vector<double> drawField(const Target &target, size_t field) {
  std::vector<double> values;
  for (double share : strata(target.fields[field].key))
    values.push_back(nearestAllowed(target, field, valueAt(target.fields[field], share)));
  return values;
}

std::vector<Target> drawTargets(const Target &target) {
  std::vector<Target> devices;
  for (size_t field = 0; field < target.fields.size(); ++field) {
    if (!target.fields[field].uncertain())
      continue;
    devices.resize(drawCount, target);
    const std::vector<double> values = drawField(target, field);
    for (size_t draw = 0; draw < drawCount; ++draw)
      setField(devices[draw], field, values[draw]);
  }
  return devices;
}

double quantile(std::vector<double> values, double share) {
  if (values.empty())
    return 0;
  llvm::sort(values);
  const double at = share * double(values.size() - 1);
  const auto below = size_t(at);
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (at - double(below));
}

std::optional<FpsDifference> differenceOf(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b) {
  if (a.size() != b.size())
    return std::nullopt;
  std::vector<double> changes;
  FpsDifference result;
  for (size_t draw = 0; draw < a.size(); ++draw) {
    if (a[draw] <= 0 || b[draw] <= 0)
      continue;
    changes.push_back(b[draw] / a[draw] - 1);
    // Rounding of sums of times is no difference.
    result.faster += changes.back() > 1e-9;
    result.slower += changes.back() < -1e-9;
  }
  if (changes.empty())
    return std::nullopt;
  result.faster /= double(changes.size());
  result.slower /= double(changes.size());
  result.low = quantile(changes, bandTail);
  result.high = quantile(std::move(changes), 1 - bandTail);
  return result;
}

} // namespace bstc
