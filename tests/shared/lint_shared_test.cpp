// bstc lint on real exports: no false alarm, and the faults that are known.
#include "diagnose/lint/lint.h"
#include "frontend/import.h"

#include <gmock/gmock.h>

#include <filesystem>

using namespace bstc;
using diagnose::Finding;

namespace {

std::string shared(const std::string &file) { return BSTC_SHARED_DIR "/" + file; }

std::vector<Finding> findingsOf(const std::string &path) {
  auto graph = importOnnxFile(path);
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  if (!graph)
    return {};
  auto findings = diagnose::lint(*graph);
  EXPECT_TRUE(bool(findings)) << llvm::toString(findings.takeError());
  return findings ? std::move(*findings) : std::vector<Finding>();
}

bool isCorrect(const std::string &name) {
  return name.find("addbug") == std::string::npos && name.find("f08b") == std::string::npos;
}

TEST(SharedLint, HasNothingButHintsForCorrectFiles) {
  int files = 0;
  for (const char *folder : {"models", "models/light", "models/shapes", "qat"})
    for (const auto &entry : std::filesystem::directory_iterator(shared(folder))) {
      if (entry.path().extension() != ".onnx" || !isCorrect(entry.path().stem().string()))
        continue;
      ++files;
      for (const Finding &finding : findingsOf(entry.path().string()))
        EXPECT_EQ(finding.severity, Severity::Note) << entry.path() << ": " << finding.text;
    }
  EXPECT_GE(files, 29);
}

TEST(SharedLint, NamesTheFourAdditionsWithoutAReference) {
  const auto findings = findingsOf(shared("models/yolov5n_silu_addbug_fp32_320.onnx"));
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, Code::BlocksDiffer);
  for (const char *block : {"model.13.m.0", "model.17.m.0", "model.20.m.0", "model.23.m.0"})
    EXPECT_THAT(findings.front().text, testing::HasSubstr(block));
}

TEST(SharedLint, NamesTheBlockWhoseActivationStayed) {
  const auto findings = findingsOf(shared("qat/f08b_silu_left_with_q.onnx"));
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, Code::MixedActivations);
  EXPECT_EQ(findings.front().layer, "model.6.cv1");
}

} // namespace
