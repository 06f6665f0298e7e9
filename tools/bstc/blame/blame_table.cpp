#include "tools/bstc/blame/blame_report.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/table.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bstc {

using namespace diagnose;

static std::string decibels(const NoiseMeter &meter) {
  if (meter.empty())
    return "-";
  const double value = meter.decibels();
  return std::isinf(value) ? value > 0 ? "exact" : "none" : fixedPoint(value, 1);
}

static std::string share(double value) { return fixedPoint(100 * value, value < 0.0995 ? 2 : 1); }

/// The worst first: by what is left of the layer, fed its own inputs.
static std::vector<size_t> worstFirst(const BlameReport &report) {
  std::vector<size_t> rows(report.measures.tensors.size());
  std::iota(rows.begin(), rows.end(), 0);
  const auto quality = [&](size_t row) {
    const TensorMeasure &measure = report.measures.tensors[row];
    double least = INFINITY;
    for (const NoiseMeter *meter : {&measure.own, &measure.isolated, &measure.replaced})
      if (!meter->empty())
        least = std::min(least, meter->decibels());
    return least;
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](size_t a, size_t b) { return quality(a) < quality(b); });
  return rows;
}

/// "BST8202" where a finding is about the tensor; "worst" marks of what is left: 1 to 3.
static std::string mark(const BlameReport &report, size_t row, llvm::ArrayRef<size_t> worst) {
  const MeasuredTensor &tensor = report.measurement->tensors()[row];
  for (const Finding &finding : report.findings)
    if (finding.node == tensor.node)
      return codeText(finding.code);
  for (size_t place = 0; place < std::min<size_t>(3, worst.size()); ++place)
    if (worst[place] == row)
      return "worst " + std::to_string(place + 1);
  return "";
}

static void printTensors(const BlameReport &report, size_t top, llvm::raw_ostream &out) {
  const bool hasReference = !report.reference.empty();
  std::vector<Column> columns = {nameColumn("Layer"), {"operators"},   {"scale", true},
                                 {"cut off %", true}, {"codes", true}, {"own dB", true},
                                 {"layer dB", true}};
  if (hasReference)
    columns.push_back({"reference dB", true});
  columns.push_back({"end to end dB", true});
  columns.push_back({""});
  Table table(columns);
  const std::vector<size_t> worst = worstFirst(report);
  std::vector<size_t> rows = worst;
  if (top == 0)
    std::iota(rows.begin(), rows.end(), 0);
  else
    rows.resize(std::min(top, rows.size()));
  for (const size_t row : rows) {
    const MeasuredTensor &tensor = report.measurement->tensors()[row];
    const TensorMeasure &measure = report.measures.tensors[row];
    const bool quantised = tensor.pair != nullptr;
    std::vector<std::string> cells = {
        tensor.path,
        tensor.operators,
        quantised ? numberText(double(tensor.pair->written.scale()), 4) : "float",
        quantised ? share(measure.codes.lowShare() + measure.codes.highShare()) : "-",
        quantised ? std::to_string(measure.codes.codesUsed()) : "-",
        quantised ? decibels(measure.own) : "-",
        decibels(measure.isolated)};
    if (hasReference)
      cells.push_back(decibels(measure.replaced));
    cells.push_back(decibels(measure.endToEnd));
    cells.push_back(mark(report, row, worst));
    table.add(std::move(cells));
  }
  table.print(out);
}

static void printPart(const BlameReport &report, size_t index, Table &table) {
  const Score &score = report.accuracy->parts[index], &base = report.accuracy->quantised;
  table.add({report.parts[index].name, fixedPoint(score.map50, 3), fixedPoint(score.map, 3),
             signedFixed(score.map50 - base.map50, 4), signedFixed(score.map - base.map, 4)});
}

