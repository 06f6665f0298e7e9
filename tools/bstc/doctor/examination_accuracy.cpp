// What faults cost in mAP: the network is run without each.
#include "tools/bstc/blame/blame_accuracy.h"
#include "tools/bstc/doctor/examination.h"

#include "diagnose/undo/undo.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

using namespace diagnose;

/// So many of the most likely faults are measured: each is a run over all pictures.
static constexpr size_t mostFaults = 4;

/// Whether a fault is an edit that is taken back; else its layers are computed in float.
bool Examination::isUndone(const Fault &fault) const {
  return report.difference && !fault.edits.empty() && llvm::all_of(fault.edits, [&](unsigned id) {
           const auto &edits = report.difference->edits;
           const auto edit = llvm::find_if(edits, [&](const Edit &one) { return one.id == id; });
           return edit != edits.end() && canUndo(edit->kind);
         });
}

/// One part for each fault that is a matter of scales: its layers.
std::vector<Part> Examination::partsInFloat(std::vector<size_t> &faults) const {
  std::vector<Part> parts;
  const std::vector<Part> layers = layerParts(report.network);
  for (size_t i = 0; i < std::min(mostFaults, report.verdict.faults.size()); ++i) {
    const Fault &fault = report.verdict.faults[i];
    const Aspect aspect = aspectOf(fault.finding.code);
    if (isUndone(fault) || (aspect != Aspect::Quantiser && aspect != Aspect::WeightQuantiser))
      continue;
    const std::vector<std::string> paths = fault.layers();
    Part part;
    for (const Part &layer : layers)
      if (llvm::any_of(paths, [&](const std::string &path) {
            return layer.name == path || llvm::StringRef(layer.name).startswith(path + ".");
          }))
        part.quantisers.insert(layer.quantisers.begin(), layer.quantisers.end());
    if (part.quantisers.empty())
      continue;
    part.name = paths.front();
    if (paths.size() > 1)
      part.name += " and " + std::to_string(paths.size() - 1) + " more";
    parts.push_back(std::move(part));
    faults.push_back(i);
  }
  return parts;
}

llvm::Error Examination::measureReference(DoctorAccuracy &accuracy) {
  if (!reference || !report.difference->matching.sameNetwork())
    return llvm::Error::success();
  auto compiled = compile(reference->clone(), options);
  if (!compiled)
    return compiled.takeError();
  auto measured = measureNetwork(arguments, {&*compiled, report.reference, &*dataset, threads, {}});
  if (!measured)
    return measured.takeError();
  accuracy.reference = measured->quantised;
  accuracy.stopped |= measured->stopped;
  return llvm::Error::success();
}

/// The network with the reference's form at the places of these edits; nothing where one of them
/// cannot be taken back.
llvm::Expected<std::optional<Score>> Examination::measureUndone(llvm::ArrayRef<unsigned> edits,
                                                                DoctorAccuracy &accuracy) {
  llvm::Expected<Graph> graph = undoEdits(
      {*reference, *imported, *report.referenceNetwork, report.network, *report.difference}, edits);
  if (!graph) {
    report.notes.push_back(takeFailure(graph.takeError()).text);
    return std::nullopt;
  }
  auto compiled = compile(std::move(*graph), options);
  if (!compiled)
    return compiled.takeError();
  auto measured = measureNetwork(arguments, {&*compiled, report.model, &*dataset, threads, {}});
  if (!measured)
    return measured.takeError();
  accuracy.stopped |= measured->stopped;
  return measured->quantised;
}

/// Each of the first faults that are edits without it, then without all of them.
llvm::Error Examination::measureEdits(DoctorAccuracy &accuracy) {
  std::vector<unsigned> all;
  size_t undone = 0;
  for (size_t i = 0; i < report.verdict.faults.size() && !accuracy.stopped; ++i) {
    const Fault &fault = report.verdict.faults[i];
    if (!isUndone(fault))
      continue;
    llvm::append_range(all, fault.edits);
    ++undone;
    if (i >= mostFaults)
      continue;
    auto score = measureUndone(fault.edits, accuracy);
    if (!score)
      return score.takeError();
    std::vector<Edit> edits;
    for (const Edit &edit : report.difference->edits)
      if (llvm::is_contained(fault.edits, edit.id))
        edits.push_back(edit);
    if (*score)
      accuracy.cured.push_back({i, undoneText(edits) + " undone", **score});
  }
  if (undone < 2 || accuracy.stopped)
    return llvm::Error::success();
  auto score = measureUndone(all, accuracy);
  if (!score)
    return score.takeError();
  accuracy.allUndone = *score;
  return llvm::Error::success();
}

llvm::Error Examination::measureAccuracy() {
  DoctorAccuracy accuracy;
  accuracy.data = arguments.value("--data").str();
  std::vector<size_t> faults;
  const std::vector<Part> parts = partsInFloat(faults);
  auto measured =
      measureNetwork(arguments, {&*compilation, report.model, &*dataset, threads, parts});
  if (!measured)
    return measured.takeError();
  accuracy.model = measured->quantised;
  accuracy.pictures = measured->pictures;
  accuracy.unreadable = measured->unreadable;
  accuracy.stopped = measured->stopped;
  for (size_t i = 0; i < parts.size(); ++i)
    accuracy.cured.push_back({faults[i], parts[i].name + " in float", measured->parts[i]});
  if (!accuracy.stopped)
    if (llvm::Error error = measureReference(accuracy))
      return error;
  if (llvm::Error error = measureEdits(accuracy))
    return error;
  for (const CuredScore &cured : accuracy.cured)
    report.verdict.faults[cured.fault].finding.averagePrecision =
        cured.score.map - accuracy.model.map;
  report.accuracy = std::move(accuracy);
  return llvm::Error::success();
}

} // namespace bstc
