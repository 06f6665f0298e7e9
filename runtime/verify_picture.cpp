// What the package says about its pictures.
#include "runtime/verify.h"

#include <algorithm>
#include <cmath>

namespace bst {
namespace {

Status corrupt(std::string message) {
  return Status(StatusCode::CorruptPackage, std::move(message));
}
Status corruptDecode(std::string message) { return corrupt("decode info: " + std::move(message)); }

Status verifyPreprocess(const Program &program, size_t index) {
  const Preprocess &p = program.preprocess[index];
  const auto wrong = [&](std::string message) {
    return corrupt(text("preprocessing ", index, ": ", message));
  };
  if (p.input >= program.inputs.size())
    return wrong(text("is of input ", p.input, ", the program has ", program.inputs.size()));
  for (size_t other = 0; other < index; ++other)
    if (program.preprocess[other].input == p.input)
      return wrong(text("is of input ", p.input, ", as preprocessing ", other));
  const Tensor &input = program.tensors[program.inputs[p.input]];
  if (input.shape.size() != 4 || input.shape[p.channelsLast ? 3 : 1] != 3)
    return wrong(text(describe(program, input), " has shape ", input.shape, ", expected ",
                      p.channelsLast ? "[n,h,w,3]" : "[n,3,h,w]"));
  if (size_t(p.colours) >= colourOrderNames.size() || size_t(p.fit) >= pictureFitNames.size())
    return wrong(
        text("colour order ", uint32_t(p.colours), " or fit ", uint32_t(p.fit), " is unknown"));
  if (!(p.pad >= 0 && p.pad <= 255))
    return wrong(text("pad is ", double(p.pad), ", expected 0 to 255"));
  for (size_t c = 0; c < 3; ++c)
    if (!std::isfinite(p.mean[c]) || !std::isfinite(p.scale[c]) || p.scale[c] == 0)
      return wrong(text("mean and scale of channel ", c, " are ", p.mean[c], " and ", p.scale[c],
                        ", expected finite numbers and no scale of 0"));
  return {};
}

/// What a program's output may look like: -1 stands for any extent.
using Pattern = std::vector<int64_t>;

bool fits(const Tensor &tensor, const Pattern &pattern) {
  return std::equal(tensor.shape.begin(), tensor.shape.end(), pattern.begin(), pattern.end(),
                    [](int32_t extent, int64_t wanted) { return wanted < 0 || extent == wanted; });
}

/// The output of that index has one of the shapes.
Status expectOutput(const Program &program, uint32_t output, const char *what,
                    std::initializer_list<Pattern> patterns) {
  if (output >= program.outputs.size())
    return corruptDecode(
        text(what, " is output ", output, ", the program has ", program.outputs.size()));
  const Tensor &tensor = program.tensors[program.outputs[output]];
  for (const Pattern &pattern : patterns)
    if (fits(tensor, pattern))
      return {};
  std::string expected;
  for (const Pattern &pattern : patterns) {
    appendText(expected, expected.empty() ? "[" : " or [");
    for (size_t axis = 0; axis < pattern.size(); ++axis) {
      appendText(expected, axis ? "," : "");
      if (pattern[axis] < 0)
        appendText(expected, "n");
      else
        appendText(expected, pattern[axis]);
    }
    appendText(expected, "]");
  }
  return corruptDecode(text(what, ", ", describe(program, tensor), ", has shape ", tensor.shape,
                            ", expected ", expected));
}

Status verifyHeads(const Program &program) {
  const DecodeInfo &d = program.decode;
  const int64_t width = int64_t(5) + d.classes + d.masks;
  const auto anchors = int64_t(d.anchors.size() / d.strides.size() / 2);
  if (d.outputs.size() != d.strides.size())
    return corruptDecode(
        text("has ", d.outputs.size(), " heads for ", d.strides.size(), " strides"));
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
    return corruptDecode(
        text("has ", d.outputs.size(), " outputs of detections, expected ", expected));
  for (size_t i = 0; i < expected; ++i)
    if (Status s = expectOutput(program, d.outputs[i], parts[i].first, {parts[i].second}); !s.ok())
      return s;
  return {};
}

Status verifyStage(const Program &program) {
  const DecodeInfo &d = program.decode;
  if (d.prototypes < -1)
    return corruptDecode(text("prototypes are output ", d.prototypes));
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
      return corruptDecode(text("has ", d.outputs.size(), " outputs of predictions, expected 1"));
    return d.outputs.empty() ? Status()
                             : expectOutput(program, d.outputs[0], "predictions",
                                            {{1, -1, int64_t(5) + d.classes + d.masks}});
  }
  return corruptDecode(text("stage ", uint32_t(d.stage), " is unknown"));
}

Status verifyAnchors(const DecodeInfo &d) {
  // Whoever gets detections needs none, and the compiler may not know them.
  if (d.stage == DetectionStage::Detections && d.strides.empty() && d.anchors.empty())
    return {};
  if (d.strides.empty() || !allPositive(d.strides))
    return corruptDecode("strides are missing or not all finite and above 0");
  if (d.anchors.empty() || d.anchors.size() % (2 * d.strides.size()) || !allPositive(d.anchors))
    return corruptDecode(text("has ", d.anchors.size(), " anchor numbers, expected pairs for ",
                              d.strides.size(), " levels, all finite and above 0"));
  return {};
}

Status verifyDecode(const Program &program) {
  const DecodeInfo &d = program.decode;
  if (d.kind.empty())
    return {};
  if (d.classes < 1 || d.masks < 0)
    return corruptDecode(text("has ", d.classes, " classes and ", d.masks, " masks"));
  if (Status s = verifyAnchors(d); !s.ok())
    return s;
  if (!d.classNames.empty() && d.classNames.size() != size_t(d.classes))
    return corruptDecode(
        text("has ", d.classNames.size(), " class names for ", d.classes, " classes"));
  if (const std::string problem = nmsProblem(d.nms); !problem.empty())
    return corruptDecode(problem);
  return verifyStage(program);
}

} // namespace

Status verifyPictures(const Program &program) {
  if (program.preprocess.size() > program.inputs.size())
    return corrupt(text("has ", program.preprocess.size(), " descriptions of preprocessing for ",
                        program.inputs.size(), " inputs"));
  for (size_t i = 0; i < program.preprocess.size(); ++i)
    if (Status s = verifyPreprocess(program, i); !s.ok())
      return s;
  return verifyDecode(program);
}

} // namespace bst
