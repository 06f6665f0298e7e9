#include "tools/bstc/eval/eval_run.h"

#include "ir/error.h"
#include "tools/bstc/cli/interrupt.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/progress.h"
#include "vision/accuracy/picture_matches.h"
#include "vision/detect/in_order.h"
#include "vision/image/image_file.h"

#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <optional>

namespace bstc {

/// An error where the network has a class of the dataset at another place: all figures would be of
/// other classes. Names that only one of them has may be other words for the same.
static llvm::Error checkOrder(const EvaluatedModel &evaluated, const Dataset &dataset) {
  const std::vector<std::string> &own = evaluated.model.program().decode.classNames;
  const std::vector<std::string> &names = dataset.names;
  for (size_t i = 0; i < names.size(); ++i)
    if (const auto found = std::find(own.begin(), own.end(), names[i]);
        i < own.size() && found != own.end() && own[i] != names[i])
      return makeError(Code::ClassesDiffer,
                       "the classes of " + evaluated.path + " and of " + dataset.namesFile +
                           " are in different orders: '" + names[i] + "' is class " +
                           llvm::Twine(found - own.begin()) + " of the network and class " +
                           llvm::Twine(i) + " of the dataset; say 'names' in the network's order");
  return llvm::Error::success();
}

llvm::Error checkClasses(const EvaluatedModel &evaluated, const Dataset &dataset) {
  const int32_t classes = evaluated.contract.layout.classes;
  if (llvm::Error error = checkOrder(evaluated, dataset))
    return error;
  if (!dataset.names.empty() && size_t(classes) != dataset.names.size())
    return makeError(Code::ClassesDiffer,
                     evaluated.path + ": the network finds " + llvm::Twine(classes) +
                         " classes, but the dataset has " + llvm::Twine(dataset.names.size()) +
                         " names; give the dataset that it was trained for");
  for (const LabelledImage &image : dataset.images)
    for (const Label &label : image.labels)
      if (label.classIndex >= classes)
        return makeError(Code::ClassesDiffer, image.path + ": a label of class " +
                                                  llvm::Twine(label.classIndex) + ", but " +
                                                  evaluated.path + " finds " +
                                                  llvm::Twine(classes) + " classes (from 0)");
  return llvm::Error::success();
}

namespace {

/// What one model made of one picture.
struct ModelResult {
  PictureMatches matches;
  double prepareSeconds = 0, networkSeconds = 0, finishSeconds = 0;
};

struct PictureResult {
  std::vector<ModelResult> models;
  /// Why the picture could not be decoded, or not with these labels.
  std::optional<Failure> unreadable;
  std::optional<Failure> failure; ///< Of a device.
};

/// The detectors of one thread, one per model.
using Detectors = std::vector<std::unique_ptr<Detector>>;

llvm::Expected<Detectors> createDetectors(llvm::ArrayRef<EvaluatedModel> models,
                                          const Dataset &dataset, const EvalRunOptions &options,
                                          const bstrt::Device &device) {
  Detectors detectors;
  for (const EvaluatedModel &evaluated : models) {
    const bool masks = evaluated.contract.prototypes && dataset.masks > 0;
    const DetectorOptions detector = {.nms = options.nms,
                                      .fit = DetectorOptions::Fit::Evaluate,
                                      .masks = masks ? DetectorOptions::Masks::Prototype
                                                     : DetectorOptions::Masks::None};
    auto created = Detector::create(*evaluated.model.package, device, detector);
    if (!created)
      return created.takeError();
    detectors.push_back(std::move(*created));
  }
  return detectors;
}

PictureResult evaluate(const LabelledImage &image, const Detectors &detectors) {
  PictureResult result;
  llvm::Expected<Image> picture = readImage(image.path);
  if (!picture) {
    result.unreadable = takeFailure(picture.takeError());
    return result;
  }
  if (image.width > 0 &&
      !haveSameShape(image.width, image.height, picture->width, picture->height)) {
    result.unreadable = {Code::BadPicture,
                         (image.path + ": is of " + llvm::Twine(picture->width) + " x " +
                          llvm::Twine(picture->height) + " pixels, but " + image.labelFile +
                          " has its labels for " + llvm::Twine(int64_t(image.width)) + " x " +
                          llvm::Twine(int64_t(image.height)))
                             .str()};
    return result;
  }
  for (const std::unique_ptr<Detector> &detector : detectors) {
    llvm::Expected<PictureDetections> found = detector->detect(*picture);
    if (!found) {
      result.failure = takeFailure(prefixError(image.path, found.takeError()));
      return result;
    }
    const DetectorContract &contract = detector->contract();
    const Letterbox letterbox =
        letterboxToEvaluate(picture->width, picture->height, contract.width, contract.height);
    result.models.push_back({matchPicture(image.labels, found->detections, found->masks, letterbox),
                             found->prepareSeconds, found->networkSeconds, found->finishSeconds});
  }
  return result;
}

/// What is gathered of one model over all pictures.
struct Totals {
  AccuracyMeter boxes, masks;
  double prepareSeconds = 0, networkSeconds = 0, finishSeconds = 0;

