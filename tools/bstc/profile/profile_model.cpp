#include "tools/bstc/profile/profile_model.h"

#include "ir/error.h"
#include "partitioner/retile.h"

#include "llvm/Support/MemoryBuffer.h"

namespace bstc {

/// The device that a package is profiled for: its own, or the one that the user asks about.
static llvm::Expected<Target> targetFor(const bst::Program &program, llvm::StringRef path,
                                        const CompileOptions &options, bool targetGiven) {
  llvm::Expected<Target> target =
      targetGiven ? loadTarget(options.target) : loadBuiltinTarget(program.target);
  if (!target && !targetGiven) {
    llvm::consumeError(target.takeError());
    return makeError(
        Code::TargetNotBuiltIn,
        path + ": the package was compiled for '" + program.target +
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
/// description of the user's own, a package only has the name, and the numbers behind it may have
/// changed.
static bool isOwn(const bst::Program &program, const Target &target) {
  llvm::Expected<Target> own = loadBuiltinTarget(program.target);
  if (own)
    return sameNumbers(*own, target);
  llvm::consumeError(own.takeError());
  return false;
}

/// Gives a package the tiles that its commands would have on its target, where it has others.
static llvm::Error planPackage(ProfiledModel &model, llvm::StringRef path, bool targetGiven) {
  const bst::Program &program = model.program();
  if (!program.tiles.ops.empty() && isOwn(program, model.target)) {
    if (fits(program.tiles, model.target))
      return llvm::Error::success();
    // A description of the user's own that kept a built-in name.
    if (!targetGiven)
      return makeError(Code::OtherDescription,
                       path + ": was compiled for another description named '" + program.target +
                           "' (with " + bytesText(program.tiles.dataBytes) + " of data and " +
                           bytesText(program.tiles.weightBytes) +
                           " of weight memory); pass that description with --target FILE");
  }
  if (const std::string why = whyOtherCommands(program, model.target); !why.empty())
    return makeError(Code::CannotReplan, path + ": cannot be planned for " + model.target.name +
                                             ": the package " + why +
                                             "; profile the ONNX file instead");
  llvm::Expected<bst::Program> planned = retile(program, model.target);
  if (!planned)
    return planned.takeError();
  model.planned = std::move(*planned);
  return llvm::Error::success();
}

/// A compilation has planned for the device and predicted already.
static llvm::Error predictPackage(ProfiledModel &model, llvm::StringRef path,
                                  const CompileOptions &options, bool targetGiven) {
  llvm::Expected<Target> target = targetFor(model.program(), path, options, targetGiven);
  if (!target)
    return target.takeError();
  model.target = std::move(*target);
  if (llvm::Error error = planPackage(model, path, targetGiven))
    return error;
  model.cost = predictCost(model.program(), model.target);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<ProfiledModel>>
profileModel(llvm::StringRef path, const CompileOptions &options, bool targetGiven) {
  llvm::Expected<LoadedModel> model = loadModel(path, options);
  if (!model)
    return model.takeError();
  auto result = std::make_unique<ProfiledModel>();
  result->model = std::move(*model);
  result->title = stemOf(path).str();
  result->assumptions = {options.assumeInt8, options.whatIf.relu, options.whatIf.size,
                         options.whatIf.tieScales};
  if (!result->model.target) {
    if (llvm::Error error = predictPackage(*result, path, options, targetGiven))
      return error;
    return result;
  }
  result->target = std::move(*result->model.target);
  result->cost = std::move(result->model.cost);
  return result;
}

llvm::Error addDetails(ProfiledModel &model, uint32_t frames, bool quick) {
  const bst::Program &program = model.program();
  llvm::Expected<std::optional<FusedAdds>> fusedAdds = withoutFusedAdds(program, model.target);
  if (!fusedAdds)
    return fusedAdds.takeError();
  model.fusedAdds = *fusedAdds;
  if (!quick)
    model.range = predictRange(program, model.target, model.cost);
  model.frames = frames ? simulate(program.tiles, model.cost.demands, model.target, frames)
                        : model.cost.steady;
  return llvm::Error::success();
}

void addDraws(ProfiledModel &model) {
  model.range.emplace().draws = predictDraws(model.program(), model.target);
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
  addDraws(**model);
  return reportOf((*model)->profile());
}

} // namespace bstc
