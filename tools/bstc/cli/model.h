#ifndef BSTC_TOOLS_BSTC_CLI_MODEL_H
#define BSTC_TOOLS_BSTC_CLI_MODEL_H

#include "driver/compile.h"
#include "runtime/api/program_session.h"
#include "runtime/package/package.h"
#include "tools/bstc/cli/arguments.h"

#include <optional>

namespace bstc {

/// Opens a .bst file; `path` is in every error.
llvm::Expected<bstrt::Package> openPackage(llvm::StringRef path);

/// The same for an operand that has to be a package: for another tool's file or an ONNX model, the
/// error says what to do with it.
llvm::Expected<bstrt::Package> openPackageOnly(llvm::StringRef path);

/// The package of a compilation, which a receipt has opened already.
llvm::Expected<bstrt::Package> openCompiled(const Compilation &compilation);

/// Whether the file at `path` is a package, whole or damaged, by its contents or else its name.
bool looksLikePackage(llvm::StringRef path);

/// A network from a .bst file or, compiled on the spot, from an .onnx file. Contents decide which
/// it is, not the suffix. A file of another tool's format gets an error that says how to export it.
struct LoadedModel {
  /// Of the file, or of a compilation that makes one (CompileOptions::package); else none.
  std::optional<bstrt::Package> package;
  std::unique_ptr<CompiledProgram> compiled; ///< Of a compilation that makes no package.
  // The rest is of a compilation only.
  CostReport cost;
  std::vector<Notice> notices;
  std::optional<Target> target; ///< A package only has its name.
  const bst::Program &program() const {
    return package ? bst::programOf(*package) : compiled->program;
  }
};
llvm::Expected<LoadedModel> loadModel(llvm::StringRef path, const CompileOptions &options);

/// --target and --set, which every subcommand that compiles has.
void readTarget(const Arguments &arguments, CompileOptions &options);

/// --threads, from 1 to 256; `otherwise`, within these bounds, where it is not given.
llvm::Expected<unsigned> readThreads(const Arguments &arguments, unsigned otherwise);
constexpr unsigned mostThreads = 256;

/// A UsageError where one of `options`, which speak of compiling, is given with a package.
llvm::Error checkCompiles(const Arguments &arguments, llvm::StringRef model,
                          llvm::ArrayRef<llvm::StringRef> options);

/// The name of the file without folder and suffix.
llvm::StringRef stemOf(llvm::StringRef path);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_MODEL_H
