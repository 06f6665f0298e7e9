#include "tools/bstc/blame/blame_report.h"
#include "tools/bstc/files/json_writer.h"

namespace bstc {

using namespace diagnose;

/// A member that is left out where nothing was measured; null where it is infinite.
static void decibels(JsonWriter &json, const char *name, const NoiseMeter &meter) {
  if (!meter.empty())
    json.member(name, meter.decibels());
}

static void writeTensor(JsonWriter &json, const MeasuredTensor &tensor,
                        const TensorMeasure &measure) {
  json.member("layer", tensor.path);
  json.member("node", tensor.node);
  json.member("value", tensor.value);
  json.member("operators", tensor.operators);
  if (tensor.pair) {
    json.member("scale", tensor.pair->written.scale());
    json.member("zero_point", tensor.pair->written.zeroPoint());
    json.member("cut_off_low", measure.codes.lowShare());
    json.member("cut_off_high", measure.codes.highShare());
    json.member("codes_used", measure.codes.codesUsed());
    json.member("least", measure.codes.least());
    json.member("greatest", measure.codes.greatest());
    decibels(json, "own_db", measure.own);
  }
  decibels(json, "layer_db", measure.isolated);
  decibels(json, "reference_db", measure.replaced);
  decibels(json, "end_to_end_db", measure.endToEnd);
}

static void writeFinding(JsonWriter &json, const Finding &finding) {
  json.member("code", codeText(finding.code));
  json.member("name", codeInfo(finding.code).name);
  json.member("severity", severityName(finding.severity));
  json.member("certainty", certaintyName(finding.certainty));
  json.member("layer", finding.layer);
  json.member("node", finding.node);
  json.member("text", finding.text);
  if (finding.decibels)
    json.member("db", *finding.decibels);
}

static void writeScore(JsonWriter &json, const Score &score) {
  json.member("map50", score.map50);
  json.member("map50_95", score.map);
}

static void writeAccuracy(JsonWriter &json, const BlameReport &report) {
  const PartsAccuracy &accuracy = *report.accuracy;
  json.key("accuracy");
  json.beginObject();
  json.member("data", report.data);
  json.member("pictures", accuracy.pictures);
  json.key("quantised");
  json.beginObjectOnOneLine();
  writeScore(json, accuracy.quantised);
  json.endObject();
  if (accuracy.allFloat) {
    json.key("float");
    json.beginObjectOnOneLine();
    writeScore(json, *accuracy.allFloat);
    json.endObject();
  }
  size_t index = 0;
  json.objectsOnOneLine("parts", report.parts, [&](const Part &part) {
    const Score &score = accuracy.parts[index];
    json.member("part", part.name);
    json.member("is_block", index < report.blocks);
    json.member("block", part.block);
    writeScore(json, score);
    json.member("gain50", score.map50 - accuracy.quantised.map50);
    json.member("gain50_95", score.map - accuracy.quantised.map);
    ++index;
  });
  json.endObject();
}

std::string blameJson(const BlameReport &report) {
  JsonWriter json;
  json.beginDocument("blame");
  json.member("model", report.model);
  if (!report.reference.empty())
    json.member("reference", report.reference);
  json.member("pictures", report.measures.pictures);
  json.member("pictures_unreadable", report.unreadable);
  json.objects("findings", report.findings,
               [&](const Finding &finding) { writeFinding(json, finding); });
  size_t row = 0;
  json.objectsOnOneLine("tensors", report.measurement->tensors(),
                        [&](const MeasuredTensor &tensor) {
                          writeTensor(json, tensor, report.measures.tensors[row++]);
                        });
  size_t output = 0;
  json.objectsOnOneLine("outputs", report.measures.outputs, [&](const NoiseMeter &meter) {
    json.member("name", report.measurement->network().outputNames[output++]);
    decibels(json, "db", meter);
  });
  if (report.measures.scored > 0) {
    json.member("scored", report.measures.scored);
    json.member("same_class", report.measures.agreeing);
  }
  if (report.accuracy)
    writeAccuracy(json, report);
  json.endObject();
  return json.take();
}

} // namespace bstc
