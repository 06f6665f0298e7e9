#ifndef BSTC_DRIVER_COMPILE_H
#define BSTC_DRIVER_COMPILE_H

#include "backends/target.h"
#include "driver/fidelity.h"
#include "partitioner/cost.h"
#include "partitioner/schedule.h"

namespace bstc {

struct CompileOptions {
  std::string target = "bst-a1000b0";
  bool recogniseDecode = true; ///< Off: the decode stays plain float operators.
  bool fidelity = true;        ///< Compute the fidelity receipt.
  /// Print the IR after these passes ("all" for every one) to stderr.
  std::string printIrAfter;
  std::vector<std::string> classNames; ///< Kept in the package; may be empty.
};

/// Everything a compilation yields. `imported` is the network as the file has it, `placed` what it
/// became: reports and tests compare the two.
struct Compilation {
  Graph imported;
  Graph placed;
  Target target;
  std::unique_ptr<CompiledProgram> compiled;
  CostReport cost;
  std::optional<FidelityReceipt> fidelity;
  std::vector<std::string> notices; ///< Things a user should know: "nothing is quantised", ...
  std::vector<std::byte> package;   ///< The .bst file.
};

/// The pipeline, top to bottom. Errors carry file and node names, ready for the user.
llvm::Expected<Compilation> compileFile(llvm::StringRef path, const CompileOptions &options);
llvm::Expected<Compilation> compile(Graph imported, const CompileOptions &options);

} // namespace bstc

#endif // BSTC_DRIVER_COMPILE_H
