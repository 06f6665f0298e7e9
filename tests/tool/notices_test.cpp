// Notices and errors as the tool prints them: grouped, with codes, as JSON.
#include "onnx/onnx_pb.h"
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/files/json_writer.h"

#include "llvm/Support/raw_ostream.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string printed(llvm::ArrayRef<Notice> notices, bool each = false) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  printNotices(notices, stream, each);
  return stream.str();
}

std::vector<Notice> fallbacks(int count) {
  std::vector<Notice> notices;
  for (int i = 1; i <= count; ++i) {
    std::string node = "c";
    node.append(std::to_string(i)); // GCC 12 takes the sum of both for an overlap.
    notices.push_back(makeNotice(Code::FallbackToDsp, "node '" + node + "' falls", node));
    notices.back().reason = "falls";
  }
  return notices;
}

TEST(PrintNotices, AFewHaveALineEach) {
  EXPECT_EQ(printed({}), "");
  EXPECT_EQ(printed(fallbacks(3)), "warning: node 'c1' falls [BST2003]\n"
                                   "warning: node 'c2' falls [BST2003]\n"
                                   "warning: node 'c3' falls [BST2003]\n");
}

TEST(PrintNotices, ManyOfOneCodeShareALine) {
  std::vector<Notice> notices = fallbacks(4);
  notices.insert(notices.begin() + 1, makeNotice(Code::WhatIf, "a what-if"));
  EXPECT_EQ(printed(notices), "warning: 4 nodes: falls: c1, c2, c3, c4 [BST2003]\n"
                              "note: a what-if [BST2006]\n");
  EXPECT_EQ(printed(fallbacks(87)), "warning: 87 nodes: falls: c1, c2, c3, c4, c5, ... "
                                    "(-v lists each) [BST2003]\n");
}

TEST(PrintNotices, EachIsListedWhenAskedFor) {
  const std::string text = printed(fallbacks(87), true);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 87);
  EXPECT_THAT(text, EndsWith("warning: node 'c87' falls [BST2003]\n"));
}

TEST(PrintNotices, HaveALinePerReasonAndNameANodeOnce) {
  std::vector<Notice> notices;
  const auto add = [&](const std::string &node, const std::string &why,
                       const std::string &more = "") {
    notices.push_back(makeNotice(Code::FallbackToDsp, "node '" + node + "' " + why + more, node));
    notices.back().reason = why;
  };
  add("a", "falls: no scale on input 1 (constant 'c7')");
  add("s", "splits", "; with it 1 node: x");
  add("b", "falls: no scale on input 1 (node 'y')");
  add("s", "splits", "; with it 1 node: y");
  add("t", "splits");
  add("z", "is alone", "; with it 1 node: y");
  EXPECT_EQ(printed(notices), "warning: 2 nodes: falls: no scale on input 1: a, b [BST2003]\n"
                              "warning: 2 nodes: splits: s, t [BST2003]\n"
                              "warning: node 'z' is alone; with it 1 node: y [BST2003]\n");
}

TEST(PrintNotices, OfTheWholeNetworkAreCounted) {
  const std::vector<Notice> notices(4, makeNotice(Code::LabelsLeftOut, "labels"));
  EXPECT_EQ(printed(notices), "warning: 4 times: labels [BST6013]\n");
}

TEST(WriteNotices, AreDataInJson) {
  JsonWriter json;
  json.beginObject();
  Notice error = makeNotice(Code::BadPicture, "a \"b\"");
  error.severity = Severity::Warning;
  writeNotices(json, {makeNotice(Code::FallbackToDsp, "why", "n"), error});
  json.endObject();
  const JsonReader reader(json.take());
  EXPECT_EQ(reader.text("notices.0.code"), "BST2003");
  EXPECT_EQ(reader.text("notices.0.severity"), "warning");
  EXPECT_EQ(reader.text("notices.0.node"), "n");
  EXPECT_EQ(reader.text("notices.0.text"), "why");
  EXPECT_EQ(reader.text("notices.1.code"), "BST5002");
  EXPECT_EQ(reader.text("notices.1.severity"), "warning");
  EXPECT_EQ(reader.text("notices.1.node"), "");
  EXPECT_EQ(reader.text("notices.1.text"), "a \"b\"");
}

/// Errors and notices of the tool itself.
class Coded : public ToolTest {
protected:
  /// Fails with that code at the end of the one line.
  void expectCode(const std::string &arguments, const std::string &code, int exitCode = 1) const {
    const Outcome outcome = bstc(arguments);
    EXPECT_EQ(outcome.code, exitCode) << arguments;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("bstc: error: "), HasSubstr(" [" + code + "]\n")))
        << arguments;
  }
  /// model.onnx, changed.
  template <class Change> void edit(const std::string &to, const Change &change) const {
    onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(read("model.onnx")));
    change(model);
    write(to, model.SerializeAsString());
  }
};

TEST_F(Coded, ReadingModels) {
  writeModel();
  write("text.onnx", "no protocol buffer\n");
  edit("opset.onnx", [](auto &model) { model.mutable_opset_import(0)->set_version(99); });
  edit("operator.onnx",
       [](auto &model) { model.mutable_graph()->mutable_node(3)->set_op_type("Nope"); });
  edit("dynamic.onnx", [](auto &model) {
    auto *shape = model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type();
    shape->mutable_shape()->mutable_dim(2)->set_dim_param("height");
  });
  edit("graph.onnx",
       [](auto &model) { model.mutable_graph()->mutable_output(0)->set_name("gone"); });
  expectCode("compile missing.onnx", "BST1001");
  expectCode("compile text.onnx", "BST1002");
  expectCode("profile opset.onnx", "BST1003");
  expectCode("compile dynamic.onnx", "BST1004");
  expectCode("compile graph.onnx", "BST1008");
  expectCode("compile operator.onnx", "BST1009");
}

