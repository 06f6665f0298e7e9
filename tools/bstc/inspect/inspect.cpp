#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/inspect/inspect_json.h"
#include "tools/bstc/inspect/inspect_pictures.h"
#include "tools/bstc/inspect/inspect_tiles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {
namespace {

std::string scaleText(const bst::Tensor &tensor) {
  if (tensor.scale == 0)
    return "-";
  return numberText(double(tensor.scale), 8) + " / " + std::to_string(tensor.zeroPoint);
}

void printHeader(const bstrt::Package &package, llvm::StringRef path, llvm::raw_ostream &out) {
  const bst::Program &program = bst::programOf(package);
  const bst_package_info info = package.info();
  out << path << '\n'
      << "  network   " << program.name << '\n'
      << "  target    " << program.target << '\n'
      << "  compiler  " << program.compiler << '\n'
      << "  schema    " << info.schema_version << '\n'
      << "  hash      " << info.hash << '\n'
      << "  size      " << bytesText(info.file_size) << ": weights "
      << bytesText(program.weightsSize) << '\n'
      << "  arena     " << bytesText(program.arenaSize) << " (largest live set "
      << bytesText(program.arenaLowerBound) << ")\n"
      << "  cost      " << withPrefix(double(program.cost.macs)) << " MACs, "
      << bytesText(program.cost.dramBytes) << " of DRAM traffic, "
      << fixedPoint(program.cost.latencySeconds * 1e3, 2) << " ms, "
      << fixedPoint(program.cost.framesPerSecond, 1) << " FPS (predicted when it was compiled)\n\n";
}

void printContract(const bst::Program &program, llvm::raw_ostream &out) {
  Table table({{"contract"},
               nameColumn("name"),
               {"type"},
               {"shape"},
               {"scale / zero point"},
               {"bytes", true}});
  for (const auto &[role, indices] :
       {std::pair("input", &program.inputs), std::pair("output", &program.outputs)})
    for (uint32_t index : *indices) {
      const bst::Tensor &tensor = program.tensors[index];
      table.add({role, tensor.name, bst::dtypeName(tensor.dtype), shapeText(tensor.shape),
                 scaleText(tensor), withCommas(tensor.size)});
    }
  table.print(out);
  out << '\n';
}

void printCommands(const bst::Program &program, llvm::raw_ostream &out) {
  Table table({{"#", true},
               {"engine"},
               {"op"},
               nameColumn("node", 44),
               {"inputs", false, 24},
               {"outputs"},
               {"after", false, 20}});
  for (size_t i = 0; i < program.commands.size(); ++i) {
    const bst::Command &command = program.commands[i];
    table.add({std::to_string(i), bst::engineName(command.engine), bst::opcodeName(command.params),
               command.name, indexList(command.inputs), indexList(command.outputs),
               indexList(command.dependsOn)});
  }
  table.print(out);
  out << '\n';
}

void printTensors(const bst::Program &program, llvm::raw_ostream &out) {
  Table table({{"#", true},
               nameColumn("tensor", 40),
               {"type"},
               {"shape"},
               {"layout"},
               {"scale / zero point"},
               {"memory"},
               {"offset", true},
               {"bytes", true}});
  for (size_t i = 0; i < program.tensors.size(); ++i) {
    const bst::Tensor &tensor = program.tensors[i];
    table.add({std::to_string(i), tensor.name, bst::dtypeName(tensor.dtype),
               shapeText(tensor.shape), bst::layoutName(tensor.layout), scaleText(tensor),
               tensor.storage == bst::Storage::Arena ? "arena" : "weights",
               std::to_string(tensor.offset), std::to_string(tensor.size)});
  }
  table.print(out);
}

void printPackage(const bstrt::Package &package, llvm::StringRef path, bool tiles,
                  llvm::raw_ostream &out) {
  const bst::Program &program = bst::programOf(package);
  printHeader(package, path, out);
  if (tiles)
    return printTiles(program, out);
  printContract(program, out);
  printPictures(program, out);
  printCommands(program, out);
  printTensors(program, out);
}

llvm::Error runInspect(const Arguments &arguments) {
  const std::string &path = arguments.positional.front();
  llvm::Expected<bstrt::Package> package = openPackageOnly(path);
  if (!package)
    return package.takeError();
  if (llvm::Error error =
          checkDistinct({{"the package", path}}, {{"--json", arguments.value("--json").str()}}))
    return error;
  const bool tiles = arguments.has("--tiles");
  printPackage(*package, path, tiles, arguments.report());
  if (!arguments.has("--json"))
    return llvm::Error::success();
  return writeFile(arguments.value("--json"), inspectJson(*package, path, tiles));
}

constexpr Option options[] = {
    {"--tiles", nullptr, nullptr,
     "Print the tile operations instead: queue, commands, parts with their places on chip, bytes "
     "and what each waits for."},
    option::saying(option::json, "Write the same as data; with --tiles, the tile operations, too "
                                 "(docs/json.md). With - in place of FILE: to stdout, and nothing "
                                 "else goes there."),
};

constexpr const char *examples[] = {"bstc inspect model.bst", "bstc inspect model.bst --tiles",
                                    "bstc inspect model.bst --json - | jq .inputs"};

} // namespace

const Subcommand inspectSubcommand = {"inspect",
                                      "MODEL.bst",
                                      1,
                                      1,
                                      "Print what a package holds",
                                      "Verifies a package and prints its contract (inputs and "
                                      "outputs), preprocessing and decode, commands,\n"
                                      "tensors, memory plan, target, versions and content hash.",
                                      options,
                                      examples,
                                      runInspect};

} // namespace bstc
