#include "tools/bstc/blame/blame_accuracy.h"

#include "diagnose/measure/float_form.h"
#include "tools/bstc/cli/interrupt.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/picture_arguments.h"
#include "tools/bstc/cli/progress.h"

#include "detectors/shared/nms_defaults.h"
#include "ir/error.h"
#include "vision/detect/in_order.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

using namespace diagnose;

namespace {

/// The runs of one call.
class AccuracyMeasurement {
public:
  AccuracyMeasurement(const BlameAccuracyRun &run, BlameReport &report)
      : run(run), report(report) {}
  llvm::Error prepare(const Arguments &arguments);
  llvm::Error measure();
  llvm::Error addParts(std::vector<Part> parts, bool withFloat);

private:
  std::vector<Part> layersWorthIt(llvm::ArrayRef<Part> layers) const;

  const BlameAccuracyRun &run;
  BlameReport &report;
  std::unique_ptr<RunnableNetwork> network;
  std::optional<bstrt::Package> package;
  std::optional<DetectorContract> contract;
  bst::NmsOptions nms;
  Graph floats;
};

} // namespace

static llvm::Error checkClasses(const DetectorContract &contract, const Dataset &dataset) {
  for (const LabelledImage &image : dataset.images)
    for (const Label &label : image.labels)
      if (label.classIndex >= contract.layout.classes)
        return makeError(Code::ClassesDiffer,
                         image.path + ": a label of class " + llvm::Twine(label.classIndex) +
                             ", but the network finds " + llvm::Twine(contract.layout.classes) +
                             " classes (from 0)");
  return llvm::Error::success();
}

llvm::Error AccuracyMeasurement::prepare(const Arguments &arguments) {
  llvm::Expected<DetectorContract> found = detectorContract(run.compilation->compiled->program);
  if (!found)
    return prefixError(report.model, found.takeError());
  contract = std::move(*found);
  if (llvm::Error error = checkClasses(*contract, *run.dataset))
    return error;
  auto suppression = suppressionOf(arguments, report.model, *contract, evaluationNms);
  if (!suppression)
    return suppression.takeError();
  nms = *suppression;
  auto runnable = RunnableNetwork::create(*run.compilation);
  if (!runnable)
    return runnable.takeError();
  network = std::move(*runnable);
  auto opened = openInMemory(run.compilation->package);
  if (!opened)
    return opened.takeError();
  package.emplace(std::move(*opened));
  const bool own = run.reference == nullptr;
  auto graph = partInFloat(own ? run.compilation->imported : *run.reference,
                           [&](llvm::StringRef) { return own; });
  if (!graph)
    return graph.takeError();
  floats = std::move(*graph);
  return llvm::Error::success();
}

/// Plans of several parts, made side by side: each is a copy of the network.
static llvm::Expected<std::vector<PartPlan>> planAll(const RunnableNetwork &network,
                                                     llvm::ArrayRef<Part> parts, unsigned threads) {
  std::vector<PartPlan> plans;
  std::optional<Failure> failure;
  using Result = std::pair<std::unique_ptr<PartPlan>, std::optional<Failure>>;
  const auto work = [&](size_t item, unsigned) -> Result {
    auto plan = planPart(network, parts[item]);
    if (!plan)
      return {nullptr, takeFailure(plan.takeError())};
    return {std::make_unique<PartPlan>(std::move(*plan)), std::nullopt};
  };
  const auto take = [&](size_t, Result result) {
    failure = result.second;
    if (!failure)
      plans.push_back(std::move(*result.first));
    return !failure;
  };
  workInOrder<Result>(parts.size(), {.workers = threads, .ahead = 2 * size_t(threads)}, work, take);
  if (failure)
    return makeError(failure->code, failure->text);
  return plans;
}

/// Runs these parts, and adds them to the report's.
llvm::Error AccuracyMeasurement::addParts(std::vector<Part> parts, bool withFloat) {
  auto plans = planAll(*network, parts, run.threads);
  if (!plans)
    return plans.takeError();
  const uint64_t each = parts.size() + 1 + (withFloat ? 1 : 0);
  const StopOnSignal stopOnSignal;
  ProgressBar progress(run.dataset->images.size() * each, "runs");
  progress.show(0);
  const AccuracyRuns runs = {.network = network.get(),
                             .package = &*package,
                             .contract = &*contract,
                             .floats = withFloat ? &floats : nullptr,
                             .plans = *plans};
  auto measured = measureParts(runs, *run.dataset,
                               {.nms = nms,
                                .threads = run.threads,
                                .stop = &StopOnSignal::requested(),
                                .progress = [&](uint64_t done) { progress.show(done * each); },
                                .unreadable =
                                    [&](const Failure &failure) {
                                      progress.hide();
                                      warn(failure.code, failure.text);
                                    }});
  progress.hide();
  if (!measured)
    return measured.takeError();
  if (!report.accuracy) {
    report.accuracy = std::move(*measured);
  } else {
    llvm::append_range(report.accuracy->parts, measured->parts);
    report.accuracy->stopped |= measured->stopped;
  }
  llvm::append_range(report.parts, std::move(parts));
  return llvm::Error::success();
}

/// Layers of blocks that cost something.
std::vector<Part> AccuracyMeasurement::layersWorthIt(llvm::ArrayRef<Part> layers) const {
  constexpr double something = 0.001;
  std::vector<Part> worth;
  for (size_t i = 0; i < report.blocks; ++i) {
    const double gain = report.accuracy->parts[i].map - report.accuracy->quantised.map;
    for (const Part &layer : layers)
      if (gain > something && layer.block == report.parts[i].name)
        worth.push_back(layer);
  }
  return worth;
}

llvm::Error AccuracyMeasurement::measure() {
  constexpr size_t few = 500;
  std::vector<Part> layers = layerParts(report.measurement->network());
  std::vector<Part> first = blockParts(layers);
  report.blocks = first.size();
  const bool atOnce = run.dataset->images.size() <= few;
  if (atOnce)
    llvm::append_range(first, layers);
  if (llvm::Error error = addParts(std::move(first), true))
    return error;
  if (atOnce || report.accuracy->stopped)
    return llvm::Error::success();
  std::vector<Part> worth = layersWorthIt(layers);
  return worth.empty() ? llvm::Error::success() : addParts(std::move(worth), false);
}

llvm::Error measureAccuracy(const Arguments &arguments, const BlameAccuracyRun &run,
                            BlameReport &report) {
  AccuracyMeasurement measurement(run, report);
  if (llvm::Error error = measurement.prepare(arguments))
    return error;
  return measurement.measure();
}

llvm::Expected<PartsAccuracy> measureNetwork(const Arguments &arguments,
                                             const NetworkAccuracyRun &run) {
  BlameReport report;
  report.model = run.model;
  const BlameAccuracyRun whole{run.compilation, nullptr, run.dataset, run.threads};
  AccuracyMeasurement measurement(whole, report);
  if (llvm::Error error = measurement.prepare(arguments))
    return error;
  if (llvm::Error error = measurement.addParts(run.parts.vec(), false))
    return error;
  return std::move(*report.accuracy);
}

} // namespace bstc
