// bstc doctor and blame --undo: exit codes, text, JSON, the page.

#include "tests/support/detector_models.h"
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"

#include "onnx/onnx_pb.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <regex>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Doctor : public ToolTest {
protected:
  /// before.onnx; after.onnx with the addition that YOLOv5's neck does not have in block model.13;
  /// and one labelled picture.
  void writeAddition() const {
    succeed("zoo yolov5n --size 64 --quant float -o before.onnx");
    onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(read("before.onnx")));
    const auto has = [](const onnx::NodeProto &node, const char *op, const char *name) {
      return node.op_type() == op && node.name().find(name) != std::string::npos;
    };
    onnx::NodeProto add;
    add.set_op_type("Add");
    add.set_name("/model.13/m/m.0/Add");
    add.add_output("sum");
    google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes;
    for (onnx::NodeProto node : model.graph().node()) {
      if (has(node, "Conv", "model.13/m/m.0/cv1"))
        add.add_input(node.input(0));
      if (has(node, "Concat", "model.13/Concat") && add.input_size() == 1) {
        add.add_input(node.input(0));
        node.set_input(0, "sum");
        *nodes.Add() = add;
      }
      *nodes.Add() = node;
    }
    ASSERT_EQ(nodes.size(), model.graph().node_size() + 1) << "the block has other names";
    *model.mutable_graph()->mutable_node() = nodes;
    write("after.onnx", model.SerializeAsString());
    for (const char *folder : {"data", "data/images", "data/labels"})
      std::filesystem::create_directory(path(folder));
    std::filesystem::copy("../examples/street.jpg", path("data/images/street.jpg"));
    write("data/labels/street.txt", "0 0.5 0.5 0.25 0.5\n");
  }
};

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

TEST_F(Doctor, AFaultIsTheExitCode) {
  writeAddition();
  const Outcome alone = bstc("doctor after.onnx");
  EXPECT_EQ(alone.code, 1);
  EXPECT_EQ(alone.err, "");
  EXPECT_THAT(alone.out, HasSubstr("after.onnx: 1 fault\n1  error, certain: model.13.m.0"));
  EXPECT_THAT(alone.out, HasSubstr("cure  "));
  EXPECT_LE(linesOf(alone.out), 24u);
}

TEST_F(Doctor, WithoutTheFaultTheReferenceIsReached) {
  writeAddition();
  const std::string options = " --reference before.onnx --data data --json doctor.json";
  const Outcome outcome = bstc("doctor after.onnx" + options);
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("with this add undone"));
  const JsonReader json(read("doctor.json"));
  EXPECT_TRUE(json.truth("faulty"));
  EXPECT_EQ(json.size("faults"), 1u);
  EXPECT_EQ(json.text("faults.0.basis"), "file");
  EXPECT_EQ(json.text("faults.0.also.0.basis"), "reference");
  EXPECT_EQ(json.text("accuracy.cured.0.how"), "this add undone");
  EXPECT_EQ(json.number("accuracy.cured.0.map50_95"), json.number("accuracy.reference.map50_95"));
  const Outcome undone = bstc("blame after.onnx --undo 1 --json undone.json --reference "
                              "before.onnx --data data");
  EXPECT_EQ(undone.code, 0) << undone.err;
  EXPECT_THAT(undone.out, HasSubstr("undoing this add gives ."));
  const JsonReader figures(read("undone.json"));
  EXPECT_EQ(figures.text("undone.0.kind"), "add-added");
  EXPECT_EQ(figures.number("score_undone.map50"), figures.number("score_reference.map50"));
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
