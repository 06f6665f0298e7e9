#include "tools/bstc/inspect/inspect_pictures.h"

#include "runtime/program/program.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/picture_arguments.h"
#include "tools/bstc/cli/table.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {

/// "0.5", or "0.5 0.25 0.75" where channels differ.
static std::string channelsText(const std::array<double, 3> &values) {
  if (values[0] == values[1] && values[1] == values[2])
    return numberText(values[0]);
  return numberText(values[0]) + " " + numberText(values[1]) + " " + numberText(values[2]);
}

/// "rgb nchw", or the planes that stand for pixels.
static std::string formText(const bst::Preprocess &p) {
  if (p.form != bst::PictureForm::Elements)
    return bst::pictureFormNames[size_t(p.form)];
  return bst::colourOrderNames[size_t(p.colours)] + std::string(p.channelsLast ? " nhwc" : " nchw");
}

static void printPreprocess(const bst::Program &program, const bst::Preprocess &p,
                            llvm::raw_ostream &out) {
  const bst::Tensor &input = program.tensors[program.inputs[p.input]];
  out << "picture   " << input.name << ": " << formText(p) << ", "
      << bst::pictureFitNames[size_t(p.fit)];
  if (p.fit == bst::PictureFit::Letterbox)
    out << " with " << numberText(double(p.pad)) << " around it";
  if (input.dtype == bst::DType::U8)
    out << ", 8-bit values as they are\n\n";
  else
    out << ", (value - " << channelsText(p.mean) << ") * " << channelsText(p.scale) << "\n\n";
}

static std::string outputNames(const bst::Program &program) {
  std::vector<std::string> names;
  names.reserve(program.decode.outputs.size());
  for (uint32_t output : program.decode.outputs)
    names.push_back(program.tensors[program.outputs[output]].name);
  return llvm::join(names, ", ");
}

/// What the outputs hold, and what is left to the host.
static void printStage(const bst::Program &program, llvm::raw_ostream &out) {
  const bst::DecodeInfo &decode = program.decode;
  if (!decode.outputs.empty())
    out << "  " << bst::detectionStageNames[size_t(decode.stage)] << " in " << outputNames(program)
        << (decode.stage == bst::DetectionStage::Heads ? ": the host decodes and suppresses\n"
            : decode.stage == bst::DetectionStage::Predictions ? ": the host suppresses\n"
                                                               : "\n");
  if (decode.prototypes >= 0)
    out << "  prototypes in " << program.tensors[program.outputs[size_t(decode.prototypes)]].name
        << '\n';
  out << "  nms " << suppressionText(decode.nms) << '\n';
}

static void printDecode(const bst::Program &program, llvm::raw_ostream &out) {
  const bst::DecodeInfo &decode = program.decode;
  out << "decode    " << decode.kind << ": " << decode.classes << " classes, " << decode.masks
      << " mask coefficients\n";
  const size_t perLevel =
      decode.strides.empty() ? 0 : decode.anchors.size() / decode.strides.size();
  for (size_t level = 0; level < decode.strides.size(); ++level) {
    out << "  stride " << numberText(double(decode.strides[level]))
        << (perLevel ? ", anchors" : "");
    for (size_t i = 0; i + 1 < perLevel; i += 2)
      out << ' ' << numberText(double(decode.anchors[level * perLevel + i])) << 'x'
          << numberText(double(decode.anchors[level * perLevel + i + 1]));
    out << '\n';
  }
  printStage(program, out);
}

void printPictures(const bst::Program &program, llvm::raw_ostream &out) {
  for (const bst::Preprocess &preprocess : program.preprocess)
    printPreprocess(program, preprocess, out);
  const bst::DecodeInfo &decode = program.decode;
  if (!decode.kind.empty())
    printDecode(program, out);
  if (!decode.classNames.empty())
    out << (decode.kind.empty() ? "classes   " : "  names ") << llvm::join(decode.classNames, ", ")
        << '\n';
  if (!decode.kind.empty() || !decode.classNames.empty())
    out << '\n';
}

} // namespace bstc
