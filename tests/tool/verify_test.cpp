// compile --selftest and verify, as a user runs them.
#include "tests/tool/tool.h"

#include "runtime/package/package.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Verify = ToolTest;

TEST_F(Verify, RunsTheSelfTestOfAPackage) {
  writeModel();
  const std::string out = succeed("compile model.onnx --selftest --no-fidelity");
  EXPECT_THAT(succeed("verify model.bst"),
              AllOf(HasSubstr("every check of the loader holds"),
                    testing::ContainsRegex("all [0-9]+ commands compute on simulator what they "
                                           "did at compile time")));
  // The instruction set makes no difference: neither for int8 nor for floats.
  const Outcome scalar = shell("BSTC_ISA=scalar $BSTC verify model.bst -j 2");
  EXPECT_EQ(scalar.code, 0) << scalar.err;
  EXPECT_THAT(scalar.out, HasSubstr("what they did at compile time"));
  // The package is the one without a self-test, and one: it runs, and is the same each time.
  const std::string first = read("model.bst");
  succeed("compile model.onnx --selftest --no-fidelity -o again.bst");
  EXPECT_TRUE(read("again.bst") == first);
}

TEST_F(Verify, SaysWhereThereIsNoSelfTest) {
  writePackage();
  EXPECT_THAT(succeed("verify model.bst"),
              AllOf(HasSubstr("every check of the loader holds"),
                    HasSubstr("self-test  none in this package; 'bstc compile --selftest'")));
}

TEST_F(Verify, ADeviceWithoutASelfTestIsNotVerified) {
  writePackage();
  for (const char *device : {"simulator", RECORDING_DRIVER}) {
    const Outcome outcome = bstc(std::string("verify model.bst --device ") + device);
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("model.bst: has no self-test"),
                                   HasSubstr("compile --selftest"), HasSubstr("[BST4004]")));
  }
}

TEST_F(Verify, SaysOfOtherFilesWhatInspectSays) {
  writeModel();
  write("best.pt", std::string("PK\3\4", 4) + std::string(100, 'x'));
  write("net.tflite", std::string("\x1c\0\0\0TFL3", 8) + std::string(100, 'x'));
  write("net.engine", std::string(100, 'x'));
  write("net.xml", "<net/>");
  write("cut.bst", "BST");
  for (const std::string file : {"best.pt", "net.tflite", "net.engine", "net.xml", "missing.pt",
                                 "model.onnx", "cut.bst", "missing.bst", "."}) {
    const Outcome outcome = bstc("verify " + file);
    expectOneLineError(outcome);
    EXPECT_EQ(outcome.err, bstc("inspect " + file).err);
  }
  EXPECT_THAT(bstc("verify best.pt").err, HasSubstr("export it to ONNX first"));
  EXPECT_THAT(bstc("verify model.onnx").err,
              HasSubstr("; compile an ONNX model first: bstc compile model.onnx"));
}

TEST_F(Verify, KeepsAnInputOfTheUsers) {
  writeModel();
  writeInput();
  succeed("compile model.onnx --selftest-input images=in.npy --no-fidelity");
  EXPECT_THAT(succeed("verify model.bst"), HasSubstr("what they did at compile time"));
  std::unique_ptr<bst::Package> package;
  ASSERT_TRUE(bst::Package::open(path("model.bst").string(), package).ok());
  ASSERT_EQ(package->selfTest().inputs.size(), 1u);
  const std::vector<float> values = inputValues();
  ASSERT_EQ(package->selfTest().inputs[0].size(), values.size() * sizeof(float));
  EXPECT_EQ(
      memcmp(package->selfTest().inputs[0].data(), values.data(), values.size() * sizeof(float)),
      0);
}

TEST_F(Verify, RefusesAnInputThatDoesNotFit) {
  writeModel();
  write("in.npy", "not an array");
  const Outcome outcome = bstc("compile model.onnx --selftest-input in.npy --no-fidelity");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("in.npy"));
  EXPECT_FALSE(files().count("model.bst"));
}

TEST_F(Verify, NamesTheFirstCommandThatDiffers) {
  // A self-test whose second checksum is another: as if the device computed something else.
  writePackage();
  std::unique_ptr<bst::Package> package;
  ASSERT_TRUE(bst::Package::open(path("model.bst").string(), package).ok());
  succeed("compile model.onnx --selftest --no-fidelity -o tested.bst");
  std::unique_ptr<bst::Package> tested;
  ASSERT_TRUE(bst::Package::open(path("tested.bst").string(), tested).ok());
  bst::SelfTest test = tested->selfTest();
  ASSERT_GT(test.checksums.size(), 2u);
  test.checksums[1] ^= 1;
  std::vector<std::byte> bytes;
  ASSERT_TRUE(bst::writePackage(package->program(), bytes, test).ok());
  write("other.bst", std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size()));
  const Outcome outcome = bstc("verify other.bst");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("other.bst: self-test: command 1 '" +
                                     package->program().commands[1].name + "' (conv on maca"));
}

TEST_F(Verify, DamagedPackagesAndDevicesThatAreNotThere) {
  writePackage();
  std::string contents = read("model.bst");
  contents[contents.size() / 2] ^= 1;
  write("damaged.bst", contents);
  expectOneLineError(bstc("verify damaged.bst"));
  EXPECT_THAT(bstc("verify damaged.bst").err, HasSubstr("damaged.bst: is damaged"));
  const Outcome device = bstc("verify model.bst --device ./board.so");
  expectOneLineError(device);
  EXPECT_THAT(device.err, HasSubstr("driver './board.so' cannot be loaded"));
}

} // namespace
} // namespace bstc::test
