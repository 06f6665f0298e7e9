#include "diagnose/blame/part_accuracy.h"

#include "detectors/shared/suppress.h"
#include "frontend/evaluate.h"
#include "ir/error.h"
#include "vision/accuracy/picture_matches.h"
#include "vision/detect/in_order.h"
#include "vision/detect/network_input.h"
#include "vision/image/image_file.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc::diagnose {

namespace {

/// What one picture gives: matches of the quantised network, the float one and each part.
struct PictureResult {
  std::vector<PictureMatches> matches;
  std::optional<Failure> unreadable, failure;
};

/// The tools of one thread.
class Worker {
public:
  static llvm::Expected<std::unique_ptr<Worker>> create(const AccuracyRuns &runs,
                                                        const bst::NmsOptions &nms);
  PictureResult evaluate(const LabelledImage &image);

private:
  Worker(const AccuracyRuns &runs, const bst::NmsOptions &nms)
      : runs(runs), contract(*runs.contract), nms(nms), format(inputFormat(contract.preprocess)) {}
  llvm::Error runAll(const LabelledImage &image, const Image &picture,
                     std::vector<PictureMatches> &matches);
  llvm::Expected<std::vector<TensorDataRef>> runFloat();
  PictureMatches match(llvm::ArrayRef<std::span<const std::byte>> outputs,
                       const LabelledImage &image, const Letterbox &letterbox);
  std::vector<std::span<const std::byte>> programOutputs();

  const AccuracyRuns &runs;
  const DetectorContract &contract;
  const bst::NmsOptions nms;
  const InputFormat format;
  std::unique_ptr<HeadDecoder> decoder; ///< Where the network leaves that to hosts.
  std::unique_ptr<PartRun> run;
};

} // namespace

llvm::Expected<std::unique_ptr<Worker>> Worker::create(const AccuracyRuns &runs,
                                                       const bst::NmsOptions &nms) {
  std::unique_ptr<Worker> worker(new Worker(runs, nms));
  const DetectorContract &contract = *runs.contract;
  if (contract.stage == bst::DetectionStage::Heads) {
    auto decoder = contract.family->createDecoder(runs.network->program(), 1);
    if (!decoder)
      return decoder.takeError();
    worker->decoder = std::move(*decoder);
  }
  auto run = PartRun::create(*runs.network, *runs.package);
  if (!run)
    return run.takeError();
  worker->run = std::move(*run);
  return worker;
}

std::vector<std::span<const std::byte>> Worker::programOutputs() {
  std::vector<std::span<const std::byte>> outputs;
  for (const uint32_t output : contract.outputs)
    outputs.push_back(run->data(output));
  return outputs;
}

/// Suppression and comparison, of rows or of raw heads.
PictureMatches Worker::match(llvm::ArrayRef<std::span<const std::byte>> outputs,
                             const LabelledImage &image, const Letterbox &letterbox) {
  std::span<const float> rows;
  if (decoder)
    rows = decoder->decode({outputs.data(), outputs.size()});
  else
    rows = {reinterpret_cast<const float *>(outputs[0].data()), outputs[0].size() / sizeof(float)};
  std::vector<Detection> found =
      suppress(rows, rows.size() / size_t(contract.layout.width()), contract.layout, nms);
  for (Detection &detection : found)
    detection.box = letterbox.toPicture(detection.box);
  return matchPicture(image.labels, found, {}, letterbox);
}

/// The contract's outputs of the float network, in the order of the contract.
llvm::Expected<std::vector<TensorDataRef>> Worker::runFloat() {
  const std::span<std::byte> input = run->data(contract.input);
  const TensorDataRef data =
      TensorData::make<float>(runs.floats->inputs().front()->type,
                              llvm::ArrayRef<float>(reinterpret_cast<const float *>(input.data()),
                                                    input.size() / sizeof(float)));
  auto made = bstc::evaluate(*runs.floats, {data});
  if (!made)
    return made.takeError();
  std::vector<TensorDataRef> outputs;
  const std::vector<uint32_t> &all = runs.network->program().outputs;
  for (const uint32_t output : contract.outputs)
    outputs.push_back((*made)[size_t(llvm::find(all, output) - all.begin())]);
  return outputs;
}

