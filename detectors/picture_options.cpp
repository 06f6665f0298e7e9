#include "detectors/picture_options.h"

#include "ir/error.h"
#include "runtime/program/program.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>

namespace bstc {
namespace {

/// A number or a fraction of two: "114", "0.00392", "1/255".
std::optional<double> numberOf(llvm::StringRef text) {
  const auto [above, below] = text.split('/');
  double numerator = 0, denominator = 1;
  if (above.trim().getAsDouble(numerator) ||
      (text.contains('/') && below.trim().getAsDouble(denominator)) || denominator == 0)
    return std::nullopt;
  const double value = numerator / denominator;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// One number for all three channels, or three with colons between them.
std::optional<std::array<double, 3>> channelsOf(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef, 3> parts;
  text.split(parts, ':');
  if (parts.size() == 1)
    parts.assign(3, parts[0]);
  if (parts.size() != 3)
    return std::nullopt;
  std::array<double, 3> values = {};
  for (size_t c = 0; c < 3; ++c) {
    const std::optional<double> value = numberOf(parts[c]);
    if (!value)
      return std::nullopt;
    values[c] = *value;
  }
  return values;
}

/// Collects the items of one specification.
class SpecParser {
public:
  llvm::Expected<PreprocessSpec> parse(llvm::StringRef text) {
    llvm::SmallVector<llvm::StringRef, 8> items;
    text.split(items, ',');
    for (llvm::StringRef item : items)
      if (llvm::Error error = add(item.trim()))
        return prefixError("preprocessing '" + text + "'", std::move(error));
    // ((value * factor) - mean) / deviation as one difference and one product.
    for (size_t c = 0; c < 3; ++c) {
      spec.values.mean[c] = mean[c] / factor[c];
      spec.values.scale[c] = factor[c] / deviation[c];
    }
    return spec;
  }

private:
  llvm::Error add(llvm::StringRef item) {
    const auto [key, value] = item.split('=');
    return item.contains('=') ? addValue(key.trim(), value.trim()) : addWord(item);
  }

  llvm::Error addWord(llvm::StringRef word) {
    bst::Preprocess &p = spec.values;
    const bool known = llvm::StringSwitch<bool>(word)
                           .Cases("rgb", "bgr", "letterbox", "stretch", "exact", true)
                           .Cases("nchw", "nhwc", true)
                           .Default(false);
    if (!known)
      return makeError(Code::BadPreprocessing,
                       "'" + word +
                           "' is none of rgb, bgr, letterbox, stretch, exact, nchw, nhwc, "
                           "pad=, scale=, mean=, std=, input=");
    if (word == "rgb" || word == "bgr")
      p.colours = word == "bgr" ? bst::ColourOrder::Bgr : bst::ColourOrder::Rgb;
    else if (word == "nchw" || word == "nhwc")
      spec.channelsLast = word == "nhwc";
    else
      p.fit = word == "letterbox" ? bst::PictureFit::Letterbox
              : word == "stretch" ? bst::PictureFit::Stretch
                                  : bst::PictureFit::Exact;
    return llvm::Error::success();
  }

  llvm::Error addValue(llvm::StringRef key, llvm::StringRef value) {
    if (key == "input") {
      spec.input = value.str();
      return llvm::Error::success();
    }
    if (key == "pad") {
      const std::optional<double> pad = numberOf(value);
      if (!pad || *pad < 0 || *pad > 255)
        return makeError(Code::BadPreprocessing,
                         "pad is a pixel value from 0 to 255, not '" + value + "'");
      spec.values.pad = float(*pad);
      return llvm::Error::success();
    }
    auto *target = key == "scale"  ? &factor
                   : key == "mean" ? &mean
                   : key == "std"  ? &deviation
                                   : nullptr;
    if (!target)
      return makeError(Code::BadPreprocessing,
                       "'" + key + "=' is none of pad=, scale=, mean=, std=, input=");
    const std::optional<std::array<double, 3>> values = channelsOf(value);
    if (!values)
      return makeError(Code::BadPreprocessing,
                       key +
                           " takes a number, a fraction as 1/255, or three with colons between "
                           "them, not '" +
                           value + "'");
    if (key != "mean" && llvm::is_contained(*values, 0.0))
      return makeError(Code::BadPreprocessing, key + " must not be 0");
    *target = *values;
    spec.normalises = true;
    return llvm::Error::success();
  }

  PreprocessSpec spec;
  std::array<double, 3> factor = {1 / 255.0, 1 / 255.0, 1 / 255.0}, mean = {0, 0, 0},
                        deviation = {1, 1, 1};
};

std::string inputNames(const bst::Program &program) {
  std::string names;
  for (uint32_t input : program.inputs)
    names.append(names.empty() ? "" : ", ").append(program.tensors[input].name);
  return names;
}

std::string shapeText(const bst::Tensor &tensor) {
  std::string text;
  for (int32_t extent : tensor.shape)
    text.append(text.empty() ? "" : "x").append(std::to_string(extent));
  return text;
}

/// An input of bytes takes the pixels themselves.
void takeBytes(bst::Preprocess &p) {
  p.mean = {0, 0, 0};
  p.scale = {1, 1, 1};
  p.pad = std::nearbyint(p.pad);
}

/// Layout and values, as the input's type and shape allow them.
llvm::Error fit(PreprocessSpec &spec, const bst::Tensor &tensor) {
  bst::Preprocess &p = spec.values;
  const auto problem = [&](const llvm::Twine &text) {
    return makeError(Code::BadPreprocessing,
                     "preprocessing: input '" + tensor.name + "' is " + text);
  };
  const auto hasChannels = [&](bool last) {
    return tensor.shape.size() == 4 && tensor.shape[last ? 3 : 1] == 3;
  };
  p.channelsLast = spec.channelsLast ? *spec.channelsLast : !hasChannels(false);
  if (!hasChannels(p.channelsLast))
    return problem(shapeText(tensor) + ", but a picture is " +
                   (!spec.channelsLast ? "Nx3x?x? or Nx?x?x3"
                    : p.channelsLast   ? "Nx?x?x3"
                                       : "Nx3x?x?"));
  if (tensor.dtype == bst::DType::S8)
    return problem("s8, but pixels are f32 or u8");
  if (tensor.dtype != bst::DType::U8)
    return llvm::Error::success();
  if (spec.normalises)
    return problem("u8 and takes pixels as they are: scale, mean and std are not for it");
  takeBytes(p);
  return llvm::Error::success();
}

/// The index of the input that the specification is of.
llvm::Expected<uint32_t> inputOf(const bst::Program &program, const PreprocessSpec &spec) {
  if (spec.input.empty() && program.inputs.size() == 1)
    return 0;
  if (spec.input.empty())
    return makeError(Code::BadPreprocessing,
                     "preprocessing: say of which input with input=NAME; the network has " +
                         inputNames(program));
  for (uint32_t i = 0; i < program.inputs.size(); ++i)
    if (program.tensors[program.inputs[i]].name == spec.input)
      return i;
  return makeError(Code::BadPreprocessing, "preprocessing: the network has no input '" +
                                               spec.input + "', it has " + inputNames(program));
}

} // namespace

llvm::Expected<PreprocessSpec> parsePreprocess(llvm::StringRef text) {
  return SpecParser().parse(text);
}

llvm::Expected<std::vector<bst::Preprocess>>
preprocessOf(const bst::Program &program, llvm::ArrayRef<std::string> specifications) {
  std::vector<bst::Preprocess> list;
  for (const std::string &text : specifications) {
    llvm::Expected<PreprocessSpec> spec = parsePreprocess(text);
    if (!spec)
      return spec.takeError();
    llvm::Expected<uint32_t> input = inputOf(program, *spec);
    if (!input)
      return input.takeError();
    const bst::Tensor &tensor = program.tensors[program.inputs[*input]];
    bst::Preprocess &p = spec->values;
    p.input = *input;
    if (llvm::Error error = fit(*spec, tensor))
      return error;
    if (llvm::any_of(list, [&](const bst::Preprocess &other) { return other.input == *input; }))
      return makeError(Code::BadPreprocessing,
                       "preprocessing: input '" + tensor.name + "' is described twice");
    list.push_back(p);
  }
  return list;
}

std::vector<bst::Preprocess> defaultPreprocess(const bst::Program &program, const Family &family) {
  if (program.inputs.size() != 1)
    return {};
  const bst::Tensor &input = program.tensors[program.inputs[0]];
  bst::Preprocess p = family.preprocess;
  const bool bytes = input.dtype == bst::DType::U8;
  if (input.shape.size() != 4 || (input.dtype != bst::DType::F32 && !bytes))
    return {};
  if (bytes) { // Pixels may lie in another order than the family's floats.
    takeBytes(p);
    p.channelsLast = input.shape[1] != 3;
  }
  if (input.shape[p.channelsLast ? 3 : 1] != 3)
    return {};
  return {p};
}

llvm::ArrayRef<const char *> pictureInputs() {
  static constexpr const char *names[] = {"file", "u8", "nv12", "nv12-full"};
  return names;
}

bool parsePictureInput(llvm::StringRef name, PictureOptions &options) {
  const auto *found = llvm::find(pictureInputs(), name);
  if (found == pictureInputs().end())
    return false;
  options.input = PictureOptions::Input(found - pictureInputs().begin());
  return true;
}

bool parseDecodeKind(llvm::StringRef kind, PictureOptions &options) {
  const bool rows = kind.consume_back("-rows");
  for (const Family *family : families())
    if (kind == family->name) {
      options.decode = rows ? PictureOptions::Decode::Rows : PictureOptions::Decode::Heads;
      options.family = family;
      return true;
    }
  return false;
}

llvm::ArrayRef<const char *> decodeKinds() {
  static const std::vector<std::string> texts = [] {
    std::vector<std::string> kinds;
    for (const Family *family : families()) {
      kinds.emplace_back(family->name);
      kinds.push_back(std::string(family->name) + "-rows");
    }
    return kinds;
  }();
  static const std::vector<const char *> kinds = [] {
    std::vector<const char *> pointers;
    pointers.reserve(texts.size());
    for (const std::string &text : texts)
      pointers.push_back(text.c_str());
    return pointers;
  }();
  return kinds;
}

} // namespace bstc
