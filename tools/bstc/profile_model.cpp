#include "tools/bstc/profile_model.h"

#include "ir/error.h"
#include "partitioner/retile.h"

#include "llvm/Support/MemoryBuffer.h"

namespace bstc {

/// What an ONNX file was compiled for. A package says what it was compiled for; the user may ask
/// about another device.
static llvm::Expected<Target> targetOf(const LoadedModel &model, const CompileOptions &options,
                                       bool targetGiven) {
  if (model.target)
    return *model.target;
  const std::string &compiledFor = model.program().target;
  llvm::Expected<Target> target = loadTarget(targetGiven ? options.target : compiledFor);
  if (!target && !targetGiven) {
    llvm::consumeError(target.takeError());
    return makeError("the package was compiled for '" + compiledFor +
                     "', which is not a built-in target; pass its description with --target FILE");
  }
  if (!target)
    return target;
  if (llvm::Error error = applySettings(*target, options.targetSettings))
    return error;
  return target;
}

llvm::Expected<std::unique_ptr<ProfiledModel>> profileModel(llvm::StringRef path,
                                                            const CompileOptions &options,
                                                            bool targetGiven, uint32_t frames) {
  auto result = std::make_unique<ProfiledModel>();
  llvm::Expected<LoadedModel> model = loadModel(path, options);
  if (!model)
    return model.takeError();
  result->model = std::move(*model);
  llvm::Expected<Target> target = targetOf(result->model, options, targetGiven);
  if (!target)
    return target.takeError();
  result->target = std::move(*target);
  result->title = stemOf(path).str();
  bst::Program &program = result->program = result->model.program();
  if (program.target != result->target.name || program.tiles.ops.empty()) {
    llvm::Expected<bst::TileProgram> tiles = retile(program, result->target);
    if (!tiles)
      return tiles.takeError();
    program.tiles = std::move(*tiles);
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
      return makeError("cannot read " + path + ": " + file.getError().message());
    return parseReport((*file)->getBuffer(), path);
  }
  auto model = profileModel(path, options, targetGiven);
  if (!model)
    return model.takeError();
  return reportOf(**model);
}

} // namespace bstc
