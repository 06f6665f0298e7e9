// --device in run, detect, eval and verify: drivers from shared libraries. One passes everything on
// to the simulator, so that all results are the simulator's, byte for byte; one goes wrong.
#include "tests/tool/tool.h"
#include "vision/image/image_file.h"

#include <gmock/gmock.h>

#include <sstream>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

const std::string recorder = " --device " RECORDING_DRIVER " --device-options record.txt ";

/// On a board that goes wrong in that way.
std::string badly(const std::string &how) {
  return " --device " BAD_DRIVER " --device-options " + how + " ";
}

class Device : public ToolTest {
protected:
  Device() {
    writeModel();
    const Outcome compiled = bstc("compile model.onnx --selftest --no-fidelity");
    EXPECT_EQ(compiled.code, 0) << compiled.err;
    writeInput();
    std::filesystem::create_directories(path("images"));
    std::filesystem::create_directories(path("labels"));
    for (int i = 0; i < 3; ++i) {
      const std::string name = std::to_string(i);
      llvm::Expected<std::string> png = encodePng(picture(i * 40));
      EXPECT_TRUE(bool(png)) << llvm::toString(png.takeError());
      write("images/" + name + ".png", *png);
      write("labels/" + name + ".txt", "0 0.5 0.5 0.25 0.25\n");
    }
  }

  static Image picture(int shade) {
    Image image;
    image.width = image.height = 64;
    for (int y = 0; y < 64; ++y)
      for (int x = 0; x < 64; ++x)
        for (int value : {x * 3 + shade, y * 2 + shade, (x ^ y) + shade})
          image.pixels.push_back(uint8_t(value));
    return image;
  }

  /// It ended with that error of the board, and left nothing behind.
  void expectFailure(const std::string &arguments, const std::string &message) const {
    const std::set<std::string> before = files();
    const Outcome outcome = bstc(arguments);
    EXPECT_EQ(outcome.code, 1) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr("bstc: error: ")) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(message)) << arguments;
    EXPECT_EQ(files(), before) << arguments;
  }
};

const std::string detectAll = "detect model.bst images --conf 0.01 ";
const std::string evalAll = "eval model.bst --data . --conf 0.01 ";

TEST_F(Device, RunOnADriverGivesTheBytesOfTheSimulator) {
  succeed("run model.bst -i in.npy -o simulated --all-tensors");
  succeed("run model.bst -i in.npy -o recorded --all-tensors" + recorder);
  const std::set<std::string> all = files();
  size_t compared = 0;
  for (const std::string &name : all)
    if (llvm::StringRef(name).startswith("simulated/") &&
        std::filesystem::is_regular_file(path(name))) {
      EXPECT_TRUE(read(name) == read("recorded/" + name.substr(10))) << name;
      ++compared;
    }
  EXPECT_GT(compared, 90U);
  EXPECT_THAT(read("record.txt"), AllOf(HasSubstr("prepare "), ContainsRegex("  0 dsp quantize "),
                                        HasSubstr("frame 0 done: 0 in flight\nrelease\n")));
}

TEST_F(Device, TimingsOnADriverNameItsKernelsButNoPeak) {
  const std::string out = succeed("run model.bst -i in.npy --timings" + recorder);
  EXPECT_THAT(out, AllOf(HasSubstr("host ms"), ContainsRegex("yolo_decode .* [a-z]"),
                         HasSubstr(" in /model")));
  EXPECT_THAT(out, testing::Not(HasSubstr("peak measured")));
}

