#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"

#include "backends/target.h"

#include "llvm/Support/raw_ostream.h"

namespace bstc {

static llvm::Error listTargets() {
  Table table({{"target"}, {"description"}, {"assumed fields", true}});
  for (const std::string &name : builtinTargets()) {
    llvm::Expected<Target> target = loadTarget(name);
    if (!target)
      return target.takeError();
    size_t assumed = 0;
    for (const TargetField &field : target->fields)
      assumed += field.origin == Origin::Assumed;
    table.add({name, target->description,
               std::to_string(assumed) + " of " + std::to_string(target->fields.size())});
  }
  table.print(llvm::outs());
  llvm::outs() << "\n'bstc targets NAME' prints every field with its origin.\n";
  return llvm::Error::success();
}

static llvm::Error printTarget(llvm::StringRef nameOrPath) {
  llvm::Expected<Target> target = loadTarget(nameOrPath);
  if (!target)
    return target.takeError();
  llvm::outs() << target->name << ": " << target->description << "\n\n";
  Table table({{"field"}, {"value", true}, {"unit"}, {"origin"}});
  for (const TargetField &field : target->fields)
    table.add({field.key, numberText(field.value), field.unit, originName(field.origin)});
  table.print(llvm::outs());
  llvm::outs() << "\nSources:\n";
  for (const TargetField &field : target->fields)
    llvm::outs() << "  " << field.key << " (" << originName(field.origin) << "): " << field.source
                 << '\n';
  return llvm::Error::success();
}

static llvm::Error runTargets(const Arguments &arguments) {
  return arguments.positional.empty() ? listTargets() : printTarget(arguments.positional.front());
}

static constexpr const char *examples[] = {"bstc targets", "bstc targets bst-a1000b0",
                                           "bstc targets my-board.json"};

const Subcommand targetsSubcommand = {
    "targets",
    "[NAME|FILE.json]",
    0,
    1,
    "List the device descriptions, or print one with the origin of every number",
    "Lists the built-in device descriptions. With a name, or the path of a description, checks it\n"
    "and prints every field: value, unit, whether it is stated, derived or assumed, and its "
    "source.\n"
    "docs/targets.md describes the format.",
    {},
    examples,
    runTargets};

} // namespace bstc
