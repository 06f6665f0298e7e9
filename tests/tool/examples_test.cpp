// Every example of every --help, run as it is printed, in a folder with the files that the examples
// name. The networks under these names are small, so that all of it is a matter of seconds.
#include "tests/support/detector_models.h"
#include "tests/tool/tool.h"
#include "tools/bstc/cli/subcommands.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

namespace fs = std::filesystem;

class Examples : public ToolTest {
protected:
  void zoo(const std::string &name, const std::string &options = "") const {
    succeed("zoo yolov5n --size 64 -o " + name + " " + options);
  }
  void writeModels() const {
    zoo("model.onnx", "--activation silu --sample-input in.npy");
    zoo("silu.onnx", "--activation silu");
    zoo("relu.onnx");
    zoo("heads.onnx", "--raw-heads");
    zoo("float.onnx", "--quant float");
    zoo("int8.onnx");
    zoo("qat.onnx");
    zoo("classifier.onnx");
    zoo("before.onnx", "--quant float");
    zoo("after.onnx", "--quant float --activation silu");
    write("rows.onnx", paintModel(8, 6).SerializeAsString()); // Rows in an output named boxes.
    succeed("compile model.onnx --no-fidelity --selftest");
    succeed("profile model.onnx --json yesterday.json");
  }
  void writePictures() const {
    for (const char *folder : {"photos", "photos/images", "photos/labels", "coco128"})
      fs::create_directory(path(folder));
    for (const char *name : {"street.jpg", "photos/b.jpg", "photos/images/c.jpg"})
      fs::copy("../examples/street.jpg", path(name));
    fs::copy("../examples/clock.png", path("a.png"));
    write("photos/labels/c.txt", "0 0.5 0.5 0.25 0.5\n");
    write("heldout.txt", "./photos/images/c.jpg\n");
    std::string yaml = "path: photos\nval: images\nnames:\n", names;
    for (int i = 0; i < 80; ++i) {
      yaml += "  " + std::to_string(i) + ": class " + std::to_string(i) + "\n";
      names += "class " + std::to_string(i) + "\n";
    }
    write("coco.yaml", yaml);
    write("coco128.yaml", yaml);
    write("names.txt", names);
  }
  void writeOthers() const {
    fs::copy("../targets/bst-a1000b0.json", path("my-board.json"));
    fs::copy(RECORDING_DRIVER, path("libboard.so"));
    onnx::TensorProto input;
    for (int extent : {1, 3, 64, 64})
      input.add_dims(extent);
    input.set_data_type(onnx::TensorProto::FLOAT);
    for (float value : inputValues())
      input.add_float_data(value);
    write("in.pb", input.SerializeAsString());
  }
};

TEST_F(Examples, RunAsPrinted) {
  writeModels();
  writePictures();
  writeOthers();
  size_t count = 0;
  for (const Subcommand *subcommand : allSubcommands()) {
    EXPECT_FALSE(subcommand->examples.empty()) << subcommand->name;
    // Those of compile made another model.bst.
    if (llvm::StringRef(subcommand->name) == "verify")
      succeed("compile model.onnx --no-fidelity --selftest");
    for (llvm::StringRef example : subcommand->examples) {
      ASSERT_TRUE(example.startswith("bstc ")) << example.str();
      // jq is not everywhere; what goes into it must be JSON all the same.
      const Outcome outcome = shell("bstc() { \"$BSTC\" \"$@\"; }; command -v jq >/dev/null || "
                                    "jq() { python3 -m json.tool; }; set -e; " +
                                    example.str() + " >said");
      // These say by their exit code what they found.
      const std::set<llvm::StringRef> answering = {"diff", "doctor", "lint"};
      const int most = answering.count(subcommand->name) ? 1 : 0;
      EXPECT_TRUE(outcome.code >= 0 && outcome.code <= most) << example.str() << '\n'
                                                             << outcome.err;
      EXPECT_THAT(outcome.err, testing::Not(testing::HasSubstr("bstc:"))) << example.str();
      ++count;
    }
  }
  EXPECT_GT(count, 30u);
  for (const char *file :
       {"model.bst", "ir.txt", "out/output0.npy", "out/tensors.json", "out/detections.json",
        "labels/a.txt", "plots/PR_curve.svg", "accuracy.json", "profile.json", "layers.csv",
        "report.html", "trace.json", "difference.json", "diff.json", "doctor.html", "relu-512.html",
        "m.onnx"})
    EXPECT_TRUE(files().count(file)) << file;
}

} // namespace
} // namespace bstc::test
