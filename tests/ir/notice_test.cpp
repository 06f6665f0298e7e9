// Codes of notices and errors: the table is whole, and errors keep their codes on their way.

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

using namespace bstc;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Codes, RiseSoThatNoneIsThereTwice) {
  unsigned last = 0;
  std::set<std::string> titles;
  for (const CodeInfo &info : allCodes()) {
    EXPECT_GT(unsigned(info.code), last) << info.name;
    last = unsigned(info.code);
    EXPECT_TRUE(titles.insert(info.title).second) << info.name << ": " << info.title;
  }
}

TEST(Codes, BelongToAnArea) {
  for (const CodeInfo &info : allCodes())
    EXPECT_THAT(std::string("12345678") + '9', HasSubstr(codeText(info.code).substr(3, 1)))
        << info.name;
}

TEST(Codes, SayCauseConsequenceAndCure) {
  for (const CodeInfo &info : allCodes()) {
    for (llvm::StringRef text : {info.cause, info.consequence, info.cure}) {
      EXPECT_GE(text.size(), 8u) << info.name;
      EXPECT_TRUE(text.endswith(".")) << info.name << ": " << text.str();
      EXPECT_FALSE(text.contains("  ") || text.contains('\n')) << info.name << ": " << text.str();
    }
    const llvm::StringRef title = info.title;
    EXPECT_FALSE(title.empty() || title.endswith(".") || title.size() > 70) << info.name;
  }
}

/// Numbers are for ever: what a code meant in an old log, it means today.
TEST(Codes, KeepTheirNumbers) {
  EXPECT_EQ(unsigned(Code::ModelUnreadable), 1001u);
  EXPECT_EQ(unsigned(Code::UnsupportedOperator), 1009u);
  EXPECT_EQ(unsigned(Code::RepeatedNames), 1025u);
  EXPECT_EQ(unsigned(Code::NothingQuantised), 2001u);
  EXPECT_EQ(unsigned(Code::FallbackToDsp), 2003u);
  EXPECT_EQ(unsigned(Code::LayerDiffers), 2013u);
  EXPECT_EQ(unsigned(Code::UnknownTarget), 3001u);
  EXPECT_EQ(unsigned(Code::WeightsDoNotFit), 3006u);
  EXPECT_EQ(unsigned(Code::CorruptPackage), 4002u);
  EXPECT_EQ(unsigned(Code::NotADetector), 5006u);
  EXPECT_EQ(unsigned(Code::ClassesDiffer), 6009u);
  EXPECT_EQ(unsigned(Code::Usage), 7001u);
  EXPECT_EQ(unsigned(Code::Internal), 9001u);
}

TEST(Codes, AreFoundAsUsersWriteThem) {
  for (const char *text : {"BST2003", "bst2003", "2003"}) {
    const CodeInfo *found = findCode(text);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->code, Code::FallbackToDsp);
  }
  EXPECT_EQ(codeText(Code::FallbackToDsp), "BST2003");
  for (const char *text :
       {"", "BST", "BST2", "BST0000", "BST20030", "20x3", "fallback", "BST-003", "02003"})
    EXPECT_FALSE(findCode(text)) << text;
}

TEST(Notices, HaveTheSeverityOfTheirCode) {
  const Notice notice = makeNotice(Code::FallbackToDsp, "node 'a' runs on DSP", "a");
  EXPECT_EQ(notice.severity, Severity::Warning);
  EXPECT_EQ(notice.node, "a");
  EXPECT_STREQ(severityName(notice.severity), "warning");
  EXPECT_EQ(makeNotice(Code::WhatIf, "a what-if").severity, Severity::Note);
}

TEST(Errors, PrintAsTheirMessage) {
  EXPECT_EQ(llvm::toString(makeError(Code::BadGraph, "a " + llvm::Twine(7))), "a 7");
}

TEST(Errors, KeepTheirCodeBehindAPlace) {
  llvm::Error error = makeError(Code::BadAttribute, "attribute 'axis' is missing");
  error = prefixError("model.onnx", prefixError("node 'x'", std::move(error)));
  EXPECT_TRUE(error.isA<CodedError>());
  const Failure failure = takeFailure(std::move(error));
  EXPECT_EQ(failure.code, Code::BadAttribute);
  EXPECT_EQ(failure.text, "model.onnx: node 'x': attribute 'axis' is missing");
}

TEST(Errors, KeepTheirCodesWhenJoined) {
  llvm::Error error =
      llvm::joinErrors(makeError(Code::BadPicture, "a"), makeError(Code::CannotWrite, "b"));
  std::vector<std::string> seen;
  for (const Failure &failure : takeFailures(prefixError("place", std::move(error))))
    seen.push_back(failure.text + " " + codeText(failure.code));
  EXPECT_THAT(seen, ElementsAre("place: a BST5002", "place: b BST7002"));
  const Failure both = takeFailure(
      llvm::joinErrors(makeError(Code::BadPicture, "a"), makeError(Code::CannotWrite, "b")));
  EXPECT_EQ(both.code, Code::BadPicture);
  EXPECT_EQ(both.text, "a\nb");
}

TEST(Errors, OfOtherLibrariesAreOurFault) {
  const Failure failure = takeFailure(
      llvm::createStringError(llvm::inconvertibleErrorCode(), "nobody gave this a code"));
  EXPECT_EQ(failure.code, Code::Internal);
  EXPECT_EQ(failure.text, "nobody gave this a code");
}

TEST(Errors, OfTheRuntimeHaveItsNumbers) {
  EXPECT_EQ(runtimeCode(1), Code::InvalidArgument);
  EXPECT_EQ(runtimeCode(2), Code::CorruptPackage);
  EXPECT_EQ(runtimeCode(10), Code::SelfTestFailed);
  EXPECT_EQ(runtimeCode(0), Code::Internal);
  EXPECT_EQ(runtimeCode(11), Code::Internal);
}
