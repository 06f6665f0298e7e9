// bstc doctor and blame --undo: exit codes, text, JSON, the page.

#include "tests/support/detector_models.h"
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"

#include <gmock/gmock.h>

#include <regex>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Doctor : public ToolTest {};

size_t linesOf(const std::string &text) {
  return size_t(std::count(text.begin(), text.end(), '\n'));
}

TEST_F(Doctor, FindsNothingInACorrectFloatFile) {
  succeed("zoo yolov5n --size 64 --quant float -o float.onnx");
  const std::string out = succeed("doctor float.onnx --json doctor.json");
  EXPECT_THAT(out, HasSubstr("float.onnx: nothing found that explains a drop"));
  EXPECT_THAT(out, HasSubstr("Looked at: the file ("));
  EXPECT_THAT(out, HasSubstr("More would tell: --reference"));
  EXPECT_LE(linesOf(out), 24u);
  const JsonReader json(read("doctor.json"));
  EXPECT_EQ(json.text("kind"), "doctor");
  EXPECT_EQ(json.size("faults"), 0u);
}

TEST_F(Doctor, AReferenceThatIsAnotherNetworkIsSaid) {
  writeModel();
  write("other.onnx", paintModel(8, 6).SerializeAsString());
  EXPECT_THAT(bstc("doctor model.onnx --reference other.onnx").out,
              HasSubstr("Note: the reference is another network"));
}

TEST_F(Doctor, ThePageNeedsNothingElse) {
  writeModel();
  bstc("doctor model.onnx --html doctor.html");
  const std::string page = read("doctor.html");
  EXPECT_THAT(page, testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  const std::regex reference("(src|href)=\"([^#\"][^\"]*)\"");
  for (std::sregex_iterator it(page.begin(), page.end(), reference), end; it != end; ++it)
    EXPECT_EQ((*it)[2].str(), "data:,");
}

TEST_F(Doctor, WrongUse) {
  writeModel();
  EXPECT_EQ(bstc("doctor").code, 2);
  EXPECT_EQ(bstc("doctor model.onnx --images a --input in.npy").code, 2);
  EXPECT_EQ(bstc("doctor model.onnx --json model.onnx").code, 2);
  EXPECT_EQ(bstc("doctor model.onnx --json x --html x").code, 2);
  expectOneLineError(bstc("doctor nothing.onnx"));
  expectOneLineError(bstc("doctor model.onnx --reference nothing.onnx --html x.html"));
  EXPECT_EQ(files(), std::set<std::string>{"model.onnx"});
}

TEST_F(Doctor, UndoNeedsAnEditOfTheTwo) {
  writeModel();
  succeed("zoo yolov5n --size 64 --quant float -o float.onnx");
  EXPECT_EQ(bstc("blame model.onnx --undo 1").code, 2);
  const std::string rest = " --reference float.onnx --data nowhere";
  EXPECT_THAT(bstc("blame model.onnx --undo one" + rest).err, HasSubstr("numbers of edits"));
  const Outcome none = bstc("blame model.onnx --undo 77" + rest);
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("no edit has number 77"));
}

} // namespace
} // namespace bstc::test
