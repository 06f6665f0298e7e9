#include "diagnose/measure/measured_findings.h"
#include "diagnose/findings/median.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace bstc::diagnose {

static std::string number(double value, const char *format = "%.3g") {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(format, value);
  return text;
}
static std::string percent(double share) {
  return number(100 * share, share < 0.1 ? "%.2g" : "%.0f") + "%";
}
static std::string dB(double decibels) { return number(decibels, "%.1f") + " dB"; }

/// The median of all but one of the values.
static double medianOfOthers(std::vector<double> values, size_t without) {
  values.erase(values.begin() + long(without));
  return medianOf(std::move(values));
}

namespace {

/// Goes through what was measured, rule by rule; a tensor gets one finding.
class Search {
public:
  Search(const Measurement &measurement, const Measures &measures, const MeasureLimits &limits)
      : measurement(measurement), network(measurement.network()), tensors(measurement.tensors()),
        measures(measures), limits(limits), explained(tensors.size()) {}
  std::vector<Finding> run();

private:
  const TensorMeasure &at(size_t row) const { return measures.tensors[row]; }
  Finding &add(Code code, size_t row, double decibels, std::string text);
  void findOtherTraining(llvm::ArrayRef<double> differences);
  void findWeights();
  void findBias(const WeightDifference &difference);
  int rowOf(int layer) const;
  bool findInput(size_t row);
  bool findMismatch(size_t row);
  void findRegions();
  bool isInRegion(size_t row) const;
  void addRegion(llvm::ArrayRef<size_t> rows);
  bool findSaturation(size_t row);
  bool findFewCodes(size_t row);
  bool findNoise(size_t row);
  bool findColumns(size_t row);
  bool findWeightNoise(size_t row);
  bool findDeviation(size_t row);
  bool isBehindFinding(size_t row) const;
  std::string operatorText(size_t row) const;
  void findHeadRange(size_t row);

  const Measurement &measurement;
  const Network &network;
  llvm::ArrayRef<MeasuredTensor> tensors;
  const Measures &measures;
  const MeasureLimits &limits;
  std::vector<bool> explained; ///< By row: a finding says why it is bad.
  std::vector<Finding> findings;
};

} // namespace

/// \p decibels: what is left of the tensor; decides how bad it is.
Finding &Search::add(Code code, size_t row, double decibels, std::string text) {
  const MeasuredTensor &tensor = tensors[row];
  const bool isError = decibels < limits.errorDecibels;
  Finding finding;
  finding.code = code;
  finding.severity = isError ? Severity::Error : Severity::Warning;
  finding.certainty = Certainty::Likely;
  finding.layer = tensor.path;
  finding.node = tensor.node;
  finding.text = tensor.path + ": " + std::move(text);
  finding.weight = 60 - std::clamp(decibels, -20.0, 60.0);
  finding.decibels = decibels;
  explained[row] = true;
  findings.push_back(std::move(finding));
  return findings.back();
}

/// The last row that a layer with weights is part of (its activation's), else -1.
int Search::rowOf(int layer) const {
  int found = -1;
  for (size_t row = 0; row < tensors.size(); ++row)
    if (tensors[row].weighted == layer && (found < 0 || tensors[row].layer == layer))
      found = int(row);
  return found;
}

void Search::findBias(const WeightDifference &difference) {
  const int row = rowOf(difference.layer);
  const NoiseMeter &meter = at(size_t(row)).replaced;
  Finding &finding = add(
      Code::BiasDiffers, size_t(row), meter.empty() ? 0 : meter.decibels(),
      difference.biasLost ? "its bias is 0 throughout, but not that of the reference"
                          : "its bias is off from the reference's by " + percent(difference.bias));
  finding.text += meter.empty() ? ""
                                : "; fed the same numbers, " + dB(meter.decibels()) +
                                      " of the reference's layer are left";
  finding.certainty = difference.biasLost ? Certainty::Certain : Certainty::Likely;
}

