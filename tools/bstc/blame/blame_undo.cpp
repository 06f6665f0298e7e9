#include "tools/bstc/blame/blame_undo.h"

#include "tools/bstc/blame/blame_accuracy.h"
#include "tools/bstc/cli/dataset_arguments.h"
#include "tools/bstc/cli/foreign_model.h"
#include "tools/bstc/cli/interrupt.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/picture_arguments.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/files/json_writer.h"

#include "diagnose/undo/undo.h"
#include "frontend/import.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <thread>

namespace bstc {

using namespace diagnose;

namespace {

/// A file that is compared, as imported and as layers.
struct ReadFile {
  std::string path;
  Graph imported;
  Network network;
};

/// One row of the answer.
struct UndoRow {
  std::string what;
  std::optional<Score> score; ///< None: no detector is recognised in it.
};

struct UndoReport {
  std::string model, reference, data;
  std::vector<Edit> edits; ///< That were undone.
  std::vector<UndoRow> rows;
  uint64_t pictures = 0, unreadable = 0;
  bool stopped = false;
};

} // namespace

static llvm::Expected<ReadFile> readFile(llvm::StringRef path) {
  if (looksLikePackage(path))
    return makeError(Code::PackageAlready,
                     path + ": is a package; edits are undone in the .onnx file");
  if (llvm::Error error = checkNotForeign(path))
    return error;
  llvm::Expected<Graph> graph = importOnnxFile(path);
  if (!graph)
    return graph.takeError();
  llvm::Expected<Network> network = readNetwork(*graph);
  if (!network)
    return prefixError(path, network.takeError());
  return ReadFile{path.str(), std::move(*graph), std::move(*network)};
}

/// The numbers of --undo.
static llvm::Expected<std::vector<unsigned>> readIds(llvm::StringRef text) {
  std::vector<unsigned> ids;
  llvm::SmallVector<llvm::StringRef, 4> parts;
  text.split(parts, ',');
  for (const llvm::StringRef part : parts) {
    unsigned id = 0;
    if (part.trim().getAsInteger(10, id) || id == 0)
      return usageError("--undo takes numbers of edits as 'bstc diff' has them, with commas "
                        "between them, not '" +
                        part + "'");
    if (!llvm::is_contained(ids, id))
      ids.push_back(id);
  }
  return ids;
}

static void print(const UndoReport &report, llvm::raw_ostream &out) {
  for (const Edit &edit : report.edits)
    out << edit.id << "  " << edit.text << '\n';
  out << "\nAccuracy on " << counted(report.pictures, "picture") << " of " << report.data << ":\n";
  Table table({nameColumn("Network"), {"mAP50", true}, {"mAP50-95", true}});
  for (const UndoRow &row : report.rows)
    table.add({row.what, row.score ? fixedPoint(row.score->map50, 3) : "-",
               row.score ? fixedPoint(row.score->map, 3) : "no detector"});
  table.print(out);
  out << "undoing " << undoneText(report.edits) << " gives "
      << llvm::StringRef(fixedPoint(report.rows.back().score->map, 3)).ltrim('0') << '\n';
}

static std::string toJson(const UndoReport &report) {
  JsonWriter json;
  json.beginDocument("blame");
  json.member("model", report.model);
  json.member("reference", report.reference);
  json.member("data", report.data);
  json.member("pictures", report.pictures);
  json.objects("undone", report.edits, [&](const Edit &edit) {
    json.member("edit", edit.id);
    json.member("kind", editInfo(edit.kind).name);
    json.member("text", edit.text);
  });
  static constexpr const char *keys[] = {"score_reference", "score_model", "score_undone"};
  for (const auto &[key, row] : llvm::zip(keys, report.rows)) {
    if (!row.score)
      continue;
    json.key(key);
    json.beginObjectOnOneLine();
    json.member("map50", row.score->map50);
    json.member("map50_95", row.score->map);
    json.endObject();
  }
  json.endObject();
  return json.take();
}

/// Compiles and runs one of the three. `mayBeNone`: an edit may hide the decode.
static llvm::Error addRow(const Arguments &arguments, const Dataset &dataset, unsigned threads,
                          std::string what, Graph graph, bool mayBeNone, UndoReport &report) {
  if (report.stopped)
    return llvm::Error::success();
  CompileOptions options;
  options.cost = options.fidelity = false;
  readTarget(arguments, options);
  if (llvm::Error error = readPictureOptions(arguments, options.pictures))
    return error;
  auto compiled = compile(std::move(graph), options);
  if (!compiled)
    return compiled.takeError();
  auto measured = measureNetwork(arguments, {&*compiled, report.model, &dataset, threads, {}});
  if (!measured) {
    Failure failure = takeFailure(measured.takeError());
    if (!mayBeNone || failure.code != Code::NotADetector)
      return makeError(failure.code, failure.text);
    report.rows.push_back({std::move(what), std::nullopt});
    return llvm::Error::success();
  }
  report.rows.push_back({std::move(what), measured->quantised});
  report.pictures = measured->pictures;
  report.unreadable = measured->unreadable;
  report.stopped = measured->stopped;
  return llvm::Error::success();
}

static llvm::Error checkSame(const Difference &difference, const ReadFile &a, const ReadFile &b) {
  if (difference.matching.sameNetwork())
    return llvm::Error::success();
  return usageError("nothing can be undone: " + totalsText(a.network, b.network, difference));
}

/// B with the edits undone; what cannot be is a wrong choice of the user's.
static llvm::Expected<Graph> undone(const ReadFile &a, const ReadFile &b,
                                    const Difference &difference, llvm::ArrayRef<unsigned> ids) {
  llvm::Expected<Graph> graph =
      undoEdits({a.imported, b.imported, a.network, b.network, difference}, ids);
  if (!graph)
    return usageError("--undo: " + takeFailure(graph.takeError()).text);
  return graph;
}

static llvm::Error finish(const Arguments &arguments, const UndoReport &report,
                          std::optional<PendingFile> &json) {
  if (report.stopped)
    return llvm::make_error<InterruptedError>("stopped before all networks were run");
  print(report, arguments.report());
  llvm::outs().flush();
  if (json) {
    if (llvm::Error error = json->write(toJson(report)))
      return error;
    if (llvm::Error error = json->keep())
      return error;
  }
  if (report.unreadable)
    return makeError(Code::FiguresIncomplete,
                     "the figures leave out " + counted(report.unreadable, "unreadable picture"));
  return llvm::Error::success();
}

llvm::Error blameUndo(const Arguments &arguments) {
  if (!arguments.has("--reference") || !arguments.has("--data"))
    return usageError("--undo needs --reference A, whose form it gives the model, and --data "
                      "DATASET to measure on");
  auto threads = readThreads(arguments, std::thread::hardware_concurrency());
  if (!threads)
    return threads.takeError();
  auto ids = readIds(arguments.value("--undo"));
  if (!ids)
    return ids.takeError();
  auto b = readFile(arguments.positional.front());
  if (!b)
    return b.takeError();
  auto a = readFile(arguments.value("--reference"));
  if (!a)
    return a.takeError();
  const Difference difference = compareNetworks(a->network, b->network);
  if (llvm::Error error = checkSame(difference, *a, *b))
    return error;
  auto graph = undone(*a, *b, difference, *ids);
  if (!graph)
    return graph.takeError();
  auto dataset = loadDataset(arguments);
  if (!dataset)
    return dataset.takeError();
  std::vector<NamedPath> sources =
      pathsOf(arguments, {"--reference", "--data", option::target.name});
  sources.push_back({"MODEL", b->path});
  for (const std::string &file : dataset->files)
    sources.push_back({"a file of the dataset:", file});
  if (llvm::Error error = checkDistinct(sources, pathsOf(arguments, {option::json.name})))
    return error;
  std::optional<PendingFile> json;
  if (llvm::Error error = beginFile(arguments, "--json", json))
    return error;
  warnOfDataset(*dataset);
  UndoReport report;
  report.model = b->path;
  report.reference = a->path;
  report.data = arguments.value("--data").str();
  for (const Edit &edit : difference.edits)
    if (llvm::is_contained(*ids, edit.id))
      report.edits.push_back(edit);
  const auto row = [&](std::string what, Graph of, bool mayBeNone = false) {
    return addRow(arguments, *dataset, *threads, std::move(what), std::move(of), mayBeNone, report);
  };
  if (llvm::Error error = row("A  " + a->path, std::move(a->imported)))
    return error;
  if (llvm::Error error = row("B  " + b->path, std::move(b->imported), true))
    return error;
  if (llvm::Error error = row("B with that undone", std::move(*graph)))
    return error;
  return finish(arguments, report, json);
}

} // namespace bstc
