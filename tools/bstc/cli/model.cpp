#include "tools/bstc/cli/model.h"

#include "driver/package_run.h"
#include "ir/error.h"
#include "tools/bstc/cli/foreign_model.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <fstream>

namespace bstc {

llvm::Expected<bstrt::Package> openPackage(llvm::StringRef path) {
  bstrt::Result<bstrt::Package> package = bstrt::Package::open(path.str().c_str());
  if (package)
    return std::move(*package);
  if (package.error().code() == BST_ERROR_IO) // Of this call, always the file.
    return makeError(Code::PackageUnreadable, package.error().message());
  return toError(package.error());
}

llvm::Expected<bstrt::Package> openCompiled(const Compilation &compilation) {
  if (compilation.opened)
    return *compilation.opened;
  return openInMemory(compilation.package);
}

/// FlatBuffers keep the file identifier behind the first offset. A file that only has the name of a
/// package is a damaged package.
bool looksLikePackage(llvm::StringRef path) {
  char head[8] = {};
  std::ifstream(path.str(), std::ios::binary).read(head, sizeof head);
  return llvm::StringRef(head + 4, 4) == "BST1" || path.endswith(".bst");
}

llvm::Expected<bstrt::Package> openPackageOnly(llvm::StringRef path) {
  if (!looksLikePackage(path))
    if (llvm::Error error = checkNotForeign(path))
      return error;
  llvm::Expected<bstrt::Package> package = openPackage(path);
  if (!package && llvm::sys::fs::is_regular_file(path) && !looksLikePackage(path))
    return makeError(Code::NotAPackage, llvm::toString(package.takeError()) +
                                            "; compile an ONNX model first: bstc compile " + path);
  return package;
}

llvm::Expected<LoadedModel> loadModel(llvm::StringRef path, const CompileOptions &options) {
  LoadedModel model;
  if (looksLikePackage(path)) {
    llvm::Expected<bstrt::Package> package = openPackage(path);
    if (!package)
      return package.takeError();
    model.package.emplace(std::move(*package));
    return model;
  }
  if (llvm::Error error = checkNotForeign(path))
    return error;
  llvm::Expected<Compilation> compilation = compileFile(path, options);
  if (!compilation)
    return compilation.takeError();
  model.notices = std::move(compilation->notices);
  model.target = std::move(compilation->target);
  model.cost = std::move(compilation->cost);
  if (!options.package) {
    model.compiled = std::move(compilation->compiled);
    return model;
  }
  llvm::Expected<bstrt::Package> package = openCompiled(*compilation);
  if (!package)
    return package.takeError();
  model.package.emplace(std::move(*package));
  return model;
}

void readTarget(const Arguments &arguments, CompileOptions &options) {
  options.target = arguments.value("--target", options.target).str();
  for (llvm::StringRef setting : arguments.values("--set"))
    options.targetSettings.push_back(setting.str());
}

llvm::Expected<unsigned> readThreads(const Arguments &arguments, unsigned otherwise) {
  llvm::Expected<uint64_t> threads =
      arguments.number("--threads", std::clamp(otherwise, 1u, mostThreads), 1, mostThreads);
  if (!threads)
    return threads.takeError();
  return unsigned(*threads);
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
