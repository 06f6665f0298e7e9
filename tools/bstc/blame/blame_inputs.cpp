#include "tools/bstc/blame/blame_inputs.h"

#include "tools/bstc/cli/inputs.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/picture_list.h"
#include "vision/detect/letterbox.h"
#include "vision/detect/network_input.h"
#include "vision/image/image_file.h"

#include "ir/error.h"

#include <map>

namespace bstc {

/// At most `most` of the pictures, from the first to the last.
static std::vector<std::string> spread(const std::vector<std::string> &all, size_t most) {
  if (all.size() <= most)
    return all;
  std::vector<std::string> chosen;
  for (size_t i = 0; i < most; ++i)
    chosen.push_back(all[i * all.size() / most]);
  return chosen;
}

llvm::Error BlameInputs::readArrays(const Arguments &arguments) {
  const bst::Program &program = compilation->compiled->program;
  std::map<uint32_t, std::shared_ptr<TensorData>> memory;
  for (size_t i = 0; i < program.inputs.size(); ++i)
    memory[program.inputs[i]] =
        std::make_shared<TensorData>(ArrayType(compilation->imported.inputs()[i]->type));
  if (llvm::Error error =
          loadInputs(program, "--input", arguments.values("--input"),
                     [&](uint32_t tensor) { return memory[tensor]->mutableValues<std::byte>(); }))
    return error;
  for (const uint32_t input : program.inputs)
    arrays.push_back(memory[input]);
  return llvm::Error::success();
}

llvm::Error BlameInputs::findPreprocess() {
  const bst::Program &program = compilation->compiled->program;
  const llvm::ArrayRef<Value *> inputs = compilation->imported.inputs();
  const bool isFloat = inputs.size() == 1 && inputs[0]->type.isFloat();
  if (isFloat && inputs[0]->type.rank() == 4 && program.preprocess.size() == 1) {
    how = program.preprocess.front();
    return llvm::Error::success();
  }
  if (!isFloat || inputs[0]->type.rank() != 4 || inputs[0]->type.shape[1] != 3)
    return makeError(Code::NotADetector,
                     compilation->imported.source +
                         ": its input is not known to be a picture; give arrays with --input");
  warn(Code::NotADetector,
       compilation->imported.source +
           ": no detector is recognised, so it is not known how a picture becomes its input: taken "
           "as rgb,letterbox,pad=114,scale=1/255; say it with --preprocess");
  return llvm::Error::success();
}

llvm::Expected<BlameInputs> BlameInputs::choose(const Arguments &arguments,
                                                const Compilation &compilation,
                                                const Dataset *dataset) {
  BlameInputs inputs(compilation);
  const bool arrays = arguments.has("--input"), images = arguments.has("--images") && !dataset;
  if (int(arrays) + int(images) + int(dataset != nullptr) != 1)
    return usageError("what to measure on is needed: one of --images, --data and --input");
  if (arrays) {
    if (llvm::Error error = inputs.readArrays(arguments))
      return error;
    return inputs;
  }
  llvm::Expected<uint64_t> most = arguments.number("--pictures", 8, 1, 100000);
  if (!most)
    return most.takeError();
  std::vector<std::string> all;
  if (dataset) {
    for (const LabelledImage &image : dataset->images)
      all.push_back(image.path);
  } else {
    auto listed = listPictures({arguments.value("--images").str()});
    if (!listed)
      return listed.takeError();
    all = std::move(*listed);
  }
  inputs.pictures = spread(all, *most);
  if (llvm::Error error = inputs.findPreprocess())
    return error;
  return inputs;
}

llvm::Expected<std::vector<TensorDataRef>> BlameInputs::read(size_t index) const {
  if (!arrays.empty())
    return arrays;
  const std::string &path = pictures[index];
  llvm::Expected<Image> picture = readImage(path);
  if (!picture)
    return picture.takeError();
  const ArrayType &type = compilation->imported.inputs().front()->type;
  const auto height = int(type.shape[how.channelsLast ? 1 : 2]);
  const auto width = int(type.shape[how.channelsLast ? 2 : 3]);
  if (how.fit == bst::PictureFit::Exact && (picture->width != width || picture->height != height))
    return makeError(Code::PictureSize, path + ": is " + llvm::Twine(picture->width) + "x" +
                                            llvm::Twine(picture->height) +
                                            ", but the network takes only " + llvm::Twine(width) +
                                            "x" + llvm::Twine(height));
  const Letterbox letterbox =
      how.fit == bst::PictureFit::Letterbox
          ? letterboxToDetect(picture->width, picture->height, width, height)
          : stretched(picture->width, picture->height, width, height);
  auto data = std::make_shared<TensorData>(type);
  const llvm::MutableArrayRef<float> elements = data->mutableValues<float>();
  writeInput(letterbox, *picture, inputFormat(how), {elements.data(), elements.size()});
  return std::vector<TensorDataRef>{std::move(data)};
}

} // namespace bstc
