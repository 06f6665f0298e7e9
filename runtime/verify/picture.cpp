// What the package says about its pictures.
#include "runtime/verify/checks.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <initializer_list>
#include <string_view>

namespace bst {
namespace {

Status verifyPreprocess(const Program &program, size_t index) {
  const Preprocess &p = program.preprocess[index];
  if (p.input >= program.inputs.size())
    return corrupt("preprocessing {}: is of input {}, the program has {}", index, p.input,
                   program.inputs.size());
  for (size_t other = 0; other < index; ++other)
    if (program.preprocess[other].input == p.input)
      return corrupt("preprocessing {}: is of input {}, as preprocessing {}", index, p.input,
                     other);
  const Tensor &input = program.tensors[program.inputs[p.input]];
  if (size_t(p.form) >= pictureFormNames.size())
    return corrupt("preprocessing {}: form {} is unknown", index, uint32_t(p.form));
  const bool planes = p.form != PictureForm::Elements; // Of Y, and of U and V.
  const bool fits = planes ? input.shape.size() == 3 && input.dtype == DType::U8
                           : input.shape.size() == 4 && input.shape[p.channelsLast ? 3 : 1] == 3;
  if (!fits || (planes && (input.shape[1] % 3 || input.shape[2] % 2)))
    return corrupt("preprocessing {}: {} has shape {}, expected {}", index,
                   TensorLabel(program, input), input.shape,
                   planes           ? "u8 [n,h*3/2,w]"
                   : p.channelsLast ? "[n,h,w,3]"
                                    : "[n,3,h,w]");
  if (size_t(p.colours) >= colourOrderNames.size() || size_t(p.fit) >= pictureFitNames.size())
    return corrupt("preprocessing {}: colour order {} or fit {} is unknown", index,
                   uint32_t(p.colours), uint32_t(p.fit));
  if (!(p.pad >= 0 && p.pad <= 255))
    return corrupt("preprocessing {}: pad is {}, expected 0 to 255", index, double(p.pad));
  for (size_t c = 0; c < 3; ++c)
    if (!std::isfinite(p.mean[c]) || !std::isfinite(p.scale[c]) || p.scale[c] == 0)
      return corrupt("preprocessing {}: mean and scale of channel {} are {} and {}, expected "
                     "finite numbers and no scale of 0",
                     index, c, p.mean[c], p.scale[c]);
    else if (input.dtype == DType::U8 && (p.mean[c] != 0 || p.scale[c] != 1))
      return corrupt("preprocessing {}: {} is u8, and mean and scale of channel {} are {} and {}, "
                     "expected 0 and 1",
                     index, TensorLabel(program, input), c, p.mean[c], p.scale[c]);
  return {};
}

/// What a program's output may look like: -1 stands for any extent.
struct Pattern {
  Pattern(std::initializer_list<int64_t> wanted) : rank(wanted.size()) {
    assert(rank <= extents.size());
    std::copy(wanted.begin(), wanted.end(), extents.begin());
  }
  bool fits(const std::vector<int32_t> &shape) const {
    bool fit = shape.size() == rank;
    for (size_t axis = 0; fit && axis < rank; ++axis)
      fit = extents[axis] < 0 || extents[axis] == shape[axis];
    return fit;
  }
  size_t rank;
  std::array<int64_t, 5> extents = {};
};

/// "[1,n,4] or [1,n]".
struct PatternsLabel final : TextLabel {
  explicit PatternsLabel(std::initializer_list<Pattern> patterns) : patterns(patterns) {}
  void describe(TextSink &out) const override {
    for (const Pattern &pattern : patterns) {
      out.append(&pattern == patterns.begin() ? "[" : " or [");
      for (size_t axis = 0; axis < pattern.rank; ++axis) {
        out.append(axis ? "," : "");
        if (pattern.extents[axis] < 0)
          out.append("n");
        else
          appendText(out, "{}", pattern.extents[axis]);
      }
      out.append("]");
    }
  }
  std::initializer_list<Pattern> patterns;
};

/// The output of that index has one of the shapes.
Status expectOutput(const Program &program, uint32_t output, const char *what,
                    std::initializer_list<Pattern> patterns) {
  if (output >= program.outputs.size())
    return corrupt("decode info: {} is output {}, the program has {}", what, output,
                   program.outputs.size());
  const Tensor &tensor = program.tensors[program.outputs[output]];
  for (const Pattern &pattern : patterns)
    if (pattern.fits(tensor.shape))
      return {};
  return corrupt("decode info: {}, {}, has shape {}, expected {}", what,
                 TensorLabel(program, tensor), tensor.shape, PatternsLabel(patterns));
}

/// The forms of heads that are known here. Those of another kind of package are checked by whoever
/// can decode them; here it is certain that they are there.
bool hasKnownHeads(const DecodeInfo &d) {
  return std::string_view(d.kind).substr(0, 7) == "yolov5-";
}

Status verifyHeads(const Program &program) {
  const DecodeInfo &d = program.decode;
  if (!hasKnownHeads(d)) {
    for (uint32_t output : d.outputs)
      if (output >= program.outputs.size())
        return corrupt("decode info: {} is output {}, the program has {}", "a head", output,
                       program.outputs.size());
    return {};
  }
  const int64_t width = d.row().width();
  const auto anchors = int64_t(d.anchors.size() / d.strides.size() / 2);
  if (d.outputs.size() != d.strides.size())
    return corrupt("decode info: has {} heads for {} strides", d.outputs.size(), d.strides.size());
  for (uint32_t output : d.outputs)
    if (Status s = expectOutput(program, output, "a head",
                                {{1, anchors * width, -1, -1}, {1, anchors, -1, -1, width}});
        !s.ok())
      return s;
  return {};
}

Status verifyDetections(const Program &program) {
  const DecodeInfo &d = program.decode;
  const int64_t most = d.nms.maxDetections;
  const std::pair<const char *, Pattern> parts[] = {{"boxes", {1, most, 4}},
                                                    {"scores", {1, most}},
                                                    {"classes", {1, most}},
                                                    {"count", {1}},
                                                    {"mask coefficients", {1, most, d.masks}}};
  const size_t expected = d.masks ? 5 : 4;
  if (d.outputs.size() != expected)
    return corrupt("decode info: has {} outputs of detections, expected {}", d.outputs.size(),
                   expected);
  for (size_t i = 0; i < expected; ++i)
    if (Status s = expectOutput(program, d.outputs[i], parts[i].first, {parts[i].second}); !s.ok())
      return s;
  return {};
}

Status verifyStage(const Program &program) {
  const DecodeInfo &d = program.decode;
  if (d.prototypes < -1)
    return corrupt("decode info: prototypes are output {}", d.prototypes);
  if (d.prototypes >= 0)
    if (Status s =
            expectOutput(program, uint32_t(d.prototypes), "prototypes", {{1, d.masks, -1, -1}});
        !s.ok())
      return s;
  switch (d.stage) {
  case DetectionStage::Heads:
    return verifyHeads(program);
  case DetectionStage::Detections:
    return verifyDetections(program);
  case DetectionStage::Predictions:
    if (d.outputs.size() > 1)
      return corrupt("decode info: has {} outputs of predictions, expected 1", d.outputs.size());
    return d.outputs.empty()
               ? Status()
               : expectOutput(program, d.outputs[0], "predictions", {{1, -1, d.row().width()}});
  }
  return corrupt("decode info: stage {} is unknown", uint32_t(d.stage));
}

Status verifyAnchors(const DecodeInfo &d) {
  // Whoever gets detections or decoded rows needs none, and the compiler may not know them; a kind
  // that is not known here may have strides only.
  const bool mayLackAnchors =
      d.anchors.empty() && (!hasKnownHeads(d) || (d.stage != DetectionStage::Heads &&
                                                  !d.outputs.empty() && d.strides.empty()));
  if ((d.strides.empty() && !mayLackAnchors) || !allPositive(d.strides))
    return corrupt("decode info: strides are missing or not all finite and above 0");
  if (mayLackAnchors)
    return {};
  if (d.anchors.empty() || d.anchors.size() % (2 * d.strides.size()) || !allPositive(d.anchors))
    return corrupt(
        "decode info: has {} anchor numbers, expected pairs for {} levels, all finite and above 0",
        d.anchors.size(), d.strides.size());
  return {};
}

Status verifyDecode(const Program &program) {
  const DecodeInfo &d = program.decode;
  if (d.kind.empty())
    return {};
  if (d.classes < 1 || d.masks < 0)
    return corrupt("decode info: has {} classes and {} masks", d.classes, d.masks);
  if (Status s = verifyAnchors(d); !s.ok())
    return s;
  if (!d.classNames.empty() && d.classNames.size() != size_t(d.classes))
    return corrupt("decode info: has {} class names for {} classes", d.classNames.size(),
                   d.classes);
  if (Status problem = verifyNmsOptions(d.nms); !problem.ok())
    return corrupt("decode info: {}", problem.message());
  return verifyStage(program);
}

} // namespace

Status verifyPictures(const Program &program) {
  if (program.preprocess.size() > program.inputs.size())
    return corrupt("has {} descriptions of preprocessing for {} inputs", program.preprocess.size(),
                   program.inputs.size());
  for (size_t i = 0; i < program.preprocess.size(); ++i)
    if (Status s = verifyPreprocess(program, i); !s.ok())
      return s;
  return verifyDecode(program);
}

} // namespace bst
