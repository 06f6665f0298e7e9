#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/files/json_writer.h"
#include "tools/bstc/profile/report_rows.h"

#include "backends/target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {

static void writeField(JsonWriter &json, const TargetField &field) {
  writeFieldMembers(json, field);
  if (field.uncertain()) {
    json.member("low", field.low);
    json.member("high", field.high);
  }
}

/// docs/json.md describes it; keep the two together.
static std::string targetsJson(llvm::ArrayRef<Target> targets, bool withFields) {
  JsonWriter json;
  json.beginDocument("targets");
  json.objects("targets", targets, [&](const Target &target) {
    json.member("name", target.name);
    json.member("description", target.description);
    json.key("fields_by_origin");
    json.beginObjectOnOneLine();
    for (Origin origin : {Origin::Stated, Origin::Derived, Origin::Assumed})
      json.member(originName(origin),
                  uint64_t(llvm::count_if(target.fields, [&](const TargetField &field) {
                    return field.origin == origin;
                  })));
    json.endObject();
    if (withFields)
      json.objects("fields", target.fields,
                   [&](const TargetField &field) { writeField(json, field); });
  });
  json.endObject();
  return json.take();
}

static void printList(llvm::ArrayRef<Target> targets, llvm::raw_ostream &out) {
  Table table({{"target"}, {"description"}, {"assumed fields", true}});
  for (const Target &target : targets) {
    const auto assumed = llvm::count_if(
        target.fields, [](const TargetField &field) { return field.origin == Origin::Assumed; });
    table.add({target.name, target.description,
               std::to_string(assumed) + " of " + std::to_string(target.fields.size())});
  }
  table.print(out);
  out << "\n'bstc targets NAME' prints every field with its origin.\n";
}

static void printTarget(const Target &target, llvm::raw_ostream &out) {
  out << target.name << ": " << target.description << "\n\n";
  Table table({{"field"}, {"value", true}, {"unit"}, {"origin"}});
  for (const TargetField &field : target.fields)
    table.add({field.key, numberText(field.value), field.unit, originName(field.origin)});
  table.print(out);
  out << "\nSources:\n";
  for (const TargetField &field : target.fields)
    out << "  " << field.key << " (" << originName(field.origin) << "): " << field.source << '\n';
}

static llvm::Error runTargets(const Arguments &arguments) {
  const bool all = arguments.positional.empty();
  if (llvm::Error error = checkDistinct({{"the description", all ? "" : arguments.positional[0]}},
                                        {{"--json", arguments.value("--json").str()}}))
    return error;
  std::vector<Target> targets;
  for (const std::string &name : all ? builtinTargets() : arguments.positional) {
    llvm::Expected<Target> target = loadTarget(name);
    if (!target)
      return target.takeError();
    targets.push_back(std::move(*target));
  }
  if (all)
    printList(targets, arguments.report());
  else
    printTarget(targets.front(), arguments.report());
  if (!arguments.has("--json"))
    return llvm::Error::success();
  return writeFile(arguments.value("--json"), targetsJson(targets, !all));
}

static constexpr Option options[] = {
    option::saying(option::json, "Write the same as data; of one target, every field with its "
                                 "origin and source (docs/json.md). With - in place of FILE: to "
                                 "stdout, and nothing else goes there."),
};

static constexpr const char *examples[] = {
    "bstc targets", "bstc targets bst-a1000b0", "bstc targets my-board.json",
    "bstc targets bst-a1000b0 --json - | jq .targets[0].fields"};

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
    options,
    examples,
    runTargets,
    builtinTargets};

} // namespace bstc