TEST_F(Coded, QuantisationAndTargets) {
  writeModel("--quant float");
  expectCode("compile model.onnx --fail-on-fallback", "BST2012");
  expectCode("profile model.onnx --target nope", "BST3001");
  expectCode("profile model.onnx --target nope.json", "BST3002");
  write("bad.json", "{}");
  expectCode("profile model.onnx --target bad.json", "BST3003");
  expectCode("profile model.onnx --set nope=1", "BST3004");
}

TEST_F(Coded, PackagesAndDevices) {
  writePackage();
  write("cut.bst", read("model.bst").substr(0, 1000));
  expectCode("inspect cut.bst", "BST4002");
  std::filesystem::create_directory(path("folder.bst"));
  for (const std::string subcommand : {"inspect ", "verify ", "profile "}) {
    expectCode(subcommand + "missing.bst", "BST4014");
    expectCode(subcommand + "folder.bst", "BST4014");
  }
  expectCode("inspect model.onnx", "BST4012");
  expectCode("compile model.bst", "BST4013");
}

TEST_F(Coded, DetectorsDatasetsAndFiles) {
  writeModel();
  writeInput();
  write("labels.json", "{");
  write("notes.txt", "no array");
  expectCode("compile model.onnx --names missing.txt", "BST5016");
  expectCode("compile model.onnx --names a,b", "BST5017");
  expectCode("detect model.onnx missing.jpg", "BST5020");
  expectCode("eval model.onnx --data missing.yaml", "BST6001");
  expectCode("eval model.onnx --data labels.json", "BST6004");
  expectCode("run model.onnx -i missing.npy", "BST7004");
  expectCode("run model.onnx -i notes.txt", "BST7005");
  expectCode("run model.onnx", "BST7007");
  expectCode("compile model.onnx --no-fidelity -o missing/model.bst", "BST7002");
}

TEST_F(Coded, WrongUsage) {
  expectCode("", "BST7001", 2);
  expectCode("nope", "BST7001", 2);
  expectCode("compile", "BST7001", 2);
  expectCode("compile a.onnx --nope", "BST7001", 2);
  EXPECT_THAT(bstc("compile a.onnx --nope").err, HasSubstr("[BST7001]\nhint: see 'bstc compile"));
}

/// Where the report is not printed, as a file goes to stdout.
TEST_F(Coded, WarningsBesideAFileOnStdout) {
  writeModel("--quant float");
  const std::string warning = "bstc: warning: nothing is quantised";
  for (const char *arguments :
       {"profile model.onnx --json -", "compile model.onnx --no-fidelity --json -",
        "compile model.onnx --no-fidelity -o -", "profile model.onnx --csv -"}) {
    const Outcome outcome = bstc(arguments);
    EXPECT_EQ(outcome.code, 0) << arguments;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(warning), HasSubstr(" [BST2001]\n"))) << arguments;
    EXPECT_THAT(outcome.out, Not(HasSubstr("warning: nothing"))) << arguments;
  }
  EXPECT_EQ(bstc("profile model.onnx --assume-int8 --json -").err, ""); // A note.
}

TEST_F(Coded, NoticesOfAProfile) {
  writeModel("--quant float");
  EXPECT_THAT(succeed("profile model.onnx --json p.json"),
              HasSubstr("warning: nothing is quantised: the model has no QuantizeLinear nodes, so "
                        "every operator runs in float on DSP [BST2001]\n"));
  const JsonReader report(read("p.json"));
  EXPECT_EQ(report.text("notices.0.code"), "BST2001");
  EXPECT_EQ(report.text("notices.0.severity"), "warning");
}

/// Layers here and there whose results have no scale: one line, unless each is asked for.
TEST_F(Coded, ManyFallbacksAreOneLine) {
  writeModel();
  edit("model.onnx", [](onnx::ModelProto &model) {
    onnx::GraphProto &graph = *model.mutable_graph();
    std::set<std::string> bare; // Results of one layer of each of six blocks.
    for (const onnx::NodeProto &node : graph.node())
      for (const char *block : {"2", "4", "6", "8", "13", "17"})
        if (node.name() == std::string("/model.") + block + "/cv1/conv/Relu")
          bare.insert(node.output(0));
    ASSERT_EQ(bare.size(), 6u);
    std::map<std::string, std::string> source; // Of a pair's results, what is before the pair.
    for (const onnx::NodeProto &node : graph.node())
      if (node.op_type() == "QuantizeLinear" && bare.count(node.input(0)))
        source[node.output(0)] = node.input(0);
      else if (node.op_type() == "DequantizeLinear" && source.count(node.input(0)))
        source[node.output(0)] = source[node.input(0)];
    for (onnx::NodeProto &node : *graph.mutable_node())
      for (std::string &input : *node.mutable_input())
        if (source.count(input) && node.op_type() != "DequantizeLinear")
          input = source[input];
  });
  const std::string brief = succeed("profile model.onnx");
  EXPECT_THAT(brief, AllOf(HasSubstr("warning: 6 nodes: reads int8 data but runs on DSP: "),
                           HasSubstr(": /model.2/cv1/conv/Conv, /model.4/cv1/conv/Conv, "),
                           HasSubstr(", ... (-v lists each) [BST2003]\n"),
                           Not(HasSubstr("warning: node '"))));
  const std::string whole = bstc("compile model.onnx --no-fidelity --explain").out;
  EXPECT_THAT(whole, AllOf(HasSubstr("warning: node '"), Not(HasSubstr(" nodes: reads int8"))));
}

} // namespace
} // namespace bstc::test
