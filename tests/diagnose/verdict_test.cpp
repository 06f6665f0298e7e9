// Findings of several looks become one fault.

#include "diagnose/verdict/verdict.h"
#include "tests/diagnose/block_network.h"

using namespace bstc;
using namespace bstc::diagnose;
using namespace bstc::test;

namespace {

Finding finding(Code code, Severity severity, Certainty certainty, const std::string &layer) {
  Finding made{code, severity, certainty, layer, layer + "/node", layer + ": text", 0, {}, {}, {}};
  return made;
}

Evidence by(Basis basis, Finding of) { return {basis, std::move(of), nullptr, 0}; }

TEST(Verdict, OneFaultOfThreeLooks) {
  Finding measured =
      finding(Code::FewCodesUsed, Severity::Warning, Certainty::Likely, "model.6.cv2");
  measured.decibels = 11;
  const Verdict verdict =
      judge({by(Basis::Pictures, measured),
             by(Basis::Reference, finding(Code::UncalibratedObserver, Severity::Error,
                                          Certainty::Certain, "model.6.cv2")),
             by(Basis::File, finding(Code::UncalibratedObserver, Severity::Error,
                                     Certainty::Certain, "model.6.cv2"))});
  ASSERT_EQ(verdict.faults.size(), 1u);
  const Fault &fault = verdict.faults[0];
  EXPECT_EQ(fault.basis, Basis::File) << "of two as sure, the one that needs less";
  EXPECT_EQ(fault.finding.severity, Severity::Error);
  EXPECT_EQ(fault.finding.decibels, 11);
  EXPECT_EQ(fault.evidence.size(), 2u);
  EXPECT_EQ(fault.cure, codeInfo(Code::UncalibratedObserver).cure);
  EXPECT_TRUE(verdict.isFaulty());
}

TEST(Verdict, TheSurestTextLeadsAndTheWorstSeverityCounts) {
  const Verdict verdict =
      judge({by(Basis::File,
                finding(Code::RangeTooSmall, Severity::Error, Certainty::Possible, "model.4.cv3")),
             by(Basis::Pictures, finding(Code::TensorSaturates, Severity::Warning,
                                         Certainty::Certain, "model.4.cv3"))});
  ASSERT_EQ(verdict.faults.size(), 1u);
  EXPECT_EQ(verdict.faults[0].basis, Basis::Pictures);
  EXPECT_EQ(verdict.faults[0].finding.severity, Severity::Error);
}

TEST(Verdict, OtherLayersAndOtherPartsAreOtherFaults) {
  const Verdict verdict =
      judge({by(Basis::File, finding(Code::UncalibratedObserver, Severity::Error,
                                     Certainty::Certain, "model.6.cv2")),
             by(Basis::Pictures,
                finding(Code::FewCodesUsed, Severity::Warning, Certainty::Likely, "model.6.cv20")),
             by(Basis::File,
                finding(Code::BiasLost, Severity::Error, Certainty::Certain, "model.6.cv2"))});
  EXPECT_EQ(verdict.faults.size(), 3u);
}

TEST(Verdict, AnAdditionIsAtItsBlock) {
  Finding lint = finding(Code::BlocksDiffer, Severity::Error, Certainty::Certain, "model.13.m.0");
  lint.others = {"model.17.m.0"};
  Finding edit =
      finding(Code::BlocksDiffer, Severity::Error, Certainty::Certain, "model.13.m.0.cv2");
  edit.others = {"model.17.m.0.cv2"};
  Evidence second = by(Basis::Reference, edit);
  second.edit = 3;
  const Verdict verdict = judge({second, by(Basis::File, lint)});
  ASSERT_EQ(verdict.faults.size(), 1u);
  EXPECT_EQ(verdict.faults[0].finding.layer, "model.13.m.0");
  EXPECT_EQ(verdict.faults[0].edits, std::vector<unsigned>{3});
  EXPECT_EQ(verdict.faults[0].layers(), (std::vector<std::string>{"model.13.m.0", "model.17.m.0"}));
}

TEST(Verdict, ALayerThatDeviatesJoinsWhateverIsWrongThere) {
  const Verdict verdict =
      judge({by(Basis::Pictures,
                finding(Code::LayerDeviates, Severity::Error, Certainty::Likely, "model.6.cv1")),
             by(Basis::Reference,
                finding(Code::WeightsDiffer, Severity::Error, Certainty::Certain, "model.6.cv1"))});
  ASSERT_EQ(verdict.faults.size(), 1u);
  EXPECT_EQ(verdict.faults[0].finding.code, Code::WeightsDiffer);
}

TEST(Verdict, HintsAreNoFaults) {
  const Verdict verdict =
      judge({by(Basis::File, finding(Code::HalfTheCodes, Severity::Note, Certainty::Certain, ""))});
  EXPECT_TRUE(verdict.faults.empty());
  EXPECT_EQ(verdict.hints.size(), 1u);
  EXPECT_FALSE(verdict.isFaulty());
}

TEST(Verdict, AHintAboutManyLayersIsNoPartOfAFault) {
  Finding hint = finding(Code::WeightOutlier, Severity::Note, Certainty::Possible, "model.2.cv1");
  hint.others = {"model.20.cv3", "model.24.m.1"};
  Finding here = finding(Code::WeightOutlier, Severity::Note, Certainty::Possible, "model.20.cv3");
  here.others = {"model.2.cv3"};
  const Finding fault =
      finding(Code::WeightScaleStale, Severity::Error, Certainty::Certain, "model.20.cv3");
  const Verdict apart = judge({by(Basis::File, hint), by(Basis::File, fault)});
  EXPECT_EQ(apart.faults.size(), 1u);
  EXPECT_EQ(apart.hints.size(), 1u);
  const Verdict joined = judge({by(Basis::File, here), by(Basis::File, fault)});
  ASSERT_EQ(joined.faults.size(), 1u);
  EXPECT_TRUE(joined.hints.empty());
  EXPECT_EQ(joined.faults[0].layers(), std::vector<std::string>{"model.20.cv3"});
}

TEST(Verdict, FaultsOfFallingCertainty) {
  const Verdict verdict = judge(
      {by(Basis::File,
          finding(Code::RangeTooWide, Severity::Warning, Certainty::Certain, "model.1")),
       by(Basis::File, finding(Code::BiasLost, Severity::Error, Certainty::Likely, "model.2")),
       by(Basis::File, finding(Code::BiasLost, Severity::Error, Certainty::Certain, "model.3"))});
  ASSERT_EQ(verdict.faults.size(), 3u);
  EXPECT_EQ(verdict.faults[0].finding.layer, "model.3");
  EXPECT_EQ(verdict.faults[1].finding.layer, "model.2");
  EXPECT_EQ(verdict.faults[2].finding.layer, "model.1");
}

TEST(Verdict, EditsAreFindingsAboutTheFile) {
  BlockRecipe reference, model;
  model.shortcuts = {"model.1", "model.2", "model.3", "model.4"};
  const Network a = blockNetwork(reference), b = blockNetwork(model);
  const std::vector<Evidence> evidence = evidenceOf(compareNetworks(a, b), b);
  ASSERT_EQ(evidence.size(), 1u);
  EXPECT_EQ(evidence[0].finding.code, Code::BlocksDiffer);
  EXPECT_EQ(evidence[0].finding.severity, Severity::Error);
  EXPECT_EQ(evidence[0].finding.layer, "model.3.m.0.cv2");
  EXPECT_EQ(evidence[0].finding.others, std::vector<std::string>{"model.4.m.0.cv2"});
  EXPECT_EQ(evidence[0].finding.node, "/model.3/m/m.0/Add");
  EXPECT_EQ(evidence[0].edit, 1u);
}

TEST(Verdict, WhatTrainingDoesToAllLayersIsNoFault) {
  BlockRecipe reference, model;
  model.quantised = true;
  const Network a = blockNetwork(reference), b = blockNetwork(model);
  const Difference difference = compareNetworks(a, b);
  ASSERT_FALSE(difference.edits.empty());
  EXPECT_TRUE(evidenceOf(difference, b).empty());
}

TEST(Verdict, AnotherActivationEverywhereWasMeantIfItWasTrained) {
  BlockRecipe reference, model, mixed;
  reference.activation = "SiLU";
  const auto severity = [&] {
    const Network a = blockNetwork(reference), b = blockNetwork(model);
    const std::vector<Evidence> evidence = evidenceOf(compareNetworks(a, b), b);
    EXPECT_EQ(evidence.size(), 1u);
    return evidence.empty() ? Severity::Note : evidence[0].finding.severity;
  };
  EXPECT_EQ(severity(), Severity::Error) << "the same weights";
  model.seed = 2;
  EXPECT_EQ(severity(), Severity::Note);
  mixed.activation = "SiLU";
  mixed.activations["model.2.cv1"] = "Relu";
  const Network a = blockNetwork(reference), c = blockNetwork(mixed);
  const std::vector<Evidence> once = evidenceOf(compareNetworks(a, c), c);
  ASSERT_EQ(once.size(), 1u);
  EXPECT_EQ(once[0].finding.severity, Severity::Error);
}

} // namespace
