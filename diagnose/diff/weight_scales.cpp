// Scales of weights, and how weights fill their codes.
#include "diagnose/diff/finders.h"
#include "diagnose/diff/outliers.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc::diagnose {
namespace {

std::string schemeText(const Weights &weights) {
  const Quantisation &quant = weights.pair->written;
  std::string text = weights.pair->element == ElementType::U8 ? "uint8" : "int8";
  if (quant.perTensor() && weights.channels() > 1)
    text += " with one scale";
  else
    text.append(" with scales along axis ").append(std::to_string(std::max(quant.axis, 0)));
  const bool affine = llvm::any_of(quant.zeroPoints, [](int32_t zero) { return zero != 0; });
  return text + (affine ? " and zero points" : ", zero points 0");
}

/// What the greatest weight of a typical channel is in steps of its scale: about 127 where scales
/// fit. And the share of weights that have no code.
struct Fit {
  double reach = 0, saturated = 0;
};

Fit fitOf(const Weights &weights) {
  const Quantisation &quant = weights.pair->written;
  const llvm::ArrayRef<float> numbers = weights.floats->values<float>();
  size_t inner = 1;
  const auto axis = size_t(std::max(quant.axis, 0));
  for (size_t i = axis + 1; i < weights.shape.size(); ++i)
    inner *= size_t(weights.shape[i]);
  const size_t channels = quant.scales.size();
  std::vector<double> reaches(channels);
  size_t beyond = 0;
  for (size_t start = 0; start < numbers.size(); start += inner) {
    const size_t channel = start / inner % channels;
    const double scale = quant.scales[channel], zero = quant.zeroPoints[channel];
    for (const float number : numbers.slice(start, inner)) {
      const double code = number / scale + zero;
      reaches[channel] = std::max(reaches[channel], std::fabs(double(number)) / scale);
      beyond += code > weights.pair->greatestCode + 1 || code < weights.pair->leastCode - 1;
    }
  }
  return {medianOf(reaches), double(beyond) / double(numbers.size())};
}

void compareFit(const Compared &compared, const Place &place, Changes &changes) {
  const Weights &x = *compared.a.layers[size_t(place.a)].weights;
  const Weights &y = *compared.b.layers[size_t(place.b)].weights;
  if (!x.floats || !y.floats || x.pair->written == y.pair->written)
    return;
  const Fit a = fitOf(x), b = fitOf(y);
  constexpr double usual = 1.2; // Training between two runs of an observer.
  const double ratio = b.reach / a.reach;
  if (!(ratio > usual || ratio < 1 / usual))
    return;
  Change change{EditKind::WeightScale, place, "", "", ""};
  change.place.amount = 1 / ratio;
  change.text = "the scales of " + layerText(compared.b, place.b) +
                "'s weights do not fit them in B: the greatest weight of a channel is " +
                numberText(b.reach) + " steps of 127 (" + numberText(a.reach) + " in A), " +
                percentText(b.saturated) + " of the weights have no code";
  change.key = timesText(ratio, "");
  changes.push_back(std::move(change));
}

/// Of a quantised network, the other being float: weights that have no code.
void checkFit(const Compared &compared, const Place &place, Changes &changes) {
  const bool inB = compared.b.quantised;
  const Layer &layer =
      inB ? compared.b.layers[size_t(place.b)] : compared.a.layers[size_t(place.a)];
  const Weights &weights = *layer.weights;
  if (!weights.pair || !weights.floats)
    return;
  constexpr double usual = 1e-3;
  const Fit fit = fitOf(weights);
  if (fit.saturated > usual)
    changes.push_back({EditKind::WeightScale, place,
                       "the scales of " + layerText(compared.b, place.b) +
                           "'s weights do not fit them in " + (inB ? "B: " : "A: ") +
                           percentText(fit.saturated) + " of the weights have no code",
                       "", ""});
}

void compareLayer(const Compared &compared, const Place &place, Changes &changes) {
  const Weights &x = *compared.a.layers[size_t(place.a)].weights;
  const Weights &y = *compared.b.layers[size_t(place.b)].weights;
  const std::string name = layerText(compared.b, place.b);
  if (compared.a.quantised != compared.b.quantised)
    return checkFit(compared, place, changes);
  if (x.pair.has_value() != y.pair.has_value()) {
    changes.push_back({x.pair ? EditKind::PairRemoved : EditKind::PairAdded, place,
                       "the weights of " + name + " are quantised in " +
                           (x.pair ? "A, float in B" : "B, float in A"),
                       "weights", ""});
    return;
  }
  if (!x.pair)
    return;
  if (x.pair->agrees() != y.pair->agrees())
    changes.push_back({EditKind::PairContradicts, place,
                       "the DequantizeLinear of " + name +
                           "'s weights does not say what its "
                           "QuantizeLinear says in " +
                           (x.pair->agrees() ? "B; in A it does" : "A; in B it does"),
                       "weights", ""});
  const std::string inA = schemeText(x), inB = schemeText(y);
  if (inA != inB)
    changes.push_back({EditKind::WeightScheme, place,
                       "the weights of " + name + " are " + inB + " in B, " + inA + " in A",
                       inA + ">" + inB, ""});
  else if (x.shape == y.shape)
    compareFit(compared, place, changes);
}

} // namespace

void findWeightScales(const Compared &compared, Changes &changes) {
  for (size_t i = 0; i < compared.a.layers.size(); ++i) {
    const int j = compared.matching.toB[i];
    if (j >= 0 && compared.a.layers[i].weights && compared.b.layers[size_t(j)].weights)
      compareLayer(compared, Place{compared.b.layers[size_t(j)].path, int(i), j, 0, -1, {}, {}, 0},
                   changes);
  }
}

} // namespace bstc::diagnose
