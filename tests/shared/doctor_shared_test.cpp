// The add that is always taken: found without a reference and with one, and undone.
#include "diagnose/lint/lint.h"
#include "diagnose/undo/undo.h"
#include "diagnose/verdict/verdict.h"
#include "frontend/import.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::diagnose;
using testing::HasSubstr;

namespace {

constexpr const char *before = "models/yolov5n_silu_fp32_320.onnx";
constexpr const char *after = "models/yolov5n_silu_addbug_fp32_320.onnx";

Graph read(const std::string &file) {
  auto graph = importOnnxFile(BSTC_SHARED_DIR "/" + file);
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  return graph ? std::move(*graph) : Graph();
}

Network networkOf(const Graph &graph) {
  auto network = readNetwork(graph);
  EXPECT_TRUE(bool(network)) << llvm::toString(network.takeError());
  return network ? std::move(*network) : Network();
}

void expectTheFourAdds(const Verdict &verdict) {
  ASSERT_EQ(verdict.faults.size(), 1u);
  const Fault &fault = verdict.faults[0];
  EXPECT_EQ(fault.finding.code, Code::BlocksDiffer);
  EXPECT_EQ(fault.finding.certainty, Certainty::Certain);
  const std::vector<std::string> layers = fault.layers();
  for (const char *block : {"model.13.m.0", "model.17.m.0", "model.20.m.0", "model.23.m.0"})
    EXPECT_TRUE(std::any_of(layers.begin(), layers.end(), [&](const std::string &layer) {
      return layer.rfind(block, 0) == 0;
    })) << block;
  EXPECT_THAT(fault.cure, HasSubstr("if self.add else"));
  EXPECT_TRUE(verdict.isFaulty());
}

TEST(DoctorShared, TheFourAddsWithAndWithoutAReference) {
  const Network b = networkOf(read(after)), a = networkOf(read(before));
  std::vector<Evidence> evidence = evidenceOf(Basis::File, lint(b));
  expectTheFourAdds(judge(evidence));
  const std::vector<Evidence> edits = evidenceOf(compareNetworks(a, b), b);
  evidence.insert(evidence.end(), edits.begin(), edits.end());
  const Verdict verdict = judge(evidence);
  expectTheFourAdds(verdict);
  EXPECT_EQ(verdict.faults.front().edits, std::vector<unsigned>{1});
}

TEST(DoctorShared, TheReferenceItselfHasNoFault) {
  EXPECT_TRUE(judge(evidenceOf(Basis::File, lint(networkOf(read(before))))).faults.empty());
}

TEST(DoctorShared, UndoingTheFourAddsGivesTheReference) {
  const Graph importedA = read(before), importedB = read(after);
  const Network a = networkOf(importedA), b = networkOf(importedB);
  const Difference difference = compareNetworks(a, b);
  llvm::Expected<Graph> undone = undoEdits({importedA, importedB, a, b, difference}, {1});
  ASSERT_TRUE(bool(undone)) << llvm::toString(undone.takeError());
  EXPECT_TRUE(compareNetworks(a, networkOf(*undone)).equal());
}

} // namespace
