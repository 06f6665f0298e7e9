// docs/json.md describes the fields; keep the two together.
#include "tools/bstc/compile/compile_json.h"

#include "tools/bstc/cli/notices.h"
#include "tools/bstc/files/json_writer.h"
#include "tools/bstc/profile/report.h"

#include <array>
#include <cmath>

namespace bstc {
namespace {

void writePlacement(JsonWriter &json, const Compilation &compilation) {
  std::array<uint64_t, nodeEngineNames.size()> counts = {};
  const auto rows = placementTable(compilation.imported, compilation.placed);
  json.objectsOnOneLine("nodes", rows, [&](const PlacementRow &row) {
    ++counts[size_t(row.engine)];
    json.member("node", row.node);
    json.member("op", row.op);
    json.member("engine", engineName(row.engine));
    json.member("reason", row.reason);
  });
  json.key("node_counts");
  json.beginObjectOnOneLine();
  for (size_t engine = 0; engine < nodeEngineNames.size(); ++engine)
    json.member(nodeEngineNames[engine], counts[engine]);
  json.endObject();
}

void writeEngines(JsonWriter &json, const Compilation &compilation) {
  const Profile profile = {compilation.compiled->program, compilation.target, compilation.cost};
  const auto sums = engineWork(profile);
  json.key("engines");
  json.beginObject();
  for (size_t engine = 0; engine < sums.size(); ++engine) {
    const EngineWork &sum = sums[engine];
    json.key(bst::engineNames[engine]);
    json.beginObjectOnOneLine();
    json.member("commands", sum.commands);
    json.member("macs", sum.macs);
    json.member("weight_bytes", sum.weights);
    json.member("dram_read_bytes", sum.dramRead);
    json.member("dram_write_bytes", sum.dramWrite);
    json.member("busy_ms", compilation.cost.engines[engine].seconds() * 1e3);
    json.endObject();
  }
  json.endObject();
}

void writeTiles(JsonWriter &json, const Compilation &compilation) {
  const bst::Program &program = compilation.compiled->program;
  uint64_t bands = 0;
  for (const Section &section : compilation.compiled->plan.sections)
    bands += section.bands;
  json.key("tiles");
  json.beginObjectOnOneLine();
  json.member("sections", uint64_t(compilation.compiled->plan.sections.size()));
  json.member("bands", bands);
  json.member("operations", uint64_t(program.tiles.ops.size()));
  json.member("dram_bytes", compilation.cost.dramRead + compilation.cost.dramWrite);
  json.member("dram_bytes_layer_by_layer", layerTraffic(program, compilation.target));
  json.endObject();
}

void writeTensor(JsonWriter &json, const TensorFidelity &tensor) {
  json.member("node", tensor.command);
  json.member("tensor", tensor.tensor);
  json.member("alias", tensor.isAlias);
  json.member("quantised", tensor.quantised);
  json.member("elements", tensor.elements);
  json.member("equal", tensor.equal);
  json.member("max_difference", tensor.maxDifference);
  json.member("half_way", tensor.halves);
  json.member("ties", tensor.ties);
  json.member("keeps_promise", tensor.keepsPromise());
}

void writeOutput(JsonWriter &json, const OutputFidelity &output) {
  json.member("name", output.name);
  // Equal outputs are infinitely many decibels apart, which JSON has no number for.
  json.member("equal", std::isinf(output.decibels) && output.decibels > 0);
  json.member("decibels", output.decibels);
  json.member("max_difference", output.maxDifference);
  json.member("greatest", output.greatest);
}

void writeFidelity(JsonWriter &json, const FidelityReceipt &receipt) {
  json.key("fidelity");
  json.beginObject();
  json.key("scales");
  json.beginObjectOnOneLine();
  json.member("kept", receipt.scalesKept);
  json.member("merged", receipt.scalesMerged);
  json.member("rounded", receipt.scalesRounded);
  json.member("worst_relative_error", receipt.worstScaleError);
  json.endObject();
  json.member("elements", receipt.elements);
  json.member("equal", receipt.equal);
  json.member("max_steps", receipt.maxSteps);
  json.member("max_relative", receipt.maxRelative);
  if (const TensorFidelity *worst = receipt.worst())
    json.member("worst_node", worst->command);
  json.objectsOnOneLine("tensors", receipt.tensors,
                        [&](const TensorFidelity &tensor) { writeTensor(json, tensor); });
  json.objectsOnOneLine("outputs", receipt.outputs,
                        [&](const OutputFidelity &output) { writeOutput(json, output); });
  json.endObject();
}

} // namespace

std::string compileJson(llvm::StringRef model, const Compilation &compilation,
                        const WrittenPackage *package) {
  JsonWriter json;
  json.beginDocument("compile");
  json.member("model", model);
  json.member("target", compilation.target.name);
  if (package) {
    json.key("package");
    json.beginObject();
    json.member("path", package->path);
    json.member("bytes", uint64_t(package->bytes));
    json.member("hash", package->hash);
    json.endObject();
  }
  json.member("commands", uint64_t(compilation.compiled->program.commands.size()));
  writeEngines(json, compilation);
  writeTiles(json, compilation);
  if (compilation.fidelity)
    writeFidelity(json, *compilation.fidelity);
  writeNotices(json, compilation.notices);
  writePlacement(json, compilation);
  json.endObject();
  return json.take();
}

} // namespace bstc