  void add(const ModelResult &result) {
    boxes.add(result.matches.labelClasses, result.matches.boxes);
    masks.add(result.matches.labelClasses, result.matches.masks);
    prepareSeconds += result.prepareSeconds;
    networkSeconds += result.networkSeconds;
    finishSeconds += result.finishSeconds;
  }
};

} // namespace

llvm::Error runEvaluation(llvm::ArrayRef<EvaluatedModel> models, const bstrt::Device &device,
                          const Dataset &dataset, const EvalRunOptions &options,
                          EvalReport &report) {
  const unsigned workers = unsigned(std::min<size_t>(options.threads, dataset.images.size()));
  std::vector<Detectors> detectors;
  for (unsigned worker = 0; worker < workers; ++worker) {
    llvm::Expected<Detectors> created = createDetectors(models, dataset, options, device);
    if (!created)
      return created.takeError();
    detectors.push_back(std::move(*created));
  }

  std::vector<Totals> totals(models.size());
  std::optional<Failure> failure;
  const StopOnSignal stopOnSignal;
  ProgressBar progress(dataset.images.size(), "images");
  const auto start = std::chrono::steady_clock::now();
  progress.show(0);
  const auto work = [&](size_t item, unsigned worker) {
    return evaluate(dataset.images[item], detectors[worker]);
  };
  const auto take = [&](size_t item, PictureResult result) {
    failure = result.failure;
    if (failure)
      return false;
    if (result.unreadable) {
      ++report.unreadable;
      progress.hide();
      warn(result.unreadable->code, result.unreadable->text);
    } else {
      ++report.pictures;
      report.background += dataset.images[item].labels.empty();
      for (size_t i = 0; i < totals.size(); ++i)
        totals[i].add(result.models[i]);
    }
    progress.show(item + 1);
    return true;
  };
  workInOrder<PictureResult>(
      dataset.images.size(),
      {.workers = workers, .ahead = 2 * size_t(workers), .stop = &StopOnSignal::requested()}, work,
      take);
  progress.hide();
  if (failure)
    return makeError(failure->code, failure->text);

  const auto end = std::chrono::steady_clock::now();
  report.seconds = std::chrono::duration<double>(end - start).count();
  const double pictures = double(std::max<uint64_t>(report.pictures, 1));
  for (size_t i = 0; i < models.size(); ++i) {
    ModelAccuracy &result = report.models.emplace_back();
    const DetectorContract &contract = models[i].contract;
    result.model = models[i].path;
    result.suppressesItself = contract.stage == bst::DetectionStage::Detections;
    result.inputShape = models[i].model.program().tensors[contract.input].shape;
    result.boxes = totals[i].boxes.compute();
    if (contract.prototypes && dataset.masks > 0)
      result.masks = totals[i].masks.compute();
    result.prepareMs = totals[i].prepareSeconds / pictures * 1e3;
    result.networkMs = totals[i].networkSeconds / pictures * 1e3;
    result.finishMs = totals[i].finishSeconds / pictures * 1e3;
  }
  return llvm::Error::success();
}

} // namespace bstc
