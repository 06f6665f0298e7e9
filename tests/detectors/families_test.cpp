// What every row of the table of detector families has to keep, and how packages name them.

#include "detectors/contract.h"
#include "detectors/picture_options.h"
#include "ir/error.h"

#include <gmock/gmock.h>

#include <set>

using namespace bstc;
using testing::HasSubstr;

TEST(Families, HaveNamesThatNothingElseMeans) {
  std::set<std::string> names;
  for (const Family *family : families()) {
    const std::string name = family->name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos)
        << name << ": it ends before the first '-' of a package's kind";
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(kindOf(*family, {.classes = 80}), name + "-detect");
    EXPECT_EQ(kindOf(*family, {.classes = 80, .masks = 32}), name + "-segment");
    EXPECT_EQ(familyOfKind(name + "-detect"), family);
    EXPECT_EQ(familyOfKind(name + "-segment"), family);
  }
  EXPECT_FALSE(names.empty());
  EXPECT_EQ(familyOfKind(""), nullptr);
  EXPECT_EQ(familyOfKind("yolov55-detect"), nullptr);
}

// The partitioner knows decodes by that row of ops.def.
TEST(Families, OwnTheirDecodeOperators) {
  std::set<OpKind> owned;
  for (const Family *family : families())
    for (OpKind op : family->decodes) {
      EXPECT_TRUE(owned.insert(op).second) << opInfo(op).text;
      EXPECT_EQ(familyOfDecode(op), family);
      EXPECT_STREQ(opInfo(op).family, "Decode");
    }
  for (const OpInfo &op : allOps())
    EXPECT_EQ(familyOfDecode(op.kind) != nullptr, owned.count(op.kind) > 0) << op.text;
}

TEST(Families, SayWhereTheNumbersOfARowAre) {
  for (const Family *family : families()) {
    const bst::PredictionRow row = family->row(7, 3);
    EXPECT_EQ(row.classes, 7) << family->name;
    EXPECT_EQ(row.masks, 3) << family->name;
    EXPECT_EQ(row.width(), row.coefficients() + 3) << family->name;
    EXPECT_EQ(row.width(), family->row(0, 0).width() + 10) << family->name;
    EXPECT_FALSE(family->numbersOf({ElementType::F32, {1, 80}, std::nullopt})) << "no rows";
    EXPECT_FALSE(family->rowOf({})) << "no decode";
  }
}

TEST(Families, AreWhatUsersSayThatOutputsHold) {
  for (const Family *family : families()) {
    PictureOptions options;
    options.family = nullptr;
    ASSERT_TRUE(parseDecodeKind(family->name, options));
    EXPECT_EQ(options.family, family);
    EXPECT_EQ(options.decode, PictureOptions::Decode::Heads);
    options.family = nullptr;
    ASSERT_TRUE(parseDecodeKind(std::string(family->name) + "-rows", options));
    EXPECT_EQ(options.family, family);
    EXPECT_EQ(options.decode, PictureOptions::Decode::Rows);
    EXPECT_THAT(familyNames(), HasSubstr(family->name));
  }
  EXPECT_EQ(decodeKinds().size(), 2 * families().size());
  for (const char *kind : decodeKinds()) {
    PictureOptions options;
    EXPECT_TRUE(parseDecodeKind(kind, options)) << kind;
  }
  PictureOptions options;
  for (const char *kind : {"", "-rows", "rows", "yolov5-row", "yolov5-rows-rows"})
    EXPECT_FALSE(parseDecodeKind(kind, options)) << kind;
}

TEST(Families, GiveTheirNetworksTheirPreprocessing) {
  for (const Family *family : families()) {
    bst::Program program;
    bst::Tensor picture;
    picture.shape = family->preprocess.channelsLast ? std::vector<int32_t>{1, 32, 64, 3}
                                                    : std::vector<int32_t>{1, 3, 32, 64};
    program.tensors = {picture, picture};
    program.inputs = {0};
    EXPECT_THAT(defaultPreprocess(program, *family), testing::ElementsAre(family->preprocess));
    program.inputs = {0, 1};
    EXPECT_TRUE(defaultPreprocess(program, *family).empty()) << "which of two?";
    program.inputs = {0};
    program.tensors[0].shape = {1, 4, 32, 64};
    EXPECT_TRUE(defaultPreprocess(program, *family).empty()) << "no picture";
  }
}

// Such as one that a later compiler wrote.
TEST(Families, OfAnotherKindOfPackageNothingIsAssumed) {
  bst::Program program;
  bst::Tensor rows, images;
  rows.shape = {1, 84, 2100};
  images.shape = {1, 3, 64, 64};
  program.name = "net";
  program.tensors = {rows, images};
  program.outputs = {0};
  program.inputs = {1};
  program.decode.kind = "nobody-detect";
  program.decode.classes = 80;
  program.decode.outputs = {0};
  llvm::Expected<DetectorContract> contract = detectorContract(program);
  ASSERT_FALSE(bool(contract));
  const Failure failure = takeFailure(contract.takeError());
  EXPECT_EQ(failure.code, Code::NotADetector);
  EXPECT_EQ(failure.text, "'net' is a detection network of the kind 'nobody-detect', which is not "
                          "known");
}