static std::vector<size_t> costliest(const BlameReport &report, size_t first, size_t end) {
  std::vector<size_t> indices(end - first);
  std::iota(indices.begin(), indices.end(), first);
  const std::vector<Score> &scores = report.accuracy->parts;
  std::stable_sort(indices.begin(), indices.end(),
                   [&](size_t a, size_t b) { return scores[a].map > scores[b].map; });
  return indices;
}

/// The gain, by its size, that half of the parts stay below: mostly chance, as roundings differ.
static double usualGain(const PartsAccuracy &accuracy) {
  std::vector<double> gains;
  for (const Score &score : accuracy.parts)
    gains.push_back(std::fabs(score.map - accuracy.quantised.map));
  if (gains.empty())
    return 0;
  std::nth_element(gains.begin(), gains.begin() + long(gains.size() / 2), gains.end());
  return gains[gains.size() / 2];
}

static void printAccuracy(const BlameReport &report, size_t top, llvm::raw_ostream &out) {
  const PartsAccuracy &accuracy = *report.accuracy;
  out << "\nAccuracy on " << counted(accuracy.pictures, "picture") << " of " << report.data
      << ": quantised mAP50 " << fixedPoint(accuracy.quantised.map50, 3) << ", mAP50-95 "
      << fixedPoint(accuracy.quantised.map, 3);
  if (accuracy.allFloat)
    out << "; float " << fixedPoint(accuracy.allFloat->map50, 3) << ", "
        << fixedPoint(accuracy.allFloat->map, 3) << " ("
        << signedFixed(accuracy.allFloat->map50 - accuracy.quantised.map50, 4) << ", "
        << signedFixed(accuracy.allFloat->map - accuracy.quantised.map, 4) << ")";
  out << "\nWith one part in float, everything else as it is (half of the parts change mAP50-95 by "
         "less than "
      << fixedPoint(usualGain(accuracy), 4) << ", which is mostly chance):\n";
  Table table(
      {nameColumn("Part"), {"mAP50", true}, {"mAP50-95", true}, {"gain", true}, {"gain", true}});
  for (const size_t index : costliest(report, 0, report.blocks))
    printPart(report, index, table);
  if (report.blocks < report.parts.size()) {
    table.addRule();
    std::vector<size_t> layers = costliest(report, report.blocks, report.parts.size());
    if (top > 0 && layers.size() > top)
      layers.resize(top);
    for (const size_t index : layers)
      printPart(report, index, table);
  }
  table.print(out);
}

static void printSummary(const BlameReport &report, llvm::raw_ostream &out) {
  const Measures &measures = report.measures;
  out << report.model << ": " << counted(report.measurement->tensors().size(), "tensor") << ", "
      << counted(measures.pictures, "picture") << ", compared with "
      << (report.reference.empty() ? "itself in float (weights as written)" : report.reference);
  if (const Network *reference = report.measurement->referenceNetwork())
    out << " ("
        << llvm::count_if(report.measurement->lineup(), [](int layer) { return layer >= 0; })
        << " of " << report.measurement->network().layers.size() << " layers lined up with its "
        << reference->layers.size() << ")";
  out << '\n';
  const std::vector<std::string> &names = report.measurement->network().outputNames;
  for (size_t i = 0; i < std::min(names.size(), measures.outputs.size()); ++i)
    if (!measures.outputs[i].empty())
      out << "Output " << names[i] << ", dB: " << decibels(measures.outputs[i]) << '\n';
  if (measures.scored > 0)
    out << "Greatest score of the same class: " << measures.agreeing << " of " << measures.scored
        << '\n';
}

void printBlame(const BlameReport &report, size_t top, llvm::raw_ostream &out) {
  printSummary(report, out);
  std::vector<Notice> notices;
  for (const Finding &finding : report.findings)
    notices.push_back(toNotice(finding));
  out << '\n';
  printNotices(notices, out, true);
  if (notices.empty())
    out << "No finding.\n";
  out << '\n';
  printTensors(report, top, out);
  if (report.accuracy)
    printAccuracy(report, top, out);
}

} // namespace bstc
