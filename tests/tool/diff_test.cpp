// bstc diff: exit codes, text, JSON; models and packages.

#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"

#include <gmock/gmock.h>

using namespace bstc::test;
using testing::HasSubstr;
using testing::Not;

namespace {

class Diff : public ToolTest {};

TEST_F(Diff, AModelIsEqualToItself) {
  writeModel();
  const std::string out = succeed("diff model.onnx model.onnx");
  EXPECT_THAT(out, HasSubstr("equal: 60 convolutions matched, all with equal weights"));
}

TEST_F(Diff, FloatAndQuantisedDiffer) {
  writeModel();
  succeed("zoo yolov5n --size 64 --quant float -o float.onnx");
  const Outcome outcome = bstc("diff float.onnx model.onnx --json diff.json");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, HasSubstr("B is quantised, A is float"));
  const std::string json = read("diff.json");
  EXPECT_THAT(json, HasSubstr("\"kind\": \"diff\""));
  EXPECT_THAT(json, HasSubstr("\"equal\": false"));
  EXPECT_THAT(json, HasSubstr("\"kind\": \"quantised\""));
}

TEST_F(Diff, AnotherSizeIsSaidOnce) {
  writeModel();
  succeed("zoo yolov5n --size 96 -o other.onnx");
  const Outcome outcome = bstc("diff model.onnx other.onnx --json -");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("1x3x96x96 in B"));
  EXPECT_THAT(outcome.out, HasSubstr("\"id\": 1"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\"id\": 2")));
}

TEST_F(Diff, APackageIsEqualToItsModel) {
  writePackage();
  EXPECT_THAT(succeed("diff model.bst model.bst"), HasSubstr("equal: "));
  const std::string out = succeed("diff model.bst model.onnx");
  EXPECT_THAT(out, HasSubstr("B was compiled as A was"));
  EXPECT_THAT(out, HasSubstr("equal: 60 convolutions matched, all with equal weights"));
  succeed("compile model.onnx --deploy -o deployed.bst");
  EXPECT_THAT(succeed("diff model.onnx deployed.bst"), HasSubstr("A was compiled as B was"));
}

TEST_F(Diff, OtherNetworksAreOneLine) {
  writeModel();
  succeed("zoo yolov5n --task segment --size 64 -o seg.onnx");
  const Outcome segment = bstc("diff model.onnx seg.onnx");
  EXPECT_EQ(segment.code, 1);
  EXPECT_THAT(segment.out, HasSubstr("other numbers of mask coefficients (0 in A, 32 in B)"));
}

TEST_F(Diff, WrongUseAndUnreadableFiles) {
  writeModel();
  EXPECT_EQ(bstc("diff model.onnx").code, 2);
  EXPECT_EQ(bstc("diff model.onnx model.onnx --json model.onnx").code, 2);
  expectOneLineError(bstc("diff model.onnx nothing.onnx"));
  write("text.onnx", "this is no model");
  expectOneLineError(bstc("diff text.onnx model.onnx"));
}

} // namespace