TEST_F(Device, TheSimulatorTakesItsOptions) {
  EXPECT_THAT(succeed("run model.bst -i in.npy --timings --device-options isa=scalar"),
              HasSubstr("gemm_portable"));
  // They are stronger than the environment, and hold for strict runs, too.
  const Outcome both = shell("BSTC_ISA=abacus $BSTC run model.bst -i in.npy --strict "
                             "--device simulator --device-options isa=scalar");
  EXPECT_EQ(both.code, 0) << both.err;
  EXPECT_THAT(both.out, HasSubstr("the outputs equal the fast path byte for byte"));
  for (const std::string &subcommand : {std::string("run model.bst -i in.npy"), detectAll, evalAll,
                                        std::string("verify model.bst")}) {
    const Outcome outcome = bstc(subcommand + " --device-options isa=abacus");
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, HasSubstr("instruction set 'abacus' is unknown")) << subcommand;
    EXPECT_THAT(outcome.err, testing::Not(HasSubstr("BSTC_ISA"))) << subcommand;
    const Outcome variable = shell("BSTC_ISA=abacus $BSTC " + subcommand);
    EXPECT_EQ(variable.code, 1) << subcommand;
    EXPECT_THAT(variable.err, HasSubstr("BSTC_ISA: device 'simulator': instruction set 'abacus'"))
        << subcommand;
  }
}

TEST_F(Device, ThatIsNotThereOrRefusesItsOptionsHasACodeOfItsOwn) {
  const std::string run = "run model.bst -i in.npy --device";
  for (const std::string device : {" abacus", " simulator --device-options fast=1"}) {
    const Outcome outcome = bstc(run + device);
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, HasSubstr("[BST4015]")) << device;
  }
  EXPECT_THAT(bstc(run + " ./no/such.so").err, HasSubstr("[BST4005]"));
}

TEST_F(Device, StrictRunsTakeNoOther) {
  const Outcome outcome = bstc("run model.bst -i in.npy --strict" + recorder);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--strict models the memories of the simulator"));
  EXPECT_EQ(files().count("record.txt"), 0U);
}

TEST_F(Device, DetectOnADriverFindsTheSame) {
  succeed(detectAll + "--json a.json --txt a --save-dir drawn-a");
  const std::string out =
      succeed(detectAll + "--json b.json --txt b --save-dir drawn-b -j 2" + recorder);
  EXPECT_THAT(out, HasSubstr(" on the recorder, "));
  EXPECT_GT(read("a.json").size(), 100U);
  EXPECT_EQ(read("a.json"), read("b.json"));
  for (const std::string name : {"0", "1", "2"}) {
    EXPECT_EQ(read("a/" + name + ".txt"), read("b/" + name + ".txt"));
    EXPECT_TRUE(read("drawn-a/" + name + ".png") == read("drawn-b/" + name + ".png"));
  }
  EXPECT_THAT(read("record.txt"), HasSubstr("dsp yolo_decode"));
}

/// The lines of a report that say nothing about time.
std::string figures(const std::string &json) {
  std::istringstream lines(json);
  std::string kept;
  for (std::string line; std::getline(lines, line);)
    if (line.find("seconds\"") == std::string::npos && line.find("_ms\"") == std::string::npos)
      kept += line + '\n';
  return kept;
}

TEST_F(Device, EvalOnADriverMeasuresTheSame) {
  // The labels are what the network finds, so that there is something to measure.
  succeed(detectAll + "--txt found");
  for (const std::string name : {"0", "1", "2"}) {
    std::istringstream found(read("found/" + name + ".txt"));
    std::string labels;
    double classIndex, x, y, width, height, score;
    while (found >> classIndex >> x >> y >> width >> height >> score)
      if (width > 0.1 && height > 0.1)
        labels += std::to_string(int(classIndex)) + " " + std::to_string(x) + " " +
                  std::to_string(y) + " " + std::to_string(width) + " " + std::to_string(height) +
                  "\n";
    write("labels/" + name + ".txt", labels);
  }
  succeed(evalAll + "--json a.json");
  succeed(evalAll + "--json b.json -j 2" + recorder);
  EXPECT_THAT(read("a.json"), ContainsRegex("\"map50\": 0\\.[0-9]"));
  EXPECT_EQ(figures(read("a.json")), figures(read("b.json")));
  EXPECT_THAT(read("record.txt"), HasSubstr("dsp yolo_decode"));
}

