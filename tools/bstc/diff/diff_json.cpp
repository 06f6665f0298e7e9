// docs/json.md describes the fields; keep the two together.
#include "tools/bstc/diff/diff_report.h"
#include "tools/bstc/files/json_writer.h"

namespace bstc {
namespace {

void writeNetwork(JsonWriter &json, const char *key, const std::string &path,
                  const diagnose::Network &network) {
  json.key(key);
  json.beginObjectOnOneLine();
  json.member("file", path);
  json.member("quantised", network.quantised);
  json.member("layers", uint64_t(network.layers.size()));
  json.endObject();
}

void writeLayer(JsonWriter &json, const char *key, const diagnose::Network &network, int layer) {
  if (layer < 0)
    return;
  json.member(key, layer);
  json.member(std::string(key) + "_node", network.layers[size_t(layer)].node);
}

void writeLayers(JsonWriter &json, const char *key, const diagnose::Network &network,
                 llvm::ArrayRef<int> layers) {
  if (layers.empty())
    return;
  json.arrayOnOneLine(key, layers);
  std::vector<std::string> nodes;
  for (const int layer : layers)
    nodes.push_back(network.layers[size_t(layer)].node);
  json.arrayOnOneLine(std::string(key) + "_nodes", nodes);
}

void writePlace(JsonWriter &json, const DiffReport &report, const diagnose::Place &place) {
  json.member("layer", place.layer);
  writeLayer(json, "a", report.a, place.a);
  writeLayer(json, "b", report.b, place.b);
  if (place.input >= 0)
    json.member("input", place.input);
  if (place.result > 0)
    json.member("result", place.result);
  writeLayers(json, "only_a", report.a, place.onlyA);
  writeLayers(json, "only_b", report.b, place.onlyB);
  if (place.amount != 0)
    json.member("amount", place.amount);
}

void writeTotals(JsonWriter &json, const diagnose::Difference &difference) {
  const diagnose::DiffTotals &totals = difference.totals;
  const diagnose::Matching &matching = difference.matching;
  json.key("totals");
  json.beginObjectOnOneLine();
  json.member("weighted_a", uint64_t(matching.weightedA));
  json.member("weighted_b", uint64_t(matching.weightedB));
  json.member("weighted_matched", uint64_t(matching.weightedBoth));
  json.member("weights_equal", uint64_t(totals.weightsEqual));
  json.member("weights_rounded", uint64_t(totals.weightsRounded));
  json.member("others_a", uint64_t(totals.othersA));
  json.member("others_b", uint64_t(totals.othersB));
  json.member("others_matched", uint64_t(totals.othersBoth));
  json.member("ranges_compared", uint64_t(totals.rangesCompared));
  json.member("ranges_equal", uint64_t(totals.rangesEqual));
  json.endObject();
}

} // namespace

std::string diffJson(const DiffReport &report) {
  const diagnose::Difference &difference = report.difference;
  JsonWriter json;
  json.beginDocument("diff");
  writeNetwork(json, "a", report.pathA, report.a);
  writeNetwork(json, "b", report.pathB, report.b);
  if (!report.note.empty())
    json.member("note", report.note);
  json.member("equal", difference.equal());
  json.member("same_network", difference.matching.sameNetwork());
  json.objects("edits", difference.edits, [&](const diagnose::Edit &edit) {
    const diagnose::EditInfo &info = diagnose::editInfo(edit.kind);
    json.member("id", edit.id);
    json.member("family", diagnose::familyName(info.family));
    json.member("kind", info.name);
    json.member("summary", edit.summary);
    json.member("text", edit.text);
    json.member("hint", info.hint);
    json.objectsOnOneLine("places", edit.places,
                          [&](const diagnose::Place &place) { writePlace(json, report, place); });
  });
  writeTotals(json, difference);
  json.member("summary", diagnose::totalsText(report.a, report.b, difference));
  json.endObject();
  return json.take();
}

} // namespace bstc
