#include "tools/bstc/eval/eval_report.h"
#include "tools/bstc/files/json_writer.h"

namespace bstc {

static void writeAccuracy(JsonWriter &json, const EvalReport &report, const Accuracy &accuracy) {
  json.beginObject();
  json.member("precision", accuracy.precision);
  json.member("recall", accuracy.recall);
  json.member("map50", accuracy.map50);
  json.member("map50_95", accuracy.map);
  json.member("confidence", accuracy.confidence);
  json.objectsOnOneLine("classes", accuracy.classes, [&](const ClassAccuracy &row) {
    json.member("class", row.classIndex);
    json.member("name", report.className(row.classIndex));
    json.member("instances", row.labels);
    json.member("precision", row.precision);
    json.member("recall", row.recall);
    json.member("f1", row.f1);
    json.member("ap50", row.ap50());
    json.member("ap50_95", row.ap());
    json.arrayOnOneLine("ap", row.averagePrecision);
  });
  json.endObject();
}

std::string accuracyJson(const EvalReport &report) {
  JsonWriter json;
  json.beginObject();
  json.member("schema", 1);
  json.member("bstc", BSTC_VERSION);
  json.member("data", report.data);
  json.member("split", report.split);
  json.member("pictures_asked", report.asked);
  json.member("pictures", report.pictures);
  json.member("pictures_without_labels", report.background);
  json.member("pictures_unreadable", report.unreadable);
  json.member("pictures_with_bad_labels", report.leftOut);
  json.member("instances", report.models.empty() ? 0 : report.models.front().boxes.labels);
  json.member("duplicate_labels", report.duplicates);
  json.member("crowd_labels", report.crowds);
  json.member("empty_labels", report.empty);
  json.member("conf", report.nms.confidence);
  json.member("iou", report.nms.iou);
  json.member("max_detections", report.nms.maxDetections);
  json.member("multi_label", report.nms.multiLabel);
  json.member("class_agnostic", report.nms.classAgnostic);
  json.member("seconds", report.seconds);
  json.objects("models", report.models, [&](const ModelAccuracy &model) {
    json.member("model", model.model);
    json.member("suppressed_by", model.suppressesItself ? "model" : "host");
    json.member("input_shape", llvm::ArrayRef<int32_t>(model.inputShape));
    json.member("prepare_ms", model.prepareMs);
    json.member("network_ms", model.networkMs);
    json.member("finish_ms", model.finishMs);
    json.key("boxes");
    writeAccuracy(json, report, model.boxes);
    if (model.masks) {
      json.key("masks");
      writeAccuracy(json, report, *model.masks);
    }
  });
  json.endObject();
  return json.take();
}

} // namespace bstc
