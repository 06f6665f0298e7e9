#include "tools/bstc/profile/advice.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

#include <utility>

namespace bstc {
namespace {

/// The square size of a network's picture; 0: it has none.
int64_t pictureSize(const bst::Program &program) {
  for (uint32_t input : program.inputs) {
    const std::vector<int32_t> &shape = program.tensors[input].shape;
    if (shape.size() != 4)
      continue;
    if (shape[1] == 3 && shape[2] == shape[3])
      return shape[2];
    if (shape[3] == 3 && shape[1] == shape[2])
      return shape[1];
  }
  return 0;
}

/// The next smaller one of the sizes that networks are trained at; 0: there is none.
int64_t smallerSize(int64_t size) {
  for (int64_t usual : {1280, 960, 640, 512, 416, 320, 256, 224, 192, 160, 128})
    if (usual < size)
      return usual;
  return 0;
}

bool hasSilu(const bst::Program &program) {
  return llvm::any_of(program.commands, [](const bst::Command &command) {
    const auto *table = std::get_if<bst::LutParams>(&command.params);
    return table && table->function == "silu";
  });
}

/// Concatenations that requantise some of their inputs.
size_t untiedConcats(const bst::Program &program) {
  return size_t(llvm::count_if(program.commands, [](const bst::Command &command) {
    const auto *concat = std::get_if<bst::ConcatParams>(&command.params);
    return concat && llvm::is_contained(concat->copy, false);
  }));
}

bool runsInt8(const bst::Program &program) {
  return llvm::any_of(program.commands, [](const bst::Command &command) {
    return command.engine == bst::Engine::Maca;
  });
}

/// A change that may make a network faster: one row of the table.
struct Candidate {
  const char *key;
  /// Makes the change where it applies to `program`, and says what it is; empty: it does not apply.
  std::string (*apply)(const bst::Program &program, CompileOptions &options);
};

constexpr Candidate candidates[] = {
    {"int8",
     [](const bst::Program &program, CompileOptions &options) -> std::string {
       if (runsInt8(program) || options.assumeInt8)
         return "";
       options.assumeInt8 = true;
       return "int8 for float (quantise and retrain)";
     }},
    {"relu",
     [](const bst::Program &program, CompileOptions &options) -> std::string {
       if (!hasSilu(program) || options.whatIf.relu)
         return "";
       options.whatIf.relu = true;
       return "ReLU for SiLU (retrain)";
     }},
    {"tie-scales",
     [](const bst::Program &program, CompileOptions &options) -> std::string {
       const size_t count = untiedConcats(program);
       if (count == 0 || options.whatIf.tieScales)
         return "";
       options.whatIf.tieScales = true;
       return "tie the scales of " +
              (count == 1 ? "1 concat" : "these " + std::to_string(count) + " concats");
     }},
    {"size",
     [](const bst::Program &program, CompileOptions &options) -> std::string {
       const int64_t size = smallerSize(pictureSize(program));
       if (size == 0 || options.whatIf.size)
         return "";
       options.whatIf.size = size;
       return "input " + std::to_string(size);
     }},
};

/// Tries every candidate on a network in one form.
class Advisor {
public:
  Advisor(llvm::StringRef path, const CompileOptions &options, const char *form)
      : path(path), options(options), form(form) {}

  void tryAll(const bst::Program &program, double fps, std::vector<Advice> &advice) const {
    for (const Candidate &candidate : candidates) {
      CompileOptions changed = options;
      const std::string text = candidate.apply(program, changed);
      if (text.empty())
        continue;
      auto model = profileModel(path, changed, true);
      if (!model) { // What does not compile is no advice.
        llvm::consumeError(model.takeError());
        continue;
      }
      const double after = (*model)->cost.framesPerSecond;
      advice.push_back({candidate.key, text, after, after / fps - 1, form});
    }
  }

private:
  llvm::StringRef path;
  const CompileOptions &options;
  const char *form;
};

/// The greatest gains, as far as they are worth a change.
void keepBest(std::vector<Advice> &advice) {
  llvm::erase_if(advice, [](const Advice &row) { return row.gain < leastAdvice; });
  llvm::stable_sort(advice, [](const Advice &a, const Advice &b) { return a.gain > b.gain; });
  if (advice.size() > mostAdvice)
    advice.resize(mostAdvice);
}

} // namespace

std::optional<CompileOptions> deployedOptions(const CompileOptions &options) {
  CompileOptions deployed = options;
  if (std::exchange(deployed.deploy, true))
    return std::nullopt;
  return deployed;
}

void addOutlook(ProfiledModel &model, llvm::StringRef path, const CompileOptions &options,
                bool advise) {
  Outlook &outlook = model.outlook;
  if (!model.model.target || model.cost.framesPerSecond <= 0)
    return; // A package, of which nothing else can be compiled.
  std::unique_ptr<ProfiledModel> deployed;
  const std::optional<CompileOptions> deploying = deployedOptions(options);
  if (deploying) {
    auto other = profileModel(path, *deploying, true);
    if (other) {
      deployed = std::move(*other);
      deployed->range = predictRange(deployed->program(), deployed->target, deployed->cost);
      outlook.deployed = standingOf(deployed->cost, deployed->range, deployed->target);
    } else {
      const Failure why = takeFailure(other.takeError());
      outlook.whyNotDeployed = why.text + " [" + codeText(why.code) + "]";
    }
  }
  outlook.advised = advise;
  if (!advise)
    return;
  const double fps = model.cost.framesPerSecond;
  if (deployed)
    outlook.advice.push_back({"deploy", "deploy form (8-bit pictures in, boxes out)",
                              outlook.deployed->fps, outlook.deployed->fps / fps - 1, "exported"});
  const ProfiledModel &base = deployed ? *deployed : model;
  Advisor(path, deployed ? *deploying : options,
          deployed || options.deploy ? "deployed" : "exported")
      .tryAll(base.program(), base.cost.framesPerSecond, outlook.advice);
  keepBest(outlook.advice);
}

} // namespace bstc