/// Where most weights are others, comparisons with the reference say little: said once.
void Search::findOtherTraining(llvm::ArrayRef<double> differences) {
  std::vector<double> sorted = differences.vec();
  llvm::sort(sorted);
  if (sorted.empty() || sorted[sorted.size() / 2] <= limits.othersDifference)
    return;
  Finding finding;
  finding.code = Code::WeightsDiffer;
  finding.severity = Severity::Note;
  finding.certainty = Certainty::Likely;
  finding.text = "the reference is of another training: half of the layers' weights differ by " +
                 percent(sorted[sorted.size() / 2]) +
                 " and more, so that comparisons with it say little";
  findings.push_back(std::move(finding));
}

/// Weights and biases that stick out of the differences that training makes.
void Search::findWeights() {
  const std::vector<WeightDifference> differences = weightDifferences(measurement);
  std::vector<double> weights, biases;
  for (const WeightDifference &difference : differences) {
    weights.push_back(difference.weights);
    biases.push_back(difference.bias);
  }
  findOtherTraining(weights);
  for (size_t i = 0; i < differences.size(); ++i) {
    const WeightDifference &difference = differences[i];
    const double usual = medianOfOthers(weights, i), usualBias = medianOfOthers(biases, i);
    const int row = rowOf(difference.layer);
    if (row < 0)
      continue;
    if (difference.weights > limits.weightsDifference && usual < limits.othersDifference) {
      const NoiseMeter &meter = at(size_t(row)).replaced;
      std::string text = "its weights differ from the reference's by " +
                         percent(difference.weights) + " (other layers: " + percent(usual) + ")";
      if (difference.permutedFirst >= 0)
        text += "; they are the same ones in another order: the reference's channel " +
                std::to_string(difference.permutedFirst) + " is elsewhere here";
      add(Code::WeightsDiffer, size_t(row), meter.empty() ? 0 : meter.decibels(), std::move(text));
    } else if (difference.bias > limits.biasDifference && usualBias < limits.othersDifference) {
      findBias(difference);
    }
  }
}

/// Pictures that reach only a part of the input's range, or beyond it.
bool Search::findInput(size_t row) {
  const MeasuredTensor &tensor = tensors[row];
  const TensorMeasure &measure = at(row);
  if (tensor.input < 0 || measure.codes.elements() == 0)
    return false;
  const Pair &pair = *tensor.pair;
  const CodeUse &codes = measure.codes;
  const auto reach = [](float number, float end) { return end != 0 ? number / end : 0.0f; };
  const double used = std::max(reach(codes.greatest(), pair.greatest()),
                               codes.least() < 0 ? reach(codes.least(), pair.least()) : 0.0f);
  const double cut = codes.lowShare() + codes.highShare();
  const std::string numbers = "the pictures are " + number(codes.least()) + " to " +
                              number(codes.greatest()) + ", its codes " + number(pair.least()) +
                              " to " + number(pair.greatest());
  const double own = measure.own.decibels();
  if (cut > limits.saturatedShare && own < limits.saturatedDecibels)
    add(Code::InputRangeUnfit, row, own,
        numbers + ": " + percent(cut) + " of the numbers are cut off");
  else if (used < limits.inputUnused)
    add(Code::InputRangeUnfit, row, own,
        numbers + ": " + std::to_string(codes.codesUsed()) + " of 256 codes are used");
  else
    return false;
  return true;
}

/// Both nodes of a pair say their scale: a contradiction is told before all that follows from it.
bool Search::findMismatch(size_t row) {
  const Pair *pair = tensors[row].pair;
  if (!pair || pair->written == pair->read || at(row).own.decibels() > limits.saturatedDecibels)
    return false;
  const auto text = [](const Quantisation &quant) {
    return "scale " + number(quant.scale()) + ", zero point " + std::to_string(quant.zeroPoint());
  };
  Finding &finding = add(Code::QuantiserNoisy, row, at(row).own.decibels(),
                         "the DequantizeLinear reads with " + text(pair->read) +
                             " what the QuantizeLinear wrote with " + text(pair->written) + ": " +
                             dB(at(row).own.decibels()) + " of the signal are left");
  finding.severity = Severity::Error;
  finding.certainty = Certainty::Certain;
  return true;
}

