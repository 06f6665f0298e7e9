#ifndef BSTC_TOOLS_BSTC_CLI_MODEL_H
#define BSTC_TOOLS_BSTC_CLI_MODEL_H

#include "driver/compile.h"
#include "runtime/package/package.h"
#include "tools/bstc/cli/arguments.h"

#include <optional>

namespace bstc {

/// A runtime status as an error, its message unchanged.
llvm::Error toError(const bst::Status &status);

/// Opens a .bst file; `path` is in every error.
llvm::Expected<std::unique_ptr<bst::Package>> openPackage(llvm::StringRef path);

/// Whether the file at `path` is a package, whole or damaged, by its contents or else its name.
bool looksLikePackage(llvm::StringRef path);

/// A network from a .bst file or, compiled on the spot, from an .onnx file. Contents decide which
/// it is, not the suffix.
struct LoadedModel {
  /// Of the file, or of a compilation that writes one (CompileOptions::package); else null.
  std::unique_ptr<bst::Package> package;
  std::unique_ptr<CompiledProgram> compiled; ///< Of a compilation that writes no package.
  // The rest is of a compilation only.
  CostReport cost;
  std::vector<std::string> notices;
  std::optional<Target> target; ///< A package has but its name.
  const bst::Program &program() const { return package ? package->program() : compiled->program; }
};
llvm::Expected<LoadedModel> loadModel(llvm::StringRef path, const CompileOptions &options);

/// --target and --set, which every subcommand that compiles has.
void readTarget(const Arguments &arguments, CompileOptions &options);

/// A UsageError where one of `options`, which speak of compiling, is given with a package.
llvm::Error checkCompiles(const Arguments &arguments, llvm::StringRef model,
                          llvm::ArrayRef<llvm::StringRef> options);

/// The name of the file without folder and suffix.
llvm::StringRef stemOf(llvm::StringRef path);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_MODEL_H
