#ifndef BSTC_DRIVER_COMPILE_H
#define BSTC_DRIVER_COMPILE_H

#include "backends/target.h"
#include "detectors/picture_options.h"
#include "driver/fidelity.h"
#include "partitioner/cost.h"
#include "partitioner/schedule.h"

namespace bstc {

/// What to compile for, and how.
struct CompileOptions {
  std::string target = "bst-a1000b0";
  std::vector<std::string> targetSettings; ///< "FIELD=VALUE" (applySettings).
  bool recogniseDecode = true;             ///< Off: the decode stays plain float operators.
  /// What is made beside the program, to be left out by those who do not read it. A package that is
  /// kept has the cost in it, so the two go together there.
  bool cost = true;     ///< Compilation::cost, and Program::cost, its summary.
  bool package = true;  ///< Compilation::package.
  bool fidelity = true; ///< Compilation::fidelity.
  /// Quantise a float network with placeholder scales, for an estimate of its speed. What it then
  /// computes is meaningless: no receipt is made, and its package must not be shipped.
  bool assumeInt8 = false;
  /// Print the IR after this pass ("all" for every one; "import" and "assign-engines" count too)
  /// into Compilation::printedIr.
  std::string printIrAfter;
  PictureOptions pictures; ///< What the package says about its pictures.
  /// The form for deployment: 8-bit pictures in; of a detector detections out, and prototypes of
  /// masks as the integers that they are. Otherwise names, types and shapes are the file's.
  bool deploy = false;
  /// Predictions for networks that do not exist yet; what is compiled computes nothing of use.
  struct WhatIf {
    bool relu = false;      ///< Every SiLU is a ReLU (reluForSilu).
    int64_t size = 0;       ///< Square inputs of this size (importResized); 0: the file's own.
    bool tieScales = false; ///< Concatenations and their inputs have one scale (tieScales).
    bool any() const { return relu || size || tieScales; }
  } whatIf;
};

/// Everything a compilation yields. `imported` is the network as the file has it, `placed` what it
/// became: reports and tests compare the two.
struct Compilation {
  Graph imported;
  Graph placed;
  Target target;
  std::unique_ptr<CompiledProgram> compiled;
  CostReport cost; ///< Empty where CompileOptions leave it out; so are the next two.
  std::optional<FidelityReceipt> fidelity;
  std::vector<Notice> notices;          ///< Things a user should know: "nothing is quantised", ...
  std::vector<std::byte> package;       ///< The .bst file.
  std::optional<bstrt::Package> opened; ///< The same, ready to run; where a receipt was made of it.
  /// The graph after each pass of CompileOptions::printIrAfter, as text with one header line per
  /// pass.
  std::string printedIr;
};

/// One node of the ONNX file and where its work went.
struct PlacementRow {
  std::string node, op;
  NodeEngine engine = NodeEngine::None; ///< None: it costs nothing.
  std::string reason; ///< "int8 conv, fused relu"; "fused into node X"; "constant, folded".
};
/// Every node of the imported graph, in its order.
std::vector<PlacementRow> placementTable(const Graph &imported, const Graph &placed);

/// An error where `options` name a step to print that is unknown or does not run. compile() checks
/// the same with what the device asks for.
llvm::Error checkOptions(const CompileOptions &options);

/// The pipeline, top to bottom. Errors carry file and node names, ready for the user.
llvm::Expected<Compilation> compileFile(llvm::StringRef path, const CompileOptions &options);
llvm::Expected<Compilation> compile(Graph imported, const CompileOptions &options);

} // namespace bstc

#endif // BSTC_DRIVER_COMPILE_H
