#include "tools/bstc/cli/table.h"
#include "tools/bstc/eval/eval_report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace bstc {

std::string EvalReport::className(int32_t index) const {
  return size_t(index) < names.size() ? names[size_t(index)] : "class " + std::to_string(index);
}

static void printCell(llvm::raw_ostream &stream, llvm::StringRef text, unsigned width) {
  stream << llvm::right_justify(text.take_back(width), width);
}

static void printFigures(llvm::raw_ostream &stream, std::initializer_list<double> figures) {
  for (const double figure : figures)
    printCell(stream, numberText(figure, 3), 11);
}

void printAccuracy(const EvalReport &report, const ModelAccuracy &model, bool perClass,
                   llvm::raw_ostream &stream) {
  printCell(stream, "Class", 22);
  for (const char *title : {"Images", "Instances"})
    printCell(stream, title, 11);
  for (const char *title : {model.masks ? "Box(P" : "P", "R", "mAP50"})
    printCell(stream, title, 11);
  printCell(stream, model.masks ? "mAP50-95)" : "mAP50-95", 11);
  if (model.masks)
    for (const char *title : {"Mask(P", "R", "mAP50", "mAP50-95)"})
      printCell(stream, title, 11);
  stream << '\n';

  const auto printCounts = [&](llvm::StringRef name, uint64_t labels) {
    printCell(stream, name, 22);
    printCell(stream, std::to_string(report.pictures), 11);
    printCell(stream, std::to_string(labels), 11);
  };
  const auto printAll = [&](const Accuracy &accuracy) {
    printFigures(stream, {accuracy.precision, accuracy.recall, accuracy.map50, accuracy.map});
  };
  const auto printClass = [&](const ClassAccuracy &row) {
    printFigures(stream, {row.precision, row.recall, row.ap50(), row.ap()});
  };
  printCounts("all", model.boxes.labels);
  printAll(model.boxes);
  if (model.masks)
    printAll(*model.masks);
  stream << '\n';
  if (!perClass)
    return;
  for (const ClassAccuracy &row : model.boxes.classes) {
    printCounts(report.className(row.classIndex), row.labels);
    printClass(row);
    if (model.masks)
      printClass(*model.masks->find(row.classIndex));
    stream << '\n';
  }
}

static std::string signedText(double difference) {
  const std::string text = fixedPoint(difference, 3);
  return difference > 0 && text != "0.000" ? "+" + text : text == "-0.000" ? "0.000" : text;
}

static void printDifferences(const EvalReport &report, const Accuracy &a, const Accuracy &b,
                             llvm::raw_ostream &stream) {
  Table table({{"Class"},
               {"Instances", true},
               {"A mAP50", true},
               {"B mAP50", true},
               {"B - A", true},
               {"A mAP50-95", true},
               {"B mAP50-95", true},
               {"B - A", true}});
  const auto add = [&](std::string name, uint64_t labels, double a50, double b50, double aAll,
                       double bAll) {
    table.add({std::move(name), std::to_string(labels), fixedPoint(a50, 3), fixedPoint(b50, 3),
               signedText(b50 - a50), fixedPoint(aAll, 3), fixedPoint(bAll, 3),
               signedText(bAll - aAll)});
  };
  add("all", a.labels, a.map50, b.map50, a.map, b.map);
  table.addRule();
  // Both saw the same pictures, so both have the same classes.
  std::vector<std::pair<const ClassAccuracy *, const ClassAccuracy *>> rows;
  for (const ClassAccuracy &row : a.classes)
    if (const ClassAccuracy *other = b.find(row.classIndex))
      rows.emplace_back(&row, other);
  llvm::stable_sort(rows, [](const auto &x, const auto &y) {
    return x.second->ap() - x.first->ap() < y.second->ap() - y.first->ap();
  });
  for (const auto &[row, other] : rows)
    add(report.className(row->classIndex), row->labels, row->ap50(), other->ap50(), row->ap(),
        other->ap());
  table.print(stream);
}

/// What explains a change that quantisation alone does not make.
static void printWhereToLook(const EvalReport &report, llvm::raw_ostream &stream) {
  constexpr double usual = 0.01; // Of mAP50-95, on some hundred pictures.
  const ModelAccuracy &a = report.models.front(), &b = report.models.back();
  const bool masks = a.masks && b.masks && std::fabs(b.masks->map - a.masks->map) > usual;
  if (!masks && std::fabs(b.boxes.map - a.boxes.map) <= usual)
    return;
  stream << "\nWhy they differ: 'bstc diff " << a.model << " " << b.model
         << "' says what was changed,\n'bstc blame " << b.model << " --data " << report.data
         << "' which layers cost it.\n";
}

void printComparison(const EvalReport &report, llvm::raw_ostream &stream) {
  const ModelAccuracy &a = report.models.front(), &b = report.models.back();
  stream << "A: " << a.model << "\nB: " << b.model << "\n\n";
  printDifferences(report, a.boxes, b.boxes, stream);
  if (a.masks && b.masks) {
    stream << "\nMasks:\n";
    printDifferences(report, *a.masks, *b.masks, stream);
  }
  printWhereToLook(report, stream);
}

} // namespace bstc
