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
  bst::Program program;
  Target target;
  CostReport cost;
  FpsRange range;
  Timeline frames;
  std::string title; ///< The model's name.
  std::optional<FusedAdds> fusedAdds;
  Assumptions assumptions;
  Profile profile() const {
    return {program, target, cost, range, frames, fusedAdds, assumptions, model.notices};
  }
};

/// Predicts the cost of a model (.onnx or .bst) on a device: `options.target`, or the package's own
/// where `targetGiven` is false. `frames`: those to show; 0: the steady state.
llvm::Expected<std::unique_ptr<ProfiledModel>> profileModel(llvm::StringRef path,
                                                            const CompileOptions &options,
                                                            bool targetGiven, uint32_t frames = 0);

/// The report of a saved profile (.json), or of a model as profileModel() makes it.
llvm::Expected<SavedReport> loadReport(llvm::StringRef path, const CompileOptions &options,
                                       bool targetGiven);

/// The same from a profile at hand.
llvm::Expected<SavedReport> reportOf(const ProfiledModel &model);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_PROFILE_PROFILE_MODEL_H