bool Search::isInRegion(size_t row) const {
  const CodeUse &codes = at(row).codes;
  return tensors[row].input < 0 && !explained[row] &&
         codes.lowShare() + codes.highShare() > limits.regionShare &&
         at(row).own.decibels() < limits.regionDecibels;
}

/// Neighbours (by what they read, over few tensors between) that all saturate.
void Search::findRegions() {
  std::vector<size_t> root(tensors.size());
  for (size_t row = 0; row < root.size(); ++row)
    root[row] = row;
  const auto find = [&](size_t row) {
    while (root[row] != row)
      row = root[row] = root[root[row]];
    return row;
  };
  // A tensor between two others may be large enough, as one behind a sigmoid.
  constexpr int reach = 3;
  for (size_t row = 0; row < tensors.size(); ++row) {
    std::vector<int> behind = isInRegion(row) ? tensors[row].sources : std::vector<int>();
    for (int step = 0; step < reach; ++step) {
      std::vector<int> further;
      for (const int source : behind)
        if (isInRegion(size_t(source)))
          root[find(row)] = find(size_t(source));
        else
          llvm::append_range(further, tensors[size_t(source)].sources);
      behind = std::move(further);
    }
  }
  std::map<size_t, std::vector<size_t>> regions;
  for (size_t row = 0; row < tensors.size(); ++row)
    if (isInRegion(row))
      regions[find(row)].push_back(row);
  for (const auto &[first, rows] : regions)
    if (rows.size() >= limits.regionTensors)
      addRegion(rows);
}

void Search::addRegion(llvm::ArrayRef<size_t> rows) {
  double worst = INFINITY, share = 0;
  size_t worstRow = rows.front();
  for (const size_t row : rows) {
    explained[row] = true;
    share = std::max(share, at(row).codes.lowShare() + at(row).codes.highShare());
    if (at(row).own.decibels() < worst) {
      worst = at(row).own.decibels();
      worstRow = row;
    }
  }
  const std::string &first = tensors[rows.front()].path, &last = tensors[rows.back()].path;
  const double meterWorst = worst;
  Finding &finding =
      add(Code::RegionSaturates, rows.front(), meterWorst,
          std::to_string(rows.size()) + " ranges from here to " + last + " are too small: up to " +
              percent(share) + " of the numbers are cut off, " + dB(worst) +
              " are left of the worst (" + tensors[worstRow].path + ")");
  finding.layer = first;
  for (const size_t row : rows.drop_front())
    finding.others.push_back(tensors[row].path);
}

bool Search::findSaturation(size_t row) {
  const CodeUse &codes = at(row).codes;
  const double own = at(row).own.decibels();
  const double cut = codes.lowShare() + codes.highShare();
  const bool plainly = cut > limits.saturatedShare && own < limits.saturatedDecibels;
  // A few large numbers carry most of the signal of a sparse tensor.
  const bool largest = cut > limits.regionShare && own < limits.quantiserDecibels + 5;
  if (!plainly && !largest)
    return false;
  const Pair &pair = *tensors[row].pair;
  add(Code::TensorSaturates, row, own,
      percent(cut) + " of its numbers are cut off: they are " + number(codes.least()) + " to " +
          number(codes.greatest()) + ", its codes reach from " + number(pair.least()) + " to " +
          number(pair.greatest()) + "; " + dB(own) + " of the signal are left");
  return true;
}

