#ifndef BSTC_TOOLS_BSTC_PROFILE_ADVICE_H
#define BSTC_TOOLS_BSTC_PROFILE_ADVICE_H

#include "tools/bstc/profile/profile_model.h"

namespace bstc {

/// Options for the deployed form of the network that `options` compile; none where they are of it
/// already.
std::optional<CompileOptions> deployedOptions(const CompileOptions &options);

/// Advice of less is none.
constexpr double leastAdvice = 0.01;
/// Pieces of advice that are given at most.
constexpr size_t mostAdvice = 3;

/// Fills in `model.outlook`: the deployed form of an .onnx file, or why it has none, and where
/// `advise` is set what would make it faster. Each change is compiled and simulated on its own, on
/// top of the deployed form where there is one, else of the form that the file has: which form a
/// network is in is decided first, and a float tail hides what changes elsewhere gain. What cannot
/// be compiled is no advice. `model` is profileModel's with `options`, with addDetails().
void addOutlook(ProfiledModel &model, llvm::StringRef path, const CompileOptions &options,
                bool advise);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_PROFILE_ADVICE_H
