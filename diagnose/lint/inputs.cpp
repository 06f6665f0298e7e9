// The range of the pictures that go in.
#include "diagnose/lint/report.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace bstc::diagnose {

/// Only normalises or rearranges a picture: one operand is not constant.
static bool preparesPictures(const Layer &layer) {
  constexpr OpKind kinds[] = {OpKind::Div, OpKind::Mul,  OpKind::Sub,
                              OpKind::Add, OpKind::Cast, OpKind::Picture};
  return passesOn(layer) || layer.op == OpKind::Concat || llvm::is_contained(kinds, layer.op);
}

/// Whether a tensor holds the picture, maybe normalised and rearranged.
static bool holdsPicture(const Facts &facts, const QuantisedTensor &tensor) {
  std::vector<int> open = {tensor.maker};
  if (tensor.maker < 0)
    return tensor.input >= 0 && facts.network.inputs[size_t(tensor.input)].type.rank() == 4;
  while (!open.empty()) {
    const int index = open.back();
    open.pop_back();
    if (index < 0)
      continue;
    if (!preparesPictures(facts.layer(index)))
      return false;
    for (const Wire &wire : facts.layer(index).inputs)
      if (!wire.pairs.empty())
        return false; // The pair before is the one that counts.
      else if (!wire.constant)
        open.push_back(wire.layer);
  }
  return true;
}

/// Greatest weight of the layers that read the picture: small ones have 1/255 folded into them.
static float firstWeights(const Facts &facts, const QuantisedTensor &tensor) {
  float most = 0;
  for (int reader : tensor.readers)
    if (auto found = facts.weights.find(reader); found != facts.weights.end())
      for (float greatest : found->second.greatest)
        most = std::max(most, greatest);
  return most;
}

/// Codes that [0, 1] has.
static int codesOfUnit(const Pair &pair) {
  const double scale = pair.written.scale(), zero = pair.written.zeroPoint();
  const double first = std::max(zero, double(pair.leastCode));
  const double last = std::min(zero + std::nearbyint(1 / scale), double(pair.greatestCode));
  return int(std::max(0.0, last - first + 1));
}

void findInputRange(const Facts &facts, Report &report) {
  for (const QuantisedTensor &tensor : facts.tensors) {
    const Pair &pair = *tensor.pair;
    if (pair.quantize.empty() || report.isBlamed(pair) || !holdsPicture(facts, tensor))
      continue;
    const float least = pair.least(), greatest = pair.greatest(), scale = pair.written.scale();
    const bool unsignedScale = pair.element == ElementType::S8 && pair.written.zeroPoint() == 0 &&
                               std::fabs(scale * 255 - 1) < 0.02f;
    const std::string range = "covers " + shown(least) + " to " + shown(greatest);
    Suspect suspect{"", pair.quantize, "", 8};
    Certainty certainty = Certainty::Likely;
    if (unsignedScale) {
      suspect.detail = "the input's scale is 1/255, which is for uint8; as int8 it " + range +
                       ": brighter pixels are cut off. The scale for [0, 1] is 1/127";
      suspect.weight = 15;
    } else if (!facts.isDetector) {
      continue; // Classifiers take pictures in many ranges.
    } else if (greatest < 0.8f) {
      suspect.detail = "the input " + range + ", pictures go to 1: brighter pixels are cut off";
      suspect.weight = 15;
    } else if (greatest > 100 && firstWeights(facts, tensor) > 0.1f) {
      suspect.detail = "the input " + range + ", as if it were calibrated with pixels from 0 to " +
                       "255; pictures in [0, 1] have " + std::to_string(codesOfUnit(pair)) +
                       " of 256 codes. Divide by 255 in calibration, too";
      suspect.weight = 25;
    } else if (greatest > (facts.powersOfTwo ? 2.1f : 1.3f) && greatest < 100) {
      // Pictures normalised by ImageNet's mean and deviation reach 2.64.
      if (greatest > 2.2f && greatest < 2.75f)
        certainty = Certainty::Possible;
      suspect.detail = "the input " + range + "; pictures in [0, 1] have only " +
                       std::to_string(codesOfUnit(pair)) + " of 256 codes";
    } else if (least > 0.02f) {
      suspect.detail = "the input " + range + ": darker pixels are cut off";
    } else {
      continue;
    }
    report.blame(pair);
    report.add(Code::InputRange,
               certainty == Certainty::Possible ? Severity::Warning : Severity::Error, certainty,
               {suspect}, "Calibrate with the preprocessing that is deployed");
  }
}

} // namespace bstc::diagnose