bool Search::findFewCodes(size_t row) {
  const CodeUse &codes = at(row).codes;
  const double own = at(row).own.decibels();
  const Pair &pair = *tensors[row].pair;
  // No data give such a scale: whether it hurts is luck.
  const bool isPlaceholder = pair.written.scale() == 1 && pair.written.zeroPoint() == 0;
  const bool isFew = codes.codesUsed() < limits.fewCodes && own < limits.fewCodesDecibels &&
                     codes.elements() >= 256;
  if (!isFew && !isPlaceholder)
    return false;
  add(Code::FewCodesUsed, row, own,
      "uses " + std::to_string(codes.codesUsed()) + " of 256 codes: its numbers are " +
          number(codes.least()) + " to " + number(codes.greatest()) + ", a step is " +
          number(pair.written.scale()) +
          (isPlaceholder ? " (scale 1 and zero point 0: an observer that saw nothing)" : "") +
          "; " + dB(own) + " of the signal are left");
  return true;
}

bool Search::findNoise(size_t row) {
  const double own = at(row).own.decibels();
  if (own >= limits.quantiserDecibels)
    return false;
  add(Code::QuantiserNoisy, row, own,
      "its quantiser leaves " + dB(own) + " of the signal (" +
          std::to_string(at(row).codes.codesUsed()) + " codes used, a step is " +
          number(tensors[row].pair->written.scale()) + ")");
  return true;
}

/// Rows whose columns are of very different size.
bool Search::findColumns(size_t row) {
  const std::vector<NoiseMeter> &columns = at(row).columns;
  const auto lost = size_t(llvm::count_if(columns, [](const NoiseMeter &column) {
    return column.signalPower() > 0 && column.decibels() < 3; // Noise as large as the signal.
  }));
  if (lost == 0 || lost * 10 < columns.size())
    return false;
  Finding &finding =
      add(Code::ColumnsLost, row, 0,
          std::to_string(lost) + " of its " + std::to_string(columns.size()) +
              " columns are lost: a step of " + number(tensors[row].pair->written.scale()) +
              " is larger than their numbers");
  finding.certainty = Certainty::Certain;
  return true;
}

/// With the weights as written the layer would be better than its own quantiser leaves it.
bool Search::findWeightNoise(size_t row) {
  const TensorMeasure &measure = at(row);
  const int layer = tensors[row].weighted;
  if (layer < 0 || measure.isolated.empty())
    return false;
  const double alone = measure.isolated.decibels(), own = measure.own.decibels();
  if (alone >= limits.weightsDecibels || own - alone < limits.weightsDrop)
    return false;
  const Weights &weights = *network.layers[size_t(layer)].weights;
  std::string text = "the quantiser of its weights leaves " + dB(alone) + " of what it computes";
  if (weights.pair) {
    const std::vector<int16_t> codes = weights.codes();
    const auto ends = size_t(llvm::count_if(codes, [&](int16_t code) {
      return code <= weights.pair->leastCode || code >= weights.pair->greatestCode;
    }));
    text += "; " + percent(double(ends) / double(std::max<size_t>(codes.size(), 1))) +
            " of the weights are at the end of their codes";
  }
  add(Code::WeightsNoisy, row, alone, std::move(text));
  return true;
}

/// Whether a finding is about something that the tensor is computed from. Weights that were trained
/// on answer strange numbers otherwise than the reference's.
bool Search::isBehindFinding(size_t row) const {
  std::vector<bool> seen(tensors.size());
  std::vector<size_t> open = {row};
  while (!open.empty()) {
    const size_t next = open.back();
    open.pop_back();
    for (const int source : tensors[next].sources)
      if (explained[size_t(source)])
        return true;
      else if (!seen[size_t(source)]) {
        seen[size_t(source)] = true;
        open.push_back(size_t(source));
      }
  }
  return false;
}

