#include "tools/bstc/cli/device.h"
#include "tools/bstc/cli/interrupt.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/picture_arguments.h"
#include "tools/bstc/cli/picture_list.h"
#include "tools/bstc/cli/progress.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/detect/detect_files.h"

#include "detectors/shared/class_names.h"
#include "detectors/shared/coco_classes.h"
#include "ir/error.h"
#include "vision/data/yolo_labels.h"
#include "vision/detect/in_order.h"
#include "vision/draw/draw.h"
#include "vision/image/image_file.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <optional>
#include <thread>

namespace bstc {
namespace {

/// What is to be done with every picture.
struct Job {
  std::vector<std::string> pictures;
  std::vector<std::string> names;            ///< Of the classes; may be empty.
  std::vector<std::string> annotated, texts; ///< Files to write, one per picture, or none.
  std::string device;                        ///< Its name.
  llvm::raw_ostream *report = nullptr;       ///< Where lines for people go.
  bool json = false;
  bool cocoCategories = false;
};

/// What became of one picture.
struct Outcome {
  bool skipped = false;
  std::optional<Failure> skipping; ///< Why it was skipped.
  std::optional<Failure> failure;  ///< Why nothing further can be done.
  double readSeconds = 0;
  PictureDetections found;
  std::string json;
};

/// Sums over the pictures.
struct Totals {
  size_t done = 0, pictures = 0, skipped = 0, objects = 0;
  double readSeconds = 0, prepareSeconds = 0, networkSeconds = 0, finishSeconds = 0;
};

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Names as the user gives them, else the package's, else COCO's where there are 80 classes.
llvm::Expected<std::vector<std::string>> classNames(const Arguments &arguments,
                                                    const DetectorContract &contract) {
  if (!arguments.has("--names"))
    return contract.classNames;
  auto names = readClassNames(arguments.value("--names"));
  if (names && names->size() != size_t(contract.layout.classes))
    return makeError(Code::ClassCount,
                     arguments.value("--names") + " has " + counted(names->size(), "name") +
                         ", but the network has " + llvm::Twine(contract.layout.classes) +
                         (contract.layout.classes == 1 ? " class" : " classes"));
  return names;
}

bool isPng(llvm::StringRef path) { return path.endswith_insensitive(".png"); }

/// A picture keeps its kind, as far as it can be written.
std::string annotatedSuffix(llvm::StringRef picture) {
  return isPng(picture) || picture.endswith_insensitive(".bmp") ? ".png" : ".jpg";
}

std::string textSuffix(llvm::StringRef) { return ".txt"; }

/// The names of a file for every picture in the folder of an option.
llvm::Error planFiles(const Arguments &arguments, llvm::StringRef option,
                      llvm::ArrayRef<std::string> pictures,
                      std::string (*suffixOf)(llvm::StringRef), std::vector<std::string> &files) {
  if (!arguments.has(option))
    return llvm::Error::success();
  const llvm::StringRef folder = arguments.value(option);
  auto planned = filesBeside(pictures, folder, suffixOf);
  if (!planned)
    return planned.takeError();
  files = std::move(*planned);
  return llvm::Error::success();
}

/// Whether no file to write is one that is read: pictures, and the labels that somebody gave them.
llvm::Error checkFiles(const Arguments &arguments, const Job &job) {
  std::vector<NamedPath> inputs =
      pathsOf(arguments, {"--names", option::target.name, option::device.name});
  inputs.push_back({"the model", arguments.positional.front()});
  for (const std::string &picture : job.pictures) {
    inputs.push_back({"the image", picture});
    if (const std::string labels = labelFileOf(picture); llvm::sys::fs::exists(labels))
      inputs.push_back({"the labels of the pictures", labels});
  }
  std::vector<NamedPath> outputs = pathsOf(arguments, {option::json.name});
  for (const std::string &file : job.annotated)
    outputs.push_back({"--save-dir", file});
  for (const std::string &file : job.texts)
    outputs.push_back({"--txt", file});
  return checkDistinct(inputs, outputs);
}

llvm::Error writeAnnotated(Image &picture, const PictureDetections &found,
                           llvm::ArrayRef<std::string> names, llvm::StringRef path) {
  drawDetections(picture, found, names);
  llvm::Expected<std::string> bytes = isPng(path) ? encodePng(picture) : encodeJpeg(picture);
  if (!bytes)
    return bytes.takeError();
  return writeFile(path, *bytes);
}

/// From a file to what is printed and written of it; several threads do this at a time.
Outcome processPicture(const Job &job, size_t index, Detector &detector) {
  Outcome outcome;
  const auto end = [&](llvm::Error error) {
    outcome.failure = takeFailure(std::move(error));
    return std::move(outcome);
  };
  const std::string &path = job.pictures[index];
  const auto start = std::chrono::steady_clock::now();
  llvm::Expected<Image> picture = readImage(path);
  outcome.readSeconds = secondsSince(start);
  if (!picture) {
    outcome.skipped = true;
    outcome.skipping = takeFailure(picture.takeError());
    return outcome;
  }
  if (llvm::Error error = detector.fit(*picture).takeError()) {
    outcome.skipped = true;
    outcome.skipping = takeFailure(prefixError("cannot use " + path, std::move(error)));
    return outcome;
  }
  llvm::Expected<PictureDetections> found = detector.detect(*picture);
  if (!found) // The device failed: it would fail with other pictures, too.
    return end(prefixError(path, found.takeError()));
  outcome.found = std::move(*found);
  if (job.json)
    outcome.json = cocoResults(path, outcome.found, job.cocoCategories);
  if (!job.texts.empty())
    if (llvm::Error error =
            writeFile(job.texts[index], yoloText(*picture, outcome.found.detections)))
      return end(std::move(error));
  if (!job.annotated.empty())
    if (llvm::Error error =
            writeAnnotated(*picture, outcome.found, job.names, job.annotated[index]))
      return end(std::move(error));
  outcome.found.masks.clear();
  return outcome;
}

void printLine(const Job &job, size_t index, const Outcome &outcome) {
  if (outcome.skipped)
    warn(outcome.skipping->code, outcome.skipping->text + "; skipped");
  else
    *job.report << job.pictures[index] << ": " << summaryOf(outcome.found.detections, job.names)
                << llvm::format(", %.1f ms\n", outcome.found.networkSeconds * 1000);
}

void printSummary(const Job &job, const Totals &totals, double seconds, size_t workers) {
  llvm::raw_ostream &out = *job.report;
  const auto milliseconds = [&](double sum) { return sum * 1000 / double(totals.pictures); };
  out << totals.pictures << (totals.pictures == 1 ? " image, " : " images, ") << totals.objects
      << (totals.objects == 1 ? " object" : " objects");
  if (totals.pictures > 0)
    out << llvm::format("; an image on this host: %.1f ms to read, %.1f to prepare, "
                        "%.1f on the %s, %.1f to finish; %.1f images/s",
                        milliseconds(totals.readSeconds), milliseconds(totals.prepareSeconds),
                        milliseconds(totals.networkSeconds), job.device.c_str(),
                        milliseconds(totals.finishSeconds), double(totals.pictures) / seconds)
        << (workers > 1 ? " in " + std::to_string(workers) + " threads" : "");
  out << '\n';
}

llvm::Error endOf(const Job &job, const Totals &totals) {
  if (totals.done < job.pictures.size())
    return llvm::make_error<InterruptedError>("interrupted after " + std::to_string(totals.done) +
                                              " of " + std::to_string(job.pictures.size()) +
                                              " images; what was done so far is written");
  if (totals.skipped > 0)
    return makeError(Code::PicturesSkipped, llvm::Twine(totals.skipped) + " of " +
                                                llvm::Twine(job.pictures.size()) +
                                                " images could not be used and were skipped");
  return llvm::Error::success();
}

/// One detector per thread. Where there are fewer pictures than threads, several threads work on
/// the network of one picture.
llvm::Expected<std::vector<std::unique_ptr<Detector>>>
makeDetectors(const bstrt::Package &package, const bstrt::Device &device, DetectorOptions options,
              size_t threads, size_t pictures) {
  const size_t workers = std::min(threads, pictures);
  options.threads = unsigned(threads / workers);
  std::vector<std::unique_ptr<Detector>> detectors;
  for (size_t i = 0; i < workers; ++i) {
    auto detector = Detector::create(package, device, options);
    if (!detector)
      return detector.takeError();
    detectors.push_back(std::move(*detector));
  }
  return detectors;
}

/// Works through all pictures; prints, and appends to `json` where it is there. An error ends it
/// before the last one.
llvm::Expected<Totals>
processAll(const Job &job, llvm::ArrayRef<std::unique_ptr<Detector>> detectors, PendingFile *json) {
  const StopOnSignal stop;
  ProgressBar bar(job.pictures.size(), "images");
  Totals totals;
  std::optional<Failure> failure;
  bool isFirst = true;
  const auto start = std::chrono::steady_clock::now();
  const InOrderOptions options = {.workers = unsigned(detectors.size()),
                                  .ahead = 2 * detectors.size(),
                                  .stop = &StopOnSignal::requested()};
  const auto work = [&](size_t item, unsigned worker) {
    if (item + options.ahead < job.pictures.size())
      expectRead(job.pictures[item + options.ahead]);
    return processPicture(job, item, *detectors[worker]);
  };
  const auto take = [&](size_t item, Outcome outcome) {
    failure = outcome.failure;
    if (json && !failure && !outcome.json.empty()) {
      if (llvm::Error error = json->write((isFirst ? "" : ",\n") + outcome.json))
        failure = takeFailure(std::move(error));
      isFirst = false;
    }
    if (failure)
      return false;
    totals.skipped += outcome.skipped;
    totals.pictures += !outcome.skipped;
    totals.objects += outcome.found.detections.size();
    totals.readSeconds += outcome.readSeconds;
    totals.prepareSeconds += outcome.found.prepareSeconds;
    totals.networkSeconds += outcome.found.networkSeconds;
    totals.finishSeconds += outcome.found.finishSeconds;
    bar.hide();
    printLine(job, item, outcome);
    job.report->flush();
    bar.show(item + 1);
    return true;
  };
  totals.done = workInOrder<Outcome>(job.pictures.size(), options, work, take);
  bar.hide();
  if (failure)
    return makeError(failure->code, failure->text);
  printSummary(job, totals, secondsSince(start), detectors.size());
  return totals;
}

/// Works through all pictures and writes the file of --json, where there is one, around their rows.
llvm::Error processInto(const Job &job, llvm::ArrayRef<std::unique_ptr<Detector>> detectors,
                        llvm::StringRef path) {
  if (!job.json) {
    llvm::Expected<Totals> totals = processAll(job, detectors, nullptr);
    return totals ? endOf(job, *totals) : totals.takeError();
  }
  llvm::Expected<PendingFile> file = PendingFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write("[\n"))
    return error;
  llvm::Expected<Totals> totals = processAll(job, detectors, &*file);
  if (!totals) // No file is kept then: it would look like a complete one.
    return totals.takeError();
  llvm::Error end = endOf(job, *totals);
  if (llvm::Error error = file->write("\n]\n"))
    return llvm::joinErrors(std::move(end), std::move(error));
  if (llvm::Error error = file->keep())
    return llvm::joinErrors(std::move(end), std::move(error));
  return end;
}

/// A line on what no option can change, so that nobody takes the defaults for granted.
void printOwnSuppression(llvm::StringRef model, const bst::NmsOptions &nms,
                         llvm::raw_ostream &out) {
  out << model << " suppresses boxes by itself: " << suppressionText(nms) << '\n';
}

llvm::Error runDetect(const Arguments &arguments) {
  DetectorOptions options;
  if (llvm::Error error = readNmsOptions(arguments, options.nms)) // Before anything is done.
    return error;
  if (!arguments.has("--save-dir") && !arguments.has("--json"))
    options.masks = DetectorOptions::Masks::None;
  llvm::Expected<unsigned> threads = readThreads(arguments, std::thread::hardware_concurrency());
  if (!threads)
    return threads.takeError();
  const std::string &modelPath = arguments.positional.front();
  if (llvm::Error error = checkCompiles(arguments, modelPath, {"--target", "--set"}))
    return error;

  Job job;
  auto pictures = listPictures(llvm::makeArrayRef(arguments.positional).drop_front());
  if (!pictures)
    return pictures.takeError();
  job.pictures = std::move(*pictures);
  job.json = arguments.has("--json");
  job.report = &arguments.report();
  if (llvm::Error error =
          planFiles(arguments, "--save-dir", job.pictures, annotatedSuffix, job.annotated))
    return error;
  if (llvm::Error error = planFiles(arguments, "--txt", job.pictures, textSuffix, job.texts))
    return error;
  if (llvm::Error error = checkFiles(arguments, job))
    return error;
  OutputFolder folders; // Found out now where they cannot be made.
  for (llvm::StringRef option : {"--save-dir", "--txt"})
    if (arguments.has(option))
      if (llvm::Error error = folders.make(arguments.value(option)))
        return error;

  CompileOptions compileOptions;
  readTarget(arguments, compileOptions);
  compileOptions.cost = compileOptions.fidelity = false; // Sessions run its package.
  llvm::Expected<LoadedModel> model = loadModel(modelPath, compileOptions);
  if (!model)
    return model.takeError();
  llvm::Expected<DetectorContract> contract = detectorContract(model->program());
  if (!contract)
    return prefixError(modelPath, contract.takeError());
  llvm::Expected<bst::NmsOptions> nms =
      suppressionOf(arguments, modelPath, *contract, contract->nms);
  if (!nms)
    return nms.takeError();
  options.nms = *nms;
  auto names = classNames(arguments, *contract);
  if (!names)
    return names.takeError();
  job.names = std::move(*names);
  job.cocoCategories = llvm::makeArrayRef(job.names) == cocoNames();

  llvm::Expected<ChosenDevice> chosen = openDevice(arguments);
  if (!chosen)
    return chosen.takeError();
  job.device = bst_device_name(chosen->device.get());
  auto detectors =
      makeDetectors(*model->package, chosen->device, options, *threads, job.pictures.size());
  if (!detectors)
    return detectors.takeError();
  if (contract->stage == bst::DetectionStage::Detections)
    printOwnSuppression(modelPath, contract->nms, arguments.report());
  return processInto(job, *detectors, arguments.value("--json"));
}

const Option options[] = {
    option::saying(
        option::conf,
        nmsHelp("Objects need a score above this, from 0 to 1 (default: the package's, or "
                "{conf}). A package that suppresses by itself (--with-nms, --deploy) takes none "
                "below its own, no other --iou and no greater --max-det.")),
    option::saying(
        option::iou,
        nmsHelp("Of two boxes of a class that overlap by more than this, the better one stays "
                "(default: the package's, or {iou}).")),
    option::saying(
        option::maxDet,
        nmsHelp("Objects of a picture, at most (default: the package's, or {max-det}).")),
    {"--agnostic", nullptr, nullptr, "Boxes of different classes push each other out, too."},
    option::names,
    option::outputFolder("--save-dir", "Write every image with boxes, labels and masks here (JPEG; "
                                       "PNG where the image is PNG or BMP)."),
    option::saying(option::json,
                   "Write COCO's detection results: boxes, scores, masks; with COCO's own class "
                   "names its category numbers (1 to 90), else the network's. With - in place of "
                   "FILE: to stdout, and nothing else goes there."),
    {"--txt", nullptr, "DIR",
     "Write one text file per image: class, x and y of the centre, width, height (fractions), "
     "score.",
     false, Takes::OutputFolder},
    option::saying(option::threads,
                   "Host threads (default: one per core). Results do not depend on it."),
    option::device,
    option::deviceOptions,
    option::target,
    option::set,
};

constexpr const char *examples[] = {
    "bstc detect model.bst street.jpg",
    "bstc detect model.onnx photos/ --save-dir out/ --json out/detections.json",
    "bstc detect model.bst photos/ --json - | jq length",
    "bstc detect model.bst photos/ a.png --conf 0.4 --names names.txt --txt labels/"};

} // namespace

const Subcommand detectSubcommand = {
    "detect",
    "MODEL IMAGE|DIR...",
    2,
    100000,
    "Find objects in photographs",
    "Runs MODEL (.bst, or .onnx, which is compiled first) on JPEG, PNG and BMP images, and on "
    "those\n"
    "in folders. An image is fitted into the network's input as YOLOv5 does it (letterbox, "
    "bilinear,\n"
    "RGB / 255), boxes are suppressed by class and scaled back. Prints a line per image with "
    "the time\n"
    "that the network took, on the simulator unless --device names another.\n"
    "Exit codes: 1 where an image could not be read (it is skipped with a warning), 130 after an\n"
    "interrupt: images in work are finished, what was done so far is written.",
    options,
    examples,
    runDetect};

} // namespace bstc