TEST_F(Device, VerifyOnADriverRunsTheSelfTest) {
  EXPECT_THAT(succeed("verify model.bst" + recorder),
              HasSubstr("commands compute on recorder what they did at compile time"));
}

TEST_F(Device, ThatFailsIsNamedWithTheCommand) {
  const std::string message = "command 3 '";
  for (const std::string subcommand :
       {"run model.bst -i in.npy -o out --all-tensors", "run model.bst -i in.npy --timings"}) {
    const Outcome outcome = bstc(subcommand + badly("run=3"));
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err,
                AllOf(HasSubstr(message), HasSubstr("' on board: no answer for 20 ms")));
  }
  EXPECT_THAT(files(), testing::Not(testing::Contains(HasSubstr(".npy.")))) << "no half files";
  EXPECT_EQ(files().count("out/output0.npy"), 0U);
  expectFailure(detectAll + "--json a.json" + badly("run=3"), "images/0.png: " + message);
  expectFailure(evalAll + "--json a.json -j 1" + badly("run=3"), "images/0.png: " + message);
  expectFailure("verify model.bst" + badly("run=3"), message);
  for (const std::string &subcommand : {std::string("run model.bst -i in.npy"), detectAll, evalAll,
                                        std::string("verify model.bst")}) {
    expectFailure(subcommand + badly("prepare"), "device 'board': the board has no room for it");
    expectFailure(subcommand + badly("open"), "device 'board': no board answers");
    expectFailure(subcommand + " --device ./none.so", "driver './none.so' cannot be loaded");
  }
}

TEST_F(Device, ThatFailsInTheMiddleLeavesNoListOfDetections) {
  const std::string late = badly("late=0");
  const Outcome outcome = bstc(detectAll + "--json a.json --txt texts -j 1" + late);
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("images/1.png: command 0 '"));
  EXPECT_THAT(outcome.out, HasSubstr("images/0.png: ")) << "that was done before";
  EXPECT_EQ(files().count("a.json"), 0U);
  EXPECT_EQ(files().count("texts/0.txt"), 1U) << "a whole file";
  EXPECT_EQ(files().count("texts/1.txt"), 0U);
  expectFailure(evalAll + "--json a.json -j 1" + late, "images/1.png: command 0 '");
}

TEST_F(Device, ThatFailsLeavesNoFolders) {
  for (const std::string &device :
       {badly("open"), badly("prepare"), badly("run=7"), std::string(" --device simulatr")}) {
    expectFailure(detectAll + "-o new/drawn --txt new/texts" + device, "");
    expectFailure(evalAll + "-o new/plots" + device, "");
    expectFailure("run model.bst -i in.npy -o new/run" + device, "");
    expectFailure("run model.bst -i in.npy -o new/run --all-tensors" + device, "");
  }
  expectFailure("run model.bst -i in.npy -o new/run --timings --repeat 2" + badly("late=7"), "");
  // A folder that was there stays, and so does one with a whole file.
  std::filesystem::create_directories(path("there"));
  expectFailure(detectAll + "-o there --txt there/texts" + badly("run=7"), "");
  EXPECT_TRUE(std::filesystem::is_directory(path("there")));
}

TEST_F(Device, ThatComputesSomethingElseIsFoundByVerify) {
  succeed("run model.bst -i in.npy -o right --all-tensors");
  succeed("run model.bst -i in.npy -o wrong --all-tensors" + badly("flip=5"));
  size_t different = 0;
  for (const std::string &name : files())
    if (llvm::StringRef(name).startswith("right/"))
      different += read(name) != read("wrong/" + name.substr(6));
  EXPECT_GE(different, 1U);
  expectFailure("verify model.bst" + badly("flip=5"), "model.bst: self-test: command 5 '");
}

} // namespace
} // namespace bstc::test
