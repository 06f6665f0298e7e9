#include "detectors/picture_input.h"

#include "ir/error.h"
#include "runtime/program/program.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc {
namespace {

using Input = PictureOptions::Input;

/// The inputs alone, for those who look at nothing else of a program.
bst::Program inputsOf(const Graph &graph) {
  bst::Program program;
  for (const Value *input : graph.inputs()) {
    program.inputs.push_back(uint32_t(program.tensors.size()));
    bst::Tensor &tensor = program.tensors.emplace_back();
    tensor.name = input->name;
    tensor.dtype = input->type.element == ElementType::U8   ? bst::DType::U8
                   : input->type.element == ElementType::S8 ? bst::DType::S8
                                                            : bst::DType::F32;
    tensor.shape.assign(input->type.shape.begin(), input->type.shape.end());
  }
  return program;
}

bool isBytes(const Value *input) {
  return input->type.element == ElementType::U8 || input->type.element == ElementType::S8;
}

/// Where an input is bytes already, the others are no pictures unless they are maps of floats.
bool takesPixels(const Graph &graph) {
  return llvm::any_of(graph.inputs(), isBytes) &&
         llvm::none_of(graph.inputs(), [](const Value *input) {
           return input->type.isFloat() && input->type.rank() == 4;
         });
}

llvm::Expected<std::vector<bst::Preprocess>>
normalisations(const Graph &graph, const Family *family, const PictureOptions &options) {
  const bst::Program inputs = inputsOf(graph);
  if (!options.preprocess.empty())
    return preprocessOf(inputs, options.preprocess);
  std::vector<bst::Preprocess> list;
  if (family)
    list = defaultPreprocess(inputs, *family);
  if (list.empty() && !takesPixels(graph))
    return makeError(
        Code::BadPictureInput,
        "it is not known how an 8-bit picture becomes an input of the network: nothing "
        "says how pixels are normalised");
  return list;
}

TensorType bytes(Shape shape) { return {ElementType::U8, std::move(shape), std::nullopt}; }

llvm::Error takeNv12(Graph &graph, uint32_t index, bool fullRange) {
  const Value &pixels = *graph.inputs()[index];
  const std::string name = pixels.name;
  const Shape shape = pixels.type.shape;
  if (shape[1] % 2 || shape[2] % 2)
    return makeError(Code::BadPictureInput, "input '" + name + "' has " + llvm::Twine(shape[1]) +
                                                " x " + llvm::Twine(shape[2]) +
                                                " pixels; NV12 has an even number of rows and "
                                                "columns");
  graph.addBeforeInput(index, OpKind::Nv12, name + "#nv12", Nv12Attrs{fullRange},
                       bytes({shape[0], shape[1] / 2 * 3, shape[2]}),
                       graph.uniqueName(name + "#pixels"));
  return llvm::Error::success();
}

llvm::Error takePicture(Graph &graph, bst::Preprocess &picture, Input form) {
  const uint32_t index = picture.input;
  const Value &input = *graph.inputs()[index];
  const std::string name = input.name;
  if (isBytes(&input))
    return llvm::Error::success();
  if (!input.type.isFloat())
    return makeError(Code::BadPictureInput, "input '" + name + "' is " +
                                                elementTypeName(input.type.element) +
                                                ", but pictures are normalised to f32");
  Shape shape = input.type.shape;
  if (picture.channelsLast) {
    shape = {shape[0], shape[3], shape[1], shape[2]};
    graph.addBeforeInput(index, OpKind::Transpose, name + "#channels_last",
                         TransposeAttrs{{0, 2, 3, 1}}, {ElementType::F32, shape, std::nullopt},
                         graph.uniqueName(name + "#channels_last"));
  }
  graph.addBeforeInput(
      index, OpKind::Picture, name + "#picture",
      PictureAttrs{picture.mean, picture.scale, picture.colours == bst::ColourOrder::Bgr, {}},
      bytes({shape[0], shape[2], shape[3], 3}), graph.uniqueName(name + "#real"));
  picture.pad = std::nearbyint(picture.pad); // Pixels around it are bytes, too.
  picture.mean = {0, 0, 0};
  picture.scale = {1, 1, 1};
  picture.colours = bst::ColourOrder::Rgb;
  picture.channelsLast = true;
  if (form == Input::U8)
    return llvm::Error::success();
  picture.form = form == Input::Nv12 ? bst::PictureForm::Nv12 : bst::PictureForm::Nv12Full;
  return takeNv12(graph, index, form == Input::Nv12Full);
}

} // namespace

llvm::Expected<std::vector<bst::Preprocess>> takePictures(Graph &graph, const Family *family,
                                                          const PictureOptions &options) {
  if (options.input == Input::File)
    return std::vector<bst::Preprocess>();
  if (options.input != Input::U8 && takesPixels(graph))
    return makeError(Code::BadPictureInput, "the network takes bytes already, but NV12 only takes "
                                            "the place of f32 pictures");
  auto list = normalisations(graph, family, options);
  if (!list)
    return list.takeError();
  for (bst::Preprocess &picture : *list)
    if (llvm::Error error = takePicture(graph, picture, options.input))
      return error;
  return list;
}

} // namespace bstc
