#include "tools/bstc/cli/model.h"

#include "ir/error.h"

#include "llvm/Support/Path.h"

#include <fstream>

namespace bstc {

llvm::Error toError(const bst::Status &status) {
  return status.ok() ? llvm::Error::success() : makeError(status.message());
}

llvm::Expected<std::unique_ptr<bst::Package>> openPackage(llvm::StringRef path) {
  std::unique_ptr<bst::Package> package;
  if (llvm::Error error = toError(bst::Package::open(path.str(), package)))
    return error;
  return package;
}

/// FlatBuffers keep the file identifier behind the first offset. A file that only has the name of a
/// package is a damaged package.
bool looksLikePackage(llvm::StringRef path) {
  char head[8] = {};
  std::ifstream(path.str(), std::ios::binary).read(head, sizeof head);
  return llvm::StringRef(head + 4, 4) == "BST1" || path.endswith(".bst");
}

llvm::Expected<LoadedModel> loadModel(llvm::StringRef path, const CompileOptions &options) {
  LoadedModel model;
  if (looksLikePackage(path)) {
    auto package = openPackage(path);
    if (!package)
      return package.takeError();
    model.package = std::move(*package);
    return model;
  }
  llvm::Expected<Compilation> compilation = compileFile(path, options);
  if (!compilation)
    return compilation.takeError();
  model.notices = std::move(compilation->notices);
  model.target = std::move(compilation->target);
  model.cost = std::move(compilation->cost);
  if (!options.package)
    model.compiled = std::move(compilation->compiled);
  else if (llvm::Error error =
               toError(bst::Package::fromMemory(compilation->package, model.package)))
    return error;
  return model;
}

void readTarget(const Arguments &arguments, CompileOptions &options) {
  options.target = arguments.value("--target", options.target).str();
  for (llvm::StringRef setting : arguments.values("--set"))
    options.targetSettings.push_back(setting.str());
}

llvm::Error checkCompiles(const Arguments &arguments, llvm::StringRef model,
                          llvm::ArrayRef<llvm::StringRef> options) {
  for (llvm::StringRef option : options)
    if (arguments.has(option) && looksLikePackage(model))
      return llvm::make_error<UsageError>(
          (option + " applies to ONNX files only: " + model + " is compiled already").str());
  return llvm::Error::success();
}

llvm::StringRef stemOf(llvm::StringRef path) { return llvm::sys::path::stem(path); }

} // namespace bstc
