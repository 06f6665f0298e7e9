// The verdict as a page: doctor_page/ with the report in it as JSON, and what only the page shows.
#include "tools/bstc/doctor/doctor_report.h"
#include "tools/bstc/doctor/neighbourhood.h"
#include "tools/bstc/doctor/page_template.h"
#include "tools/bstc/files/html_page.h"
#include "tools/bstc/files/json_writer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

#include <numeric>

namespace bstc {

using namespace diagnose;

namespace {

/// Graphs of so many faults, and histograms of so many tensors beside those of faults.
constexpr size_t mostGraphs = 6, mostHistograms = 6;

class PageData {
public:
  explicit PageData(const DoctorReport &report) : report(report) {}

  std::string write() {
    json.beginObject();
    json.member("verdict", llvm::StringRef(verdictLines(report, 10000).front()));
    writeTensors();
    writeHistograms();
    writeGraphs();
    json.endObject();
    return json.take();
  }

private:
  const DoctorReport &report;
  JsonWriter json;

  /// Number (from 0) of the first fault that is about a path; -1: none.
  int faultAt(llvm::StringRef path) const {
    for (size_t i = 0; i < report.verdict.faults.size(); ++i)
      if (llvm::is_contained(report.verdict.faults[i].layers(), path))
        return int(i);
    return -1;
  }

  void decibels(const char *name, const NoiseMeter &meter) {
    if (!meter.empty())
      json.member(name, meter.decibels());
  }

  /// The layers as a strip: with figures where pictures were looked at.
  void writeTensors() {
    if (!report.measurement) {
      json.objectsOnOneLine("tensors", report.network.layers, [&](const Layer &layer) {
        json.member("layer", layer.path);
        json.member("operators", opInfo(layer.op).text);
        json.member("fault", faultAt(layer.path));
      });
      return;
    }
    size_t row = 0;
    json.objectsOnOneLine(
        "tensors", report.measurement->tensors(), [&](const MeasuredTensor &tensor) {
          const TensorMeasure &measure = report.measures.tensors[row++];
          json.member("layer", tensor.path);
          json.member("operators", tensor.operators);
          json.member("fault", faultAt(tensor.path));
          decibels("own", measure.own);
          decibels("behind", measure.endToEnd);
          if (tensor.pair) {
            json.member("codes", measure.codes.codesUsed());
            json.member("cut_off", measure.codes.lowShare() + measure.codes.highShare());
          }
        });
  }

  /// Tensors whose histogram is worth a look: those of faults, then the worst quantisers.
  std::vector<size_t> chosenTensors() const {
    const llvm::ArrayRef<MeasuredTensor> tensors = report.measurement->tensors();
    std::vector<size_t> rows;
    for (size_t row = 0; row < tensors.size(); ++row)
      if (tensors[row].pair && report.measures.tensors[row].codes.elements() > 0)
        rows.push_back(row);
    llvm::stable_sort(rows, [&](size_t a, size_t b) {
      const auto rank = [&](size_t row) {
        const int fault = faultAt(tensors[row].path);
        return std::tuple(fault < 0, fault, report.measures.tensors[row].own.decibels());
      };
      return rank(a) < rank(b);
    });
    rows.resize(std::min(rows.size(), mostHistograms));
    return rows;
  }

  void writeHistograms() {
    if (!report.measurement)
      return;
    json.objects("histograms", chosenTensors(), [&](size_t row) {
      const MeasuredTensor &tensor = report.measurement->tensors()[row];
      const TensorMeasure &measure = report.measures.tensors[row];
      json.member("layer", tensor.path);
      json.member("operators", tensor.operators);
      json.member("fault", faultAt(tensor.path));
      json.member("step", tensor.pair->written.scale());
      json.member("zero_point", tensor.pair->written.zeroPoint());
      json.member("first_code", minOf(tensor.pair->element));
      json.member("least", measure.codes.least());
      json.member("greatest", measure.codes.greatest());
      json.member("codes", measure.codes.codesUsed());
      json.member("cut_off", measure.codes.lowShare() + measure.codes.highShare());
      decibels("own", measure.own);
      json.arrayOnOneLine("counts", measure.codes.histogram());
    });
  }

  void writeGraph(const char *key, const Neighbourhood &drawn) {
    if (drawn.boxes.empty())
      return;
    json.key(key);
    json.beginObject();
    json.objectsOnOneLine("boxes", drawn.boxes, [&](const Neighbourhood::Box &box) {
      json.member("name", box.name);
      json.member("what", box.what);
      json.member("rank", box.rank);
      json.member("fault", box.isFault);
      json.member("extra", box.isExtra);
    });
    json.objectsOnOneLine("arrows", drawn.arrows, [&](const Neighbourhood::Arrow &arrow) {
      json.member("from", arrow.from);
      json.member("to", arrow.to);
      json.member("text", arrow.text);
    });
    json.endObject();
  }

  void writeGraphs() {
    const llvm::ArrayRef<Fault> faults = report.verdict.faults;
    json.objects("graphs", faults.take_front(mostGraphs), [&](const Fault &fault) {
      writeGraph("model", aroundFault(report, fault));
      writeGraph("reference", aroundFaultInReference(report, fault));
    });
  }
};

} // namespace

std::string doctorPage(const DoctorReport &report) {
  const llvm::StringRef name = llvm::sys::path::filename(report.model);
  return fillPage(doctorPageTemplate, {{"title", asHtml("doctor: " + name.str())},
                                       {"report", inScript(doctorJson(report))},
                                       {"page", inScript(PageData(report).write())}});
}

} // namespace bstc
