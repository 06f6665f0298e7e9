#include "tools/bstc/profile/profile_model.h"

#include "ir/error.h"
#include "partitioner/retile.h"

#include "llvm/Support/MemoryBuffer.h"

namespace bstc {

/// The device that a package is profiled for: its own, or the one that the user asks about.
static llvm::Expected<Target> targetFor(const bst::Program &program, const CompileOptions &options,
                                        bool targetGiven) {
  llvm::Expected<Target> target =
      targetGiven ? loadTarget(options.target) : loadBuiltinTarget(program.target);
  if (!target && !targetGiven) {
    llvm::consumeError(target.takeError());
    return makeError(
        Code::TargetNotBuiltIn,
        "the package was compiled for '" + program.target +
            "', which is not a built-in target; pass its description with --target FILE");
  }
  if (!target)
    return target;
  if (llvm::Error error = applySettings(*target, options.targetSettings))
    return error;
  return target;
}

/// Are the tiles for memories of the device's sizes?
static bool fits(const bst::TileProgram &tiles, const Target &target) {
  const Target::Maca &maca = target.maca;
  return tiles.dataBytes == uint64_t(maca.dataMemoryBytes) &&
         tiles.weightBytes == uint64_t(maca.weightMemoryBytes) &&
         tiles.channelBlock == uint64_t(maca.outChannelQuantum);
}

/// Is the package's own description the same as this one? Known of built-in ones only: of a
/// description of the user's own, a package has but the name, and the numbers behind it may have
/// changed.
static bool isOwn(const bst::Program &program, const Target &target) {
  llvm::Expected<Target> own = loadBuiltinTarget(program.target);
  if (own)
    return sameNumbers(*own, target);
  llvm::consumeError(own.takeError());
  return false;
}

/// Gives a package the tiles that its commands would have on `target`, where it has others.
static llvm::Error planFor(bst::Program &program, const Target &target, llvm::StringRef path,
                           bool targetGiven) {
  if (!program.tiles.ops.empty() && isOwn(program, target)) {
    if (fits(program.tiles, target))
      return llvm::Error::success();
    // A description of the user's own that kept a built-in name.
    if (!targetGiven)
      return makeError(Code::OtherDescription,
                       path + ": was compiled for another description named '" + program.target +
                           "' (with " + bytesText(program.tiles.dataBytes) + " of data and " +
                           bytesText(program.tiles.weightBytes) +
                           " of weight memory); pass that description with --target FILE");
  }
  if (const std::string why = whyOtherCommands(program, target); !why.empty())
    return makeError(Code::CannotReplan, path + ": cannot be planned for " + target.name +
                                             ": the package " + why +
                                             "; profile the ONNX file instead");
  llvm::Expected<bst::Program> planned = retile(program, target);
  if (!planned)
    return planned.takeError();
  program = std::move(*planned);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<ProfiledModel>> profileModel(llvm::StringRef path,
                                                            const CompileOptions &options,
                                                            bool targetGiven, uint32_t frames) {
  auto result = std::make_unique<ProfiledModel>();
  llvm::Expected<LoadedModel> model = loadModel(path, options);
  if (!model)
    return model.takeError();
  result->model = std::move(*model);
  result->title = stemOf(path).str();
  bst::Program &program = result->program = result->model.program();
  if (result->model.target) {
    result->target = *result->model.target;
  } else {
    llvm::Expected<Target> target = targetFor(program, options, targetGiven);
    if (!target)
      return target.takeError();
    result->target = std::move(*target);
    if (llvm::Error error = planFor(program, result->target, path, targetGiven))
      return error;
  }
  result->cost = predictCost(program, result->target);
  llvm::Expected<std::optional<FusedAdds>> fusedAdds = withoutFusedAdds(program, result->target);
  if (!fusedAdds)
    return fusedAdds.takeError();
  result->fusedAdds = *fusedAdds;
  result->assumptions = {options.assumeInt8, options.whatIf.relu, options.whatIf.size};
  result->range = predictRange(program, result->target, result->cost);
  result->frames = frames ? simulate(program.tiles, result->cost.demands, result->target, frames)
                          : result->cost.steady;
  return result;
}

llvm::Expected<SavedReport> reportOf(const ProfiledModel &model) {
  return parseReport(profileJson(model.profile()), model.title);
}

llvm::Expected<SavedReport> loadReport(llvm::StringRef path, const CompileOptions &options,
                                       bool targetGiven) {
  if (looksLikeReport(path)) {
    auto file = llvm::MemoryBuffer::getFile(path);
    if (!file)
      return makeError(Code::ReportUnreadable,
                       "cannot read " + path + ": " + file.getError().message());
    return parseReport((*file)->getBuffer(), path);
  }
  auto model = profileModel(path, options, targetGiven);
  if (!model)
    return model.takeError();
  return reportOf(**model);
}

} // namespace bstc
