#include "diagnose/diff/weight_forms.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bstc::diagnose {
namespace {

/// Less than that is the same channel, after rounding or some training.
constexpr double near = 0.1;

/// Weights along one axis: channel c has the elements at offset + c * inner, `inner` each, repeated
/// every channels * inner.
struct Channels {
  size_t count = 1, inner = 1;

  Channels(const Shape &shape, size_t axis) {
    count = size_t(shape[axis]);
    for (size_t i = axis + 1; i < shape.size(); ++i)
      inner *= size_t(shape[i]);
  }
  std::vector<float> channel(llvm::ArrayRef<float> numbers, size_t index) const {
    std::vector<float> values;
    for (size_t start = index * inner; start < numbers.size(); start += count * inner)
      llvm::append_range(values, numbers.slice(start, inner));
    return values;
  }
  std::vector<std::vector<float>> all(llvm::ArrayRef<float> numbers) const {
    std::vector<std::vector<float>> values;
    for (size_t c = 0; c < count; ++c)
      values.push_back(channel(numbers, c));
    return values;
  }
};

using Table = std::vector<std::vector<float>>;

double norm(llvm::ArrayRef<float> values) {
  double sum = 0;
  for (const float value : values)
    sum += double(value) * value;
  return std::sqrt(sum);
}

/// Which channel of `a` each channel of `b` is; empty: not all are one. Channels of other norms are
/// not looked at.
std::vector<size_t> permutationOf(const Table &a, const Table &b) {
  std::vector<std::pair<double, size_t>> byNorm;
  for (size_t c = 0; c < a.size(); ++c)
    byNorm.push_back({norm(a[c]), c});
  llvm::sort(byNorm);
  std::vector<size_t> from;
  std::vector<bool> taken(a.size());
  for (const std::vector<float> &channel : b) {
    const double size = norm(channel);
    auto candidate = std::lower_bound(byNorm.begin(), byNorm.end(),
                                      std::pair<double, size_t>(size * (1 - near), 0));
    double best = near;
    size_t found = a.size();
    for (; candidate != byNorm.end() && candidate->first <= size * (1 + near); ++candidate)
      if (!taken[candidate->second])
        if (const double distance = relativeDistance(a[candidate->second], channel);
            distance <= best) {
          best = distance;
          found = candidate->second;
        }
    if (found == a.size())
      return {};
    taken[found] = true;
    from.push_back(found);
  }
  return from;
}

/// "moved by 1", "in the reverse order", "in another order".
std::string orderText(llvm::ArrayRef<size_t> from) {
  const size_t count = from.size();
  bool reversed = true, rolled = true;
  for (size_t c = 0; c < count; ++c) {
    reversed &= from[c] == count - 1 - c;
    rolled &= (from[c] + (count - from[0])) % count == c;
  }
  if (reversed)
    return "in the reverse order";
  if (!rolled)
    return "in another order";
  const size_t forward = (count - from[0]) % count;
  std::string text = "moved by ";
  if (forward * 2 > count)
    text.append("-").append(std::to_string(count - forward));
  else
    text += std::to_string(forward);
  return text;
}

bool isMoved(llvm::ArrayRef<size_t> from) {
  for (size_t c = 0; c < from.size(); ++c)
    if (from[c] != c)
      return true;
  return false;
}

/// The factors that make each channel of `b` of that of `a`, if they leave nearly nothing.
std::optional<WeightForm> scaled(const Table &a, const Table &b) {
  double residual = 0, total = 0, least = 1e30, greatest = -1e30;
  for (size_t c = 0; c < a.size(); ++c) {
    double products = 0, squares = 0;
    for (size_t i = 0; i < a[c].size(); ++i) {
      products += double(a[c][i]) * b[c][i];
      squares += double(a[c][i]) * a[c][i];
    }
    const double factor = squares > 0 ? products / squares : 0;
    for (size_t i = 0; i < a[c].size(); ++i)
      residual += std::pow(b[c][i] - factor * a[c][i], 2);
    total += std::pow(norm(b[c]), 2);
    least = std::min(least, factor);
    greatest = std::max(greatest, factor);
  }
  if (a[0].size() < 2 || !(residual <= 0.05 * 0.05 * total))
    return std::nullopt;
  return WeightForm{EditKind::ChannelsScaled,
                    greatest - least < 1e-3 * std::fabs(greatest)
                        ? "all weights are A's times " + numberText(greatest)
                        : "each output channel is A's times a factor of its own, " +
                              numberText(least) + " to " + numberText(greatest)};
}

} // namespace

std::optional<WeightForm> findForm(const Weights &weights, llvm::ArrayRef<float> a,
                                   llvm::ArrayRef<float> b) {
  if (weights.shape.size() < 2 || a.empty() || a.size() != b.size())
    return std::nullopt;
  const auto outAxis = size_t(weights.outAxis), inAxis = outAxis == 0 ? size_t(1) : size_t(0);
  const Channels outputs(weights.shape, outAxis), inputs(weights.shape, inAxis);
  const Table outA = outputs.all(a), outB = outputs.all(b);
  if (const std::vector<size_t> from = permutationOf(outA, outB); isMoved(from))
    return WeightForm{EditKind::OutputChannelsMoved, "the output channels are " + orderText(from)};
  if (inputs.count > 1) {
    const std::vector<size_t> from = permutationOf(inputs.all(a), inputs.all(b));
    if (isMoved(from)) {
      const std::string order = orderText(from);
      const bool colours = inputs.count == 3 && order == "in the reverse order";
      return WeightForm{colours ? EditKind::InputChannelsReversed : EditKind::InputChannelsMoved,
                        "the input channels are " + order + (colours ? " (RGB and BGR)" : "")};
    }
  }
  return scaled(outA, outB);
}

} // namespace bstc::diagnose
