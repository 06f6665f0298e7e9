#ifndef BSTC_TOOLS_BSTC_PROFILE_PROFILE_MODEL_H
#define BSTC_TOOLS_BSTC_PROFILE_PROFILE_MODEL_H

#include "partitioner/fused_adds.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/profile/report.h"
#include "tools/bstc/profile/saved_report.h"

namespace bstc {

/// Frames that can be asked for at most.
constexpr uint32_t mostFrames = 1000;

/// A model, the device and what was predicted.
struct ProfiledModel {
  LoadedModel model; ///< Owns the weights.
  /// A package's program as planned for another device than its own.
  std::optional<bst::Program> planned;
  Target target;
  CostReport cost;
  std::string title; ///< The model's name.
  Assumptions assumptions;
  // What addDetails() adds.
  std::optional<FpsRange> range;
  Timeline frames;
  std::optional<FusedAdds> fusedAdds;
  Outlook outlook;
  const bst::Program &program() const { return planned ? *planned : model.program(); }
  Profile profile() const {
    return {program(), target, cost, range, frames, fusedAdds, assumptions, model.notices, outlook};
  }
};

/// Predicts the cost of a model (.onnx or .bst) on a device: `options.target`, or the package's own
/// where `targetGiven` is false. Of an .onnx file the compilation has it.
llvm::Expected<std::unique_ptr<ProfiledModel>>
profileModel(llvm::StringRef path, const CompileOptions &options, bool targetGiven);

/// What a report of one model says and a comparison does not read: its frames (`frames` of them; 0:
/// the steady state), what fused sums gain, and, unless `quick` is set, the range of its FPS.
llvm::Error addDetails(ProfiledModel &model, uint32_t frames = 0, bool quick = false);

/// FpsRange::draws alone, for a comparison.
void addDraws(ProfiledModel &model);

/// The report of a saved profile (.json), or of a model as profileModel() makes it.
llvm::Expected<SavedReport> loadReport(llvm::StringRef path, const CompileOptions &options,
                                       bool targetGiven);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_PROFILE_PROFILE_MODEL_H
