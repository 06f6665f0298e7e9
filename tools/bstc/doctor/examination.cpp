#include "tools/bstc/doctor/examination.h"

#include "tools/bstc/blame/measure_inputs.h"
#include "tools/bstc/cli/dataset_arguments.h"
#include "tools/bstc/cli/foreign_model.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/picture_arguments.h"

#include "diagnose/lint/lint.h"
#include "diagnose/measure/measured_findings.h"
#include "frontend/import.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

#include <thread>

namespace bstc {

using namespace diagnose;

static llvm::Expected<Graph> readOnnx(const std::string &path) {
  if (looksLikePackage(path))
    return makeError(Code::PackageAlready,
                     path + ": is a package, which keeps nothing of how the model was trained; "
                            "give the .onnx file that it was made of");
  if (llvm::Error error = checkNotForeign(path))
    return error;
  return importOnnxFile(path);
}

llvm::Error Examination::readFiles() {
  report.model = arguments.positional.front();
  llvm::Expected<Graph> graph = readOnnx(report.model);
  if (!graph)
    return graph.takeError();
  imported.emplace(std::move(*graph));
  if (!arguments.has("--reference"))
    return llvm::Error::success();
  report.reference = arguments.value("--reference").str();
  llvm::Expected<Graph> other = readOnnx(report.reference);
  if (!other)
    return other.takeError();
  reference.emplace(std::move(*other));
  return llvm::Error::success();
}

llvm::Error Examination::readPictures() {
  options.cost = options.fidelity = false;
  readTarget(arguments, options);
  if (llvm::Error error = readPictureOptions(arguments, options.pictures))
    return error;
  if (arguments.has("--data")) {
    auto read = loadDataset(arguments);
    if (!read)
      return read.takeError();
    dataset.emplace(std::move(*read));
    report.hasData = true;
  }
  if (!dataset && !arguments.has("--images") && !arguments.has("--input"))
    return llvm::Error::success();
  auto compiled = compile(imported->clone(), options);
  if (!compiled)
    return compiled.takeError();
  compilation.emplace(std::move(*compiled));
  auto chosen = BlameInputs::choose(arguments, *compilation, dataset ? &*dataset : nullptr);
  if (!chosen)
    return chosen.takeError();
  inputs.emplace(std::move(*chosen));
  return llvm::Error::success();
}

llvm::Error Examination::prepare() {
  llvm::Expected<unsigned> count = readThreads(arguments, std::thread::hardware_concurrency());
  if (!count)
    return count.takeError();
  threads = *count;
  if (llvm::Error error = readFiles())
    return error;
  return readPictures();
}

std::vector<NamedPath> Examination::sources() const {
  std::vector<NamedPath> paths =
      pathsOf(arguments, {"--reference", "--data", "--input", option::target.name});
  paths.push_back({"MODEL", arguments.positional.front()});
  if (inputs)
    for (const std::string &file : inputs->files())
      paths.push_back({"the image", file});
  if (dataset)
    for (const std::string &file : dataset->files)
      paths.push_back({"a file of the dataset:", file});
  return paths;
}

llvm::Error Examination::lintFile() {
  llvm::Expected<Network> network = readNetwork(*imported);
  if (!network)
    return prefixError(report.model, network.takeError());
  report.network = std::move(*network);
  report.lint = lint(report.network);
  return llvm::Error::success();
}

llvm::Error Examination::compare() {
  if (!reference)
    return llvm::Error::success();
  llvm::Expected<Network> network = readNetwork(*reference);
  if (!network)
    return prefixError(report.reference, network.takeError());
  report.referenceNetwork = std::move(*network);
  report.difference = compareNetworks(*report.referenceNetwork, report.network);
  if (!report.difference->matching.sameNetwork())
    report.notes.push_back(
        "the reference is another network, and was left out (" +
        totalsText(*report.referenceNetwork, report.network, *report.difference) + ")");
  return llvm::Error::success();
}

/// Whether pictures tell something: there is a float network to compare with.
bool Examination::isMeasurable() {
  bool usable = reference && report.difference->matching.sameNetwork();
  if (usable)
    for (const auto &[mine, theirs] : llvm::zip(imported->inputs(), reference->inputs()))
      if (mine->type.shape != theirs->type.shape) {
        usable = false;
        report.notes.emplace_back("the reference was exported for another size, so pictures are "
                                  "compared without it; export both for one size");
        break;
      }
  report.measuredReference = usable;
  if (!usable && !report.network.quantised)
    report.notes.emplace_back("the model is float: pictures only show what it loses against a "
                              "--reference");
  return usable || report.network.quantised;
}

llvm::Error Examination::measure() {
  if (!inputs || !isMeasurable())
    return llvm::Error::success();
  auto measurement =
      Measurement::create(*imported, report.measuredReference ? &*reference : nullptr);
  if (!measurement)
    return measurement.takeError();
  report.measurement = std::move(*measurement);
  return measureInputs(*inputs, *report.measurement, threads, report.measures, report.unreadable);
}

/// A fault may be what hides the decode: then mAP is 0, and the verdict says why.
llvm::Error Examination::noteIfNoDetector(llvm::Error error) {
  if (!error)
    return llvm::Error::success();
  const Failure failure = takeFailure(std::move(error));
  if (failure.code != Code::NotADetector)
    return makeError(failure.code, failure.text);
  report.notes.push_back("no mAP: " + failure.text);
  return llvm::Error::success();
}

llvm::Error Examination::run() {
  if (llvm::Error error = lintFile())
    return error;
  if (llvm::Error error = compare())
    return error;
  if (llvm::Error error = measure())
    return error;
  std::vector<Evidence> evidence = evidenceOf(Basis::File, report.lint);
  if (report.difference && report.difference->matching.sameNetwork())
    llvm::append_range(evidence, evidenceOf(*report.difference, report.network));
  if (report.measurement)
    llvm::append_range(evidence, evidenceOf(Basis::Pictures,
                                            findInMeasures(*report.measurement, report.measures)));
  report.verdict = judge(std::move(evidence));
  return dataset ? noteIfNoDetector(measureAccuracy()) : llvm::Error::success();
}

} // namespace bstc