llvm::Error Worker::runAll(const LabelledImage &image, const Image &picture,
                           std::vector<PictureMatches> &matches) {
  const Letterbox letterbox =
      letterboxToEvaluate(picture.width, picture.height, contract.width, contract.height);
  const std::span<std::byte> input = run->data(contract.input);
  writeInput(letterbox, picture, format,
             {reinterpret_cast<float *>(input.data()), input.size() / sizeof(float)});
  if (llvm::Error error = run->run())
    return error;
  matches.push_back(match(programOutputs(), image, letterbox));
  if (runs.floats) {
    auto outputs = runFloat();
    if (!outputs)
      return outputs.takeError();
    std::vector<std::span<const std::byte>> bytes;
    for (const TensorDataRef &output : *outputs)
      bytes.push_back({output->data(), output->size()});
    matches.push_back(match(bytes, image, letterbox));
  }
  for (const PartPlan &plan : runs.plans) {
    if (llvm::Error error = run->run(plan))
      return error;
    matches.push_back(match(programOutputs(), image, letterbox));
  }
  return llvm::Error::success();
}

PictureResult Worker::evaluate(const LabelledImage &image) {
  PictureResult result;
  llvm::Expected<Image> picture = readImage(image.path);
  if (!picture)
    result.unreadable = takeFailure(picture.takeError());
  else if (llvm::Error error = runAll(image, *picture, result.matches))
    result.failure = takeFailure(prefixError(image.path, std::move(error)));
  return result;
}

static llvm::Error check(const AccuracyRuns &runs) {
  const DetectorContract &contract = *runs.contract;
  const bst::Program &program = runs.network->program();
  if (contract.stage == bst::DetectionStage::Detections)
    return makeError(Code::NotADetector,
                     "'" + program.name +
                         "' suppresses boxes by itself: accuracy of its parts is measured "
                         "without that");
  if (program.tensors[contract.input].dtype != bst::DType::F32)
    return makeError(Code::InputMismatch,
                     "'" + program.name + "' takes pixels; parts are measured with a float input");
  return llvm::Error::success();
}

static Score scoreOf(const AccuracyMeter &meter) {
  const Accuracy accuracy = meter.compute();
  return {accuracy.map50, accuracy.map};
}

llvm::Expected<PartsAccuracy> measureParts(const AccuracyRuns &runs, const Dataset &dataset,
                                           const PartsAccuracyOptions &options) {
  if (llvm::Error error = check(runs))
    return error;
  std::vector<std::unique_ptr<Worker>> workers;
  const size_t count = std::min<size_t>(std::max(1u, options.threads), dataset.images.size());
  for (size_t i = 0; i < count; ++i) {
    auto worker = Worker::create(runs, options.nms);
    if (!worker)
      return worker.takeError();
    workers.push_back(std::move(*worker));
  }
  PartsAccuracy result;
  std::vector<AccuracyMeter> meters(1 + (runs.floats ? 1 : 0) + runs.plans.size());
  std::optional<Failure> failure;
  const auto take = [&](size_t item, PictureResult picture) {
    failure = picture.failure;
    if (failure)
      return false;
    if (picture.unreadable) {
      ++result.unreadable;
      if (options.unreadable)
        options.unreadable(*picture.unreadable);
    } else {
      ++result.pictures;
      for (auto [meter, matches] : llvm::zip(meters, picture.matches))
        meter.add(matches.labelClasses, matches.boxes);
    }
    if (options.progress)
      options.progress(item + 1);
    return true;
  };
  workInOrder<PictureResult>(
      dataset.images.size(), {.workers = unsigned(count), .ahead = 2 * count, .stop = options.stop},
      [&](size_t item, unsigned worker) { return workers[worker]->evaluate(dataset.images[item]); },
      take);
  if (failure)
    return makeError(failure->code, failure->text);
  result.stopped = result.pictures + result.unreadable < dataset.images.size();
  auto meter = meters.begin();
  result.quantised = scoreOf(*meter++);
  if (runs.floats)
    result.allFloat = scoreOf(*meter++);
  for (; meter != meters.end(); ++meter)
    result.parts.push_back(scoreOf(*meter));
  return result;
}

} // namespace bstc::diagnose
