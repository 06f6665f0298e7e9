#include "tools/bstc/cli/foreign_model.h"

#include "ir/error.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fstream>

namespace bstc {
namespace {

constexpr const char *fromPyTorch =
    "export it to ONNX first: 'python export.py --weights best.pt --include onnx --opset 13' in "
    "YOLOv5's folder, 'yolo export model=best.pt format=onnx' for other Ultralytics models, or "
    "torch.onnx.export(model, images, 'model.onnx', opset_version=13) in Python";
constexpr const char *fromTensorFlow =
    "export it to ONNX first: 'python -m tf2onnx.convert --saved-model FOLDER --opset 13 --output "
    "model.onnx' (--graphdef FILE, --keras FILE for the other forms)";
constexpr const char *fromTraining =
    "go back to the network that it was made from and export that to ONNX: 'python export.py "
    "--weights best.pt --include onnx --opset 13' for YOLOv5, torch.onnx.export for PyTorch, "
    "'python -m tf2onnx.convert --saved-model FOLDER --opset 13 --output model.onnx' for "
    "TensorFlow";

/// A format of another tool.
struct Format {
  const char *what;
  llvm::ArrayRef<const char *> suffixes;
  llvm::StringRef magic; ///< The bytes at `offset`; empty: known by its name only.
  size_t offset;
  const char *advice;
};

constexpr const char *pyTorchNames[] = {".pt", ".pth", ".ckpt", ".safetensors", ".torchscript"};
constexpr const char *liteNames[] = {".tflite", ".lite"};
constexpr const char *tensorRtNames[] = {".engine", ".plan", ".trt"};
constexpr const char *openVinoNames[] = {".xml"};
constexpr const char *kerasNames[] = {".h5", ".hdf5", ".keras"};
constexpr const char *tensorFlowNames[] = {".pb", ".pbtxt"};
constexpr const char *otherNames[] = {".mlmodel", ".mlpackage", ".caffemodel", ".prototxt",
                                      ".param",   ".weights",   ".rknn",       ".om"};

const Format formats[] = {
    // PyTorch's is first.
    {"a PyTorch checkpoint", pyTorchNames, "", 0, fromPyTorch},
    {"a TensorFlow Lite model", liteNames, "TFL3", 4, fromTraining},
    {"a TensorRT engine for one GPU", tensorRtNames, "ftrt", 0, fromTraining},
    {"an OpenVINO model", openVinoNames, "", 0, fromTraining},
    {"a Keras model", kerasNames, "\x89HDF", 0, fromTensorFlow},
    {"a TensorFlow graph", tensorFlowNames, "", 0, fromTensorFlow},
    {"a model of another tool", otherNames, "", 0, fromTraining},
};

} // namespace

/// A zip with data.pkl in it, which torch.save() puts first.
static bool isPyTorchArchive(llvm::StringRef head) {
  return head.startswith(llvm::StringRef("PK\3\4", 4)) && head.contains("data.pkl");
}

std::string foreignModelAdvice(llvm::StringRef path) {
  if (!llvm::sys::fs::exists(path))
    return "";
  char head[4096] = {};
  std::ifstream(path.str(), std::ios::binary).read(head, sizeof head);
  const std::string suffix = llvm::sys::path::extension(path).lower();
  // The first field of an ONNX file is the version of the format, a number; a TensorFlow graph
  // begins with a node. A Core ML model begins like an ONNX file.
  constexpr char irVersion = 0x08;
  if (head[0] == irVersion && suffix != ".mlmodel")
    return "";
  const auto byContent = [&](const Format &format) {
    return !format.magic.empty() &&
           llvm::StringRef(head, sizeof head).substr(format.offset).startswith(format.magic);
  };
  const auto byName = [&](const Format &format) {
    return llvm::is_contained(format.suffixes, suffix);
  };
  const Format *found = isPyTorchArchive({head, sizeof head}) ? std::begin(formats)
                                                              : llvm::find_if(formats, byContent);
  if (found == std::end(formats))
    found = llvm::find_if(formats, byName);
  if (found == std::end(formats))
    return "";
  return std::string(found->what) + ", which bstc does not read; " + found->advice;
}

llvm::Error checkNotForeign(llvm::StringRef path) {
  const std::string advice = foreignModelAdvice(path);
  return advice.empty() ? llvm::Error::success()
                        : makeError(Code::ForeignModel, path + ": is " + advice);
}

} // namespace bstc
