// What `bstc eval` prints and writes, of accuracies that are made up here.

#include "tests/tool/json_reader.h"
#include "tools/bstc/eval/curve_plot.h"
#include "tools/bstc/eval/eval_report.h"

#include "llvm/Support/raw_ostream.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace bstc {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Two pictures: three persons, of which two are found, and a bus that is.
Accuracy accuracy(CorrectAt bus) {
  AccuracyMeter meter;
  constexpr CorrectAt all = (1u << iouThresholds) - 1;
  meter.add(std::vector<int32_t>{0, 0, 1},
            std::vector<ScoredMatch>{{0.9f, 0, all}, {0.8f, 1, bus}, {0.7f, 0, all}});
  meter.add(std::vector<int32_t>{0}, {});
  return meter.compute();
}

EvalReport report(size_t models) {
  constexpr CorrectAt all = (1u << iouThresholds) - 1;
  EvalReport report;
  report.data = "data.yaml";
  report.names = {"person", "bus"};
  report.asked = 3;
  report.pictures = 2;
  report.unreadable = 1;
  report.nms = {.confidence = 0.001f, .iou = 0.6, .multiLabel = true};
  for (size_t i = 0; i < models; ++i) {
    ModelAccuracy &model = report.models.emplace_back();
    model.model = i ? "int8.bst" : "float.onnx";
    model.inputShape = {1, 3, 64, 64};
    model.boxes = accuracy(i ? 0b11111 : all);
  }
  return report;
}

std::string table(const EvalReport &report, bool perClass) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  printAccuracy(report, report.models[0], perClass, stream);
  return stream.str();
}

// AP of two of three labels found with precision 1: 66 steps of 1, one of (1 + 0.99) / 2, and the
// triangle that falls to 0 from there, 0.99 * 0.33 / 2: 0.8333. The mean with 0.995 is 0.9142.
TEST(EvalReport, PrintsTheTableOfYolov5) {
  EXPECT_EQ(table(report(1), true),
            "                 Class     Images  Instances          P          R      mAP50   "
            "mAP50-95\n"
            "                   all          2          4          1      0.833      0.914      "
            "0.914\n"
            "                person          2          3          1      0.667      0.833      "
            "0.833\n"
            "                   bus          2          1          1          1      0.995      "
            "0.995\n");
  EXPECT_THAT(table(report(1), false), Not(HasSubstr("person")));
}

TEST(EvalReport, SegmentNetworksHaveColumnsForMasks) {
  EvalReport masks = report(1);
  masks.models[0].masks = accuracy(0);
  const std::string text = table(masks, true);
  EXPECT_THAT(text, HasSubstr("      Box(P          R      mAP50  mAP50-95)     Mask(P          R  "
                              "    mAP50  mAP50-95)\n"));
  EXPECT_THAT(text,
              HasSubstr("                   bus          2          1          1          1  "
                        "    0.995      0.995          0          0          0          0\n"));
}

TEST(EvalReport, ClassesWithoutANameHaveTheirNumber) {
  EvalReport bare = report(1);
  bare.names.clear();
  EXPECT_THAT(table(bare, true), HasSubstr("               class 1 "));
}

TEST(EvalReport, ComparesClassByClassTheGreatestLossFirst) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  printComparison(report(2), stream);
  EXPECT_THAT(stream.str(), HasSubstr("A: float.onnx\nB: int8.bst\n"));
  const size_t all = text.find("all "), bus = text.find("bus "), person = text.find("person ");
  EXPECT_LT(all, bus);
  EXPECT_LT(bus, person);
  // The bus is right at five of ten thresholds.
  EXPECT_THAT(text.substr(bus, text.find('\n', bus) - bus),
              testing::MatchesRegex("bus +1 +0.995 +0.995 +0.000 +0.995 +0.49[78] +-0.49[78]"));
  EXPECT_THAT(text.substr(person, text.find('\n', person) - person), HasSubstr(" 0.000"));
}

TEST(EvalReport, JsonHasBothModelsAndTheirClasses) {
  const test::JsonReader json(accuracyJson(report(2)));
  EXPECT_EQ(json.number("schema"), 1);
  EXPECT_EQ(json.text("data"), "data.yaml");
  EXPECT_EQ(json.number("pictures"), 2);
  EXPECT_EQ(json.number("pictures_unreadable"), 1);
  EXPECT_EQ(json.number("instances"), 4);
  EXPECT_EQ(json.number("iou"), 0.6);
  ASSERT_EQ(json.size("models"), 2u);
  EXPECT_EQ(json.text("models.1.model"), "int8.bst");
  EXPECT_EQ(json.number("models.0.input_shape.2"), 64);
  EXPECT_NEAR(json.number("models.0.boxes.map50"), 0.9142, 1e-4);
  ASSERT_EQ(json.size("models.1.boxes.classes"), 2u);
  EXPECT_EQ(json.text("models.1.boxes.classes.1.name"), "bus");
  EXPECT_NEAR(json.number("models.1.boxes.classes.1.ap50_95"), 0.995 / 2, 1e-9);
  EXPECT_NEAR(json.number("models.1.boxes.classes.1.ap.4"), 0.995, 1e-9);
  EXPECT_EQ(json.number("models.1.boxes.classes.1.ap.5"), 0);
  EXPECT_FALSE(json.has("models.0.masks"));
}

std::string contents(const std::filesystem::path &path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(EvalReport, WritesFourPlotsAsSvg) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("bstc-plots-" + std::to_string(::getpid()));
  ASSERT_FALSE(bool(writePlots(report(1), (folder / "deep").string())));
  for (const char *name : {"PR_curve.svg", "F1_curve.svg", "P_curve.svg", "R_curve.svg"}) {
    const std::string svg = contents(folder / "deep" / name);
    EXPECT_THAT(svg, HasSubstr("<svg ")) << name;
    EXPECT_THAT(svg, HasSubstr(">bus 0.995<")) << name;
    EXPECT_THAT(svg, HasSubstr("</svg>\n")) << name;
  }
  EXPECT_THAT(contents(folder / "deep/PR_curve.svg"), HasSubstr("mAP50 0.914"));
  ASSERT_FALSE(bool(writePlots(report(2), folder.string())));
  EXPECT_THAT(contents(folder / "PR_curve.svg"), HasSubstr(">int8<"));
  std::filesystem::remove_all(folder);
}

TEST(CurvePlot, KeepsTheCornersOfALine) {
  PlotCurve curve;
  curve.label = "a < b & c";
  curve.values = {1, 1, 1, 0.5f, 0, 0};
  const std::string svg = drawCurves("Title", "x", "y", curve);
  // From the top left corner (72, 60) of 600 x 470 pixels; x in fifths.
  EXPECT_THAT(svg, HasSubstr("points=\"72.0,60.0 312.0,60.0 552.0,530.0 672.0,530.0 \""));
  EXPECT_THAT(svg, HasSubstr("a &lt; b &amp; c"));
  EXPECT_THAT(svg, Not(HasSubstr("e+0"))); // Viewers expect plain numbers.
}

} // namespace
} // namespace bstc