/// "; it is a silu here, a relu there"; empty where both are the same or there is no reference.
std::string Search::operatorText(size_t row) const {
  const int layer = tensors[row].layer;
  const Network *reference = measurement.referenceNetwork();
  const int other = reference && layer >= 0 ? measurement.lineup()[size_t(layer)] : -1;
  if (other < 0)
    return "";
  const OpKind mine = network.layers[size_t(layer)].op;
  const OpKind theirs = reference->layers[size_t(other)].op;
  return mine == theirs ? ""
                        : std::string("; it is a ") + opInfo(mine).text + " here, a " +
                              opInfo(theirs).text + " there";
}

/// What no other rule explains: the layer and the reference's disagree.
bool Search::findDeviation(size_t row) {
  const TensorMeasure &measure = at(row);
  const NoiseMeter &meter = measure.replaced.empty() ? measure.isolated : measure.replaced;
  if (meter.empty() || measure.endToEnd.empty() || meter.decibels() >= limits.deviatingDecibels)
    return false;
  double worst = INFINITY;
  for (const int source : tensors[row].sources)
    if (!at(size_t(source)).endToEnd.empty())
      worst = std::min(worst, at(size_t(source)).endToEnd.decibels());
  const double now = measure.endToEnd.decibels();
  if (worst - now < limits.endToEndDrop && std::isfinite(worst))
    return false;
  const bool follows = isBehindFinding(row);
  Finding &finding = add(Code::LayerDeviates, row, meter.decibels(),
                         "fed the same numbers, " + dB(meter.decibels()) +
                             " are left of what the float network's layer gives" +
                             operatorText(row) + "; end to end " + dB(now) +
                             (std::isfinite(worst) ? ", after " + dB(worst) + " before it" : "") +
                             (follows ? "; maybe a consequence of a finding before it" : ""));
  if (follows) {
    finding.severity = Severity::Note;
    finding.certainty = Certainty::Possible;
  }
  return true;
}

/// A convolution without activation that large negative numbers have made coarse.
void Search::findHeadRange(size_t row) {
  const MeasuredTensor &tensor = tensors[row];
  const CodeUse &codes = at(row).codes;
  if (!tensor.pair || explained[row] || tensor.layer < 0 || tensor.layer != tensor.weighted ||
      tensor.pair->written.scale() <= float(limits.headScale))
    return;
  const bool isRead = llvm::any_of(tensors, [&](const MeasuredTensor &other) {
    return other.pair && llvm::is_contained(other.sources, int(row));
  });
  constexpr float nothing = -8; // Sigmoid: 0.0003.
  if (isRead || codes.least() > nothing || -codes.least() < 1.5f * codes.greatest())
    return;
  Finding &finding =
      add(Code::HeadRangeWide, row, at(row).own.decibels(),
          "its step of " + number(tensor.pair->written.scale()) + " is set by numbers down to " +
              number(codes.least()) + " (up only to " + number(codes.greatest()) + "): below " +
              number(nothing) + " a score is 0 in any case");
  finding.severity = Severity::Note;
  finding.certainty = Certainty::Possible;
}

std::vector<Finding> Search::run() {
  findWeights();
  for (size_t row = 0; row < tensors.size(); ++row)
    if (tensors[row].pair)
      findInput(row) || findMismatch(row);
  findRegions();
  for (size_t row = 0; row < tensors.size(); ++row)
    if (!explained[row] && tensors[row].pair && at(row).codes.elements() > 0)
      findSaturation(row) || findFewCodes(row) || findNoise(row) || findColumns(row);
  for (size_t row = 0; row < tensors.size(); ++row)
    if (!explained[row])
      findWeightNoise(row) || findDeviation(row);
  for (size_t row = 0; row < tensors.size(); ++row)
    findHeadRange(row);
  sortFindings(findings);
  return std::move(findings);
}

std::vector<Finding> findInMeasures(const Measurement &measurement, const Measures &measures,
                                    const MeasureLimits &limits) {
  return Search(measurement, measures, limits).run();
}

} // namespace bstc::diagnose
