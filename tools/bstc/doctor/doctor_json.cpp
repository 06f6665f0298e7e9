// docs/json.md describes the fields; keep the two together.
#include "tools/bstc/doctor/doctor_report.h"
#include "tools/bstc/files/json_writer.h"

namespace bstc {

using namespace diagnose;

static void writeEvidence(JsonWriter &json, Basis basis, const Finding &finding) {
  json.member("basis", basisName(basis));
  json.member("code", codeText(finding.code));
  json.member("name", codeInfo(finding.code).name);
  json.member("text", finding.text);
}

static void writeFault(JsonWriter &json, const DoctorReport &report, const Fault &fault,
                       const std::string &cost) {
  const Finding &finding = fault.finding;
  json.member("severity", severityName(finding.severity));
  json.member("certainty", certaintyName(finding.certainty));
  json.member("layer", finding.layer);
  json.arrayOnOneLine("layers", fault.layers());
  json.member("node", finding.node);
  writeEvidence(json, fault.basis, finding);
  json.member("cure", fault.cure);
  if (!cost.empty())
    json.member("cost", cost);
  if (finding.decibels)
    json.member("db", *finding.decibels);
  if (report.measurement)
    if (const auto loss = signalLoss(fault, *report.measurement, report.measures)) {
      json.member("db_before", loss->before);
      json.member("db_behind", loss->behind);
    }
  if (finding.averagePrecision)
    json.member("map50_95_gain", *finding.averagePrecision);
  if (!fault.edits.empty())
    json.arrayOnOneLine("edits", fault.edits);
  json.objectsOnOneLine("also", fault.evidence, [&](const Evidence &evidence) {
    writeEvidence(json, evidence.basis, evidence.finding);
  });
}

static void writeScore(JsonWriter &json, const char *key, const Score &score) {
  json.key(key);
  json.beginObjectOnOneLine();
  json.member("map50", score.map50);
  json.member("map50_95", score.map);
  json.endObject();
}

static void writeAccuracy(JsonWriter &json, const DoctorAccuracy &accuracy) {
  json.key("accuracy");
  json.beginObject();
  json.member("data", accuracy.data);
  json.member("pictures", accuracy.pictures);
  writeScore(json, "model", accuracy.model);
  if (accuracy.reference)
    writeScore(json, "reference", *accuracy.reference);
  if (accuracy.allUndone)
    writeScore(json, "all_undone", *accuracy.allUndone);
  json.objectsOnOneLine("cured", accuracy.cured, [&](const CuredScore &cured) {
    json.member("fault", uint64_t(cured.fault));
    json.member("how", cured.how);
    json.member("map50", cured.score.map50);
    json.member("map50_95", cured.score.map);
  });
  json.endObject();
}

std::string doctorJson(const DoctorReport &report) {
  JsonWriter json;
  json.beginDocument("doctor");
  json.member("model", report.model);
  if (!report.reference.empty())
    json.member("reference", report.reference);
  json.member("faulty", report.verdict.isFaulty());
  size_t index = 0;
  json.objects("faults", report.verdict.faults, [&](const Fault &fault) {
    writeFault(json, report, fault, costText(report, index++));
  });
  json.objects("hints", report.verdict.hints,
               [&](const Fault &fault) { writeFault(json, report, fault, ""); });
  json.arrayOnOneLine("looked_at", lookedAt(report));
  json.arrayOnOneLine("notes", report.notes);
  json.arrayOnOneLine("more_would_tell", moreWouldTell(report));
  if (report.measurement) {
    json.member("pictures", report.measures.pictures);
    json.member("pictures_unreadable", report.unreadable);
  }
  if (report.accuracy)
    writeAccuracy(json, *report.accuracy);
  json.endObject();
  return json.take();
}

} // namespace bstc
