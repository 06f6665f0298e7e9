#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/picture_arguments.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/profile/advice.h"
#include "tools/bstc/profile/compare.h"
#include "tools/bstc/profile/profile_model.h"
#include "tools/bstc/profile/report_rows.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {
namespace {

/// Sizes of a what-if: what a network's strides and memories leave room for.
constexpr uint64_t leastSize = 32, mostSize = 8192;

/// Options that speak of compiling: of ONNX files only.
constexpr llvm::StringRef compiling[] = {"--no-recognise-decode", "--assume-int8", "--deploy",
                                         "--preprocess",          "--input",       "--decode"};

/// Options that speak of one profile, and those that they do not go with.
constexpr std::pair<const char *, const char *> exclusive[] = {
    {"--compare", "--csv"},    {"--compare", "--trace"},     {"--compare", "--html"},
    {"--compare", "--sort"},   {"--compare", "--frames"},    {"--compare", "--what-if"},
    {"--compare", "--size"},   {"--what-if", "--sort"},      {"--what-if", "--frames"},
    {"--size", "--sort"},      {"--size", "--frames"},       {"--compare", "--no-advice"},
    {"--compare", "--quick"},  {"--what-if", "--no-advice"}, {"--what-if", "--quick"},
    {"--size", "--no-advice"}, {"--size", "--quick"},
};

llvm::Error checkUsage(const Arguments &arguments) {
  const size_t models = arguments.positional.size();
  const size_t targets = arguments.values("--target").size() + arguments.has("--target-b");
  for (const auto &[option, other] : exclusive)
    if (arguments.has(option) && arguments.has(other))
      return usageError(llvm::StringRef(other) + " does not go with " + option);
  if (!arguments.has("--compare")) {
    if (models > 1)
      return usageError("two models are compared with --compare");
    if (targets > 1 || arguments.has("--target-b"))
      return usageError("two devices are compared with --compare");
  } else if (targets > 2) {
    return usageError("--compare takes two devices at most");
  } else if (models == 1 && targets < 2) {
    return usageError("--compare takes two models, or one and two devices (--target, --target-b)");
  }
  return llvm::Error::success();
}

llvm::Expected<CompileOptions> readOptions(const Arguments &arguments) {
  CompileOptions options;
  options.fidelity = options.package = false;
  readTarget(arguments, options);
  options.recogniseDecode = !arguments.has("--no-recognise-decode");
  options.assumeInt8 = arguments.has("--assume-int8");
  options.deploy = arguments.has("--deploy");
  if (llvm::Error error = readPictureOptions(arguments, options.pictures))
    return error;
  return options;
}

constexpr const char *outputOptions[] = {"--json", "--csv", "--trace", "--html"};

llvm::Error checkFiles(const Arguments &arguments) {
  std::vector<NamedPath> inputs, outputs;
  for (const std::string &model : arguments.positional)
    inputs.push_back({"the model", model});
  for (const char *option : {"--target", "--target-b"})
    for (llvm::StringRef target : arguments.values(option))
      inputs.push_back({option, target.str()});
  for (const char *option : outputOptions)
    outputs.push_back({option, arguments.value(option).str()});
  return checkDistinct(inputs, outputs);
}

llvm::Error writeFiles(const Arguments &arguments, const ProfiledModel &model) {
  const Profile profile = model.profile();
  const auto write = [&](const char *option, auto &&contents) -> llvm::Error {
    return arguments.has(option) ? writeFile(arguments.value(option), contents())
                                 : llvm::Error::success();
  };
  if (llvm::Error error = write("--json", [&] { return profileJson(profile); }))
    return error;
  if (llvm::Error error = write("--csv", [&] { return profileCsv(profile); }))
    return error;
  if (llvm::Error error = write("--trace", [&] { return profileTrace(profile); }))
    return error;
  return write("--html", [&] { return profilePage(profile, model.title); });
}

llvm::Error profileOne(const Arguments &arguments, const CompileOptions &options, size_t top) {
  llvm::Expected<uint64_t> frames = arguments.number("--frames", 0, 1, mostFrames);
  if (!frames)
    return frames.takeError();
  auto model = profileModel(arguments.positional.front(), options, arguments.has("--target"));
  if (!model)
    return model.takeError();
  const bool quick = arguments.has("--quick");
  if (llvm::Error error = addDetails(**model, uint32_t(*frames), quick))
    return error;
  if (!quick)
    addOutlook(**model, arguments.positional.front(), options, !arguments.has("--no-advice"));
  const Profile profile = (*model)->profile();
  auto rows = sortedCommands(profile, arguments.value("--sort"), top ? top : ~size_t(0));
  if (!rows)
    return rows.takeError();
  llvm::raw_ostream &out = arguments.report();
  out << (*model)->title << " on " << profile.target.name << " (" << profile.target.description
      << ")\n\n";
  printLayers(profile, *rows, out);
  out << '\n';
  if (arguments.has("--frames")) {
    printFrames(profile.frames, out);
    out << '\n';
  }
  printProfile(profile, out);
  printNotices(profile.notices, out, arguments.verbose);
  return writeFiles(arguments, **model);
}

/// The network as it is against what it would be; files are about the latter.
llvm::Error profileWhatIf(const Arguments &arguments, CompileOptions options, uint64_t size,
                          size_t top) {
  const std::string &path = arguments.positional.front();
  auto before = profileModel(path, options, arguments.has("--target"));
  if (!before)
    return before.takeError();
  options.whatIf.relu = arguments.value("--what-if") == "relu";
  options.whatIf.tieScales = arguments.value("--what-if") == "tie-scales";
  options.whatIf.size = int64_t(size);
  auto after = profileModel(path, options, arguments.has("--target"));
  if (!after)
    return after.takeError();
  std::string &title = (*after)->title;
  title += options.whatIf.relu ? " with ReLU for SiLU" : "";
  title += options.whatIf.tieScales ? " with tied scales" : "";
  title += size ? " at " + std::to_string(size) + "x" + std::to_string(size) : "";
  const bool writes =
      llvm::any_of(outputOptions, [&](const char *option) { return arguments.has(option); });
  addDraws(**before);
  if (writes) {
    if (llvm::Error error = addDetails(**after))
      return error;
    addOutlook(**after, path, options, /*advise=*/false);
  } else {
    addDraws(**after);
  }
  llvm::raw_ostream &out = arguments.report();
  printComparison(reportOf((*before)->profile()), (*before)->title, reportOf((*after)->profile()),
                  title, top, out);
  printNotices((*after)->model.notices, out, arguments.verbose);
  return writes ? writeFiles(arguments, **after) : llvm::Error::success();
}

/// Saved profiles are of a device and of a form already.
llvm::Error checkSaved(const Arguments &arguments) {
  llvm::SmallVector<llvm::StringRef, 9> names(std::begin(compiling), std::end(compiling));
  names.append({"--target", "--target-b", "--set"});
  for (llvm::StringRef option : names)
    if (arguments.has(option))
      return usageError(option + " applies to models only; both are saved profiles");
  return llvm::Error::success();
}

llvm::Error compareTwo(const Arguments &arguments, CompileOptions options, size_t top) {
  const std::string &a = arguments.positional.front(), &b = arguments.positional.back();
  if (looksLikeReport(a) && looksLikeReport(b))
    if (llvm::Error error = checkSaved(arguments))
      return error;
  const std::vector<llvm::StringRef> targets = arguments.values("--target");
  llvm::Expected<SavedReport> first = loadReport(a, options, !targets.empty());
  if (!first)
    return first.takeError();
  if (targets.size() > 1 || arguments.has("--target-b"))
    options.target = arguments.value("--target-b", targets.back()).str();
  llvm::Expected<SavedReport> second =
      loadReport(b, options, !targets.empty() || arguments.has("--target-b"));
  if (!second)
    return second.takeError();
  printComparison(*first, stemOf(a), *second, stemOf(b), top, arguments.report());
  if (!arguments.has("--json"))
    return llvm::Error::success();
  return writeFile(arguments.value("--json"),
                   comparisonJson(*first, stemOf(a), *second, stemOf(b)));
}

llvm::Error runProfile(const Arguments &arguments) {
  if (llvm::Error error = checkUsage(arguments))
    return error;
  if (llvm::Error error = checkFiles(arguments))
    return error;
  llvm::SmallVector<llvm::StringRef, 8> ofFiles(std::begin(compiling), std::end(compiling));
  ofFiles.append({"--what-if", "--size"});
  for (llvm::StringRef model : arguments.positional)
    if (llvm::Error error = checkCompiles(arguments, model, ofFiles))
      return error;
  llvm::Expected<CompileOptions> options = readOptions(arguments);
  if (!options)
    return options.takeError();
  llvm::Expected<uint64_t> top = arguments.number("--top", 0, 1, ~uint64_t(0));
  if (!top)
    return top.takeError();
  llvm::Expected<uint64_t> size = arguments.number("--size", 0, leastSize, mostSize);
  if (!size)
    return size.takeError();
  if (arguments.has("--compare"))
    return compareTwo(arguments, *options, size_t(*top));
  if (arguments.has("--what-if") || *size)
    return profileWhatIf(arguments, *options, *size, size_t(*top));
  return profileOne(arguments, *options, size_t(*top));
}

constexpr Option repeatable(Option option) {
  option.repeatable = true;
  return option;
}

constexpr const char *whatIfs[] = {"relu", "tie-scales"};

const Option options[] = {
    repeatable(option::saying(
        option::target,
        "Device: a name that 'bstc targets' lists, or a description of your own (default: the "
        "package's target; bst-a1000b0 for an ONNX file). Twice with --compare: A's and B's.")),
    option::set,
    {"--sort", nullptr, "COLUMN",
     "Order of the table: a column of the CSV file (docs/profile.md), as time_ms or node."},
    {"--top", nullptr, "N",
     "Show the first N rows of the table; of a comparison, those that differ most."},
    {"--frames", nullptr, "N",
     "Show when each of N frames starts and ends: how the pipeline fills, and its steady state."},
    option::saying(option::json,
                   "Write the profile, or with --compare the comparison, as data "
                   "(docs/profile.md). With - in place of FILE, here and below: to stdout, and "
                   "nothing else goes there."),
    {"--csv", nullptr, "FILE", "Write one row per command as CSV (docs/profile.md).", false,
     Takes::OutputFile},
    {"--trace", nullptr, "FILE",
     "Write the timeline as a Chrome trace: open it in Perfetto (ui.perfetto.dev) or "
     "chrome://tracing.",
     false, Takes::OutputFile},
    {"--html", nullptr, "FILE",
     "Write the report as a page for a browser: timeline, roofline, memory, graph, layers. One "
     "file that needs no network.",
     false, Takes::OutputFile},
    {"--compare", nullptr, nullptr,
     "Compare two models, saved profiles (--json) or devices, with the reasons for the "
     "difference."},
    {"--target-b", nullptr, "NAME|FILE", "With --compare: the device of B.", false, Takes::Target},
    {"--what-if", nullptr, "relu|tie-scales",
     "Compare with the same network trained with ReLU in place of SiLU, or with one scale for each "
     "concatenation and its inputs (ONNX files only). Files are about the changed network.",
     false, Takes::Text, whatIfs},
    {"--size", nullptr, "PIXELS",
     "Compare with the same network at another square input size (ONNX files only). Files are "
     "about the changed network."},
    {"--assume-int8", nullptr, nullptr,
     "Estimate a float ONNX file as if it were quantised. Says nothing of its accuracy."},
    {"--deploy", nullptr, nullptr,
     "Profile the form that 'bstc compile --deploy' makes of an ONNX file: 8-bit pictures in, "
     "boxes "
     "out. Of what is no detector, --preprocess says how pictures are normalised."},
    option::preprocess,
    option::pictureInput,
    option::decode,
    {"--quick", nullptr, nullptr,
     "Leave out what takes other predictions than this one: the band of the FPS and what it rests "
     "on, the deployed form, advice."},
    {"--no-advice", nullptr, nullptr,
     "Do not try what would make the network faster, which compiles it a few times more."},
    option::noRecogniseDecode,
};

constexpr const char *examples[] = {
    "bstc profile model.onnx",
    "bstc profile model.onnx --sort time_ms --top 10 --frames 8",
    "bstc profile model.bst --target my-board.json",
    "bstc profile model.onnx --deploy",
    "bstc profile model.onnx --deploy --input nv12",
    "bstc profile model.onnx --set dram_gbps=12.8",
    "bstc profile float.onnx --assume-int8",
    "bstc profile model.onnx --json profile.json --csv layers.csv",
    "bstc profile model.onnx --json - | jq .fps",
    "bstc profile model.onnx --html report.html --trace trace.json",
    "bstc profile --compare silu.onnx relu.onnx --top 20",
    "bstc profile --compare yesterday.json model.onnx --json difference.json",
    "bstc profile --compare model.onnx --target bst-a1000b0 --target-b my-board.json",
    "bstc profile model.onnx --what-if relu --size 512 --html relu-512.html"};

} // namespace

const Subcommand profileSubcommand = {
    "profile",
    "MODEL [MODEL]",
    1,
    2,
    "Predict FPS, latency and traffic, layer by layer",
    "Predicts how fast MODEL (.onnx or .bst) runs on a device: time of every command and what "
    "bounds\n"
    "it, time of every engine, FPS with frames overlapped, share of the array's peak, and the "
    "assumed\n"
    "fields of the device description that the prediction rests on. Compares two such predictions.",
    options,
    examples,
    runProfile};

} // namespace bstc
