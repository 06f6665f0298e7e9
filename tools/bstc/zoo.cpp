#include "zoo/zoo.h"
#include "driver/sample_input.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/files/npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {

static constexpr const char *activations[] = {"relu", "silu"};
static constexpr const char *tasks[] = {"detect", "segment"};
static constexpr const char *quants[] = {"s8", "u8", "affine", "float"};

/// The value of `option`, whose `choices` name the values of an enumeration in their order; the
/// first where it is not given.
template <typename T>
static T choose(const Arguments &arguments, llvm::StringRef option,
                llvm::ArrayRef<const char *> choices) {
  const llvm::StringRef given = arguments.value(option, choices.front());
  return T(llvm::find(choices, given) - choices.begin());
}

static llvm::Expected<ZooOptions> readOptions(const Arguments &arguments) {
  ZooOptions options;
  options.network = arguments.positional.front();
  options.activation = choose<ZooOptions::Activation>(arguments, "--activation", activations);
  options.task = choose<ZooOptions::Task>(arguments, "--task", tasks);
  options.quant = choose<ZooOptions::Quant>(arguments, "--quant", quants);
  llvm::Expected<uint64_t> size = arguments.number("--size", uint64_t(options.size), 32, 8192);
  if (!size)
    return size.takeError();
  options.size = int(*size);
  llvm::Expected<uint64_t> seed = arguments.number("--seed", options.seed, 0, UINT64_MAX);
  if (!seed)
    return seed.takeError();
  options.seed = *seed;
  options.rawHeads = arguments.has("--raw-heads");
  return options;
}

/// Writes a picture-like input for the model, for users who have no image at hand.
static llvm::Error writeSampleInput(llvm::StringRef path, int size, llvm::raw_ostream &out) {
  const TensorDataRef sample = sampleInput({ElementType::F32, {1, 3, size, size}, std::nullopt});
  if (llvm::Error error = writeFile(
          path, npyBytes(bst::DType::F32, {1, 3, size, size}, {sample->data(), sample->size()})))
    return error;
  out << "wrote " << path << ": a made-up picture for input images\n";
  return llvm::Error::success();
}

static llvm::Error runZoo(const Arguments &arguments) {
  llvm::Expected<ZooOptions> options = readOptions(arguments);
  if (!options)
    return options.takeError();
  const std::string path = arguments.value("--output", options->network + ".onnx").str();
  if (llvm::Error error = checkDistinct(
          {}, {{"--output", path}, {"--sample-input", arguments.value("--sample-input").str()}}))
    return error;
  llvm::Expected<ZooSummary> summary = summarizeZooModel(*options);
  if (!summary) // A name or a size that it does not know.
    return llvm::make_error<UsageError>(llvm::toString(summary.takeError()));
  llvm::Expected<std::string> model = buildZooModel(*options);
  if (!model)
    return model.takeError();
  if (llvm::Error error = writeFile(path, *model))
    return error;
  llvm::raw_ostream &out = arguments.report();
  out << "wrote " << path << ": " << options->network << ", " << bytesText(model->size()) << "\n  "
      << summary->layers << " layers, " << summary->convolutions << " convolutions, "
      << withCommas(uint64_t(summary->parameters)) << " parameters, "
      << fixedPoint(summary->gflops, summary->gflops < 1 ? 3 : 1) << " GFLOPs at " << options->size
      << "x" << options->size << "\n  input images 1x3x" << options->size << "x" << options->size
      << ", weights drawn with seed " << options->seed << " (not trained)\n";
  if (arguments.has("--sample-input"))
    return writeSampleInput(arguments.value("--sample-input"), options->size, out);
  return llvm::Error::success();
}

static std::vector<std::string> networkNames() {
  std::vector<std::string> names;
  for (llvm::StringRef name : zooNetworks())
    names.push_back(name.str());
  return names;
}

static constexpr Option options[] = {
    option::saying(option::output, "Where to write the model (default: NETWORK.onnx). With - in "
                                   "place of FILE: to stdout, and nothing else goes there."),
    {"--activation", nullptr, "NAME", "relu (default) or silu.", false, Takes::Text, activations},
    {"--task", nullptr, "NAME", "detect (default) or segment.", false, Takes::Text, tasks},
    {"--quant", nullptr, "KIND",
     "s8 (default): symmetric int8; u8: uint8 activations; affine: int8 with zero points on "
     "activations and weights; float: not quantised.",
     false, Takes::Text, quants},
    {"--size", nullptr, "PIXELS",
     "Height and width of the image, a multiple of 32 from 32 to 8192 (default: 640)."},
    {"--sample-input", nullptr, "FILE",
     "Also write a made-up picture of that size as a .npy input.", false, Takes::OutputBytes},
    {"--raw-heads", nullptr, nullptr,
     "Leave the decode out: the outputs are the last convolutions' results, one per level."},
    {"--seed", nullptr, "NUMBER", "Seed of the weights (default: 1)."},
};

static constexpr const char *examples[] = {
    "bstc zoo yolov5n -o m.onnx", "bstc zoo yolov5s --activation silu --size 320 -o silu.onnx",
    "bstc zoo yolov5m --task segment --quant affine"};

const Subcommand zooSubcommand = {
    "zoo",
    "NETWORK",
    1,
    1,
    "Write a YOLOv5 model with seeded weights, quantised as QAT exports are",
    "Writes an ONNX file (opset 13) of yolov5n, yolov5s, yolov5m, yolov5l or yolov5x: the "
    "published\n"
    "topology with its decode, QuantizeLinear/DequantizeLinear pairs where a QAT export has them, "
    "and\n"
    "weights drawn from a seed. The same options give the same file everywhere.",
    options,
    examples,
    runZoo,
    networkNames};

} // namespace bstc
