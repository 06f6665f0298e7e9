#include "test_programs.h"

#include "runtime/package/package.h"
#include "runtime/package/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>

namespace bst::testing {

using ::testing::HasSubstr;

// All but the weights' address.
static void expectEqual(const Program &actual, const Program &expected) {
  EXPECT_EQ(actual.name, expected.name);
  EXPECT_EQ(actual.target, expected.target);
  EXPECT_EQ(actual.compiler, expected.compiler);
  EXPECT_EQ(actual.inputs, expected.inputs);
  EXPECT_EQ(actual.outputs, expected.outputs);
  EXPECT_EQ(actual.arenaSize, expected.arenaSize);
  EXPECT_EQ(actual.arenaLowerBound, expected.arenaLowerBound);
  EXPECT_TRUE(actual.decode == expected.decode);
  EXPECT_TRUE(actual.preprocess == expected.preprocess);
  EXPECT_TRUE(actual.cost == expected.cost);
  EXPECT_TRUE(actual.tiles == expected.tiles);
  ASSERT_EQ(actual.tensors.size(), expected.tensors.size());
  for (size_t i = 0; i < expected.tensors.size(); ++i)
    EXPECT_TRUE(actual.tensors[i] == expected.tensors[i]) << expected.tensors[i].name;
  ASSERT_EQ(actual.commands.size(), expected.commands.size());
  for (size_t i = 0; i < expected.commands.size(); ++i)
    EXPECT_TRUE(actual.commands[i] == expected.commands[i])
        << opcodeName(expected.commands[i].params);
  ASSERT_EQ(actual.weightsSize, expected.weightsSize);
  EXPECT_EQ(std::memcmp(actual.weights, expected.weights, expected.weightsSize), 0);
}

class PackageFile : public ::testing::Test {
protected:
  void SetUp() override {
    const auto *info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder = std::filesystem::path(::testing::TempDir()) / (std::string("bst_") + info->name());
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string write(std::span<const std::byte> bytes) const {
    const std::string path = folder / "model.bst";
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
    return path;
  }
  std::filesystem::path folder;
};

static void expectRefused(const std::string &path, StatusCode code, const std::string &message) {
  std::unique_ptr<Package> package;
  const Status status = Package::open(path, package);
  EXPECT_EQ(status.getCode(), code);
  EXPECT_EQ(status.message(), path + ": " + message);
  EXPECT_EQ(package, nullptr);
}

TEST(Package, KeepsEveryField) {
  const TestProgram test = distinctProgram();
  std::vector<std::byte> bytes;
  ASSERT_EQ(writePackage(test.program, bytes).message(), "");
  // Aligned memory, as readPackage wants it.
  std::vector<Block> aligned((bytes.size() + 63) / 64);
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  PackageHeader header;
  Program program;
  SelfTest none;
  ASSERT_EQ(readPackage({aligned.front().bytes, bytes.size()}, header, program, none).message(),
            "");
  expectEqual(program, test.program);
}

TEST_F(PackageFile, OpensWhatWasWritten) {
  const TestProgram test = completeProgram();
  const std::vector<std::byte> bytes = packageOf(test.program);
  std::unique_ptr<Package> package;
  ASSERT_EQ(Package::open(write(bytes), package).message(), "");
  expectEqual(package->program(), test.program);
  EXPECT_EQ(package->fileSize(), bytes.size());
  EXPECT_EQ(package->version(), 1u);
  EXPECT_EQ(uintptr_t(package->program().weights) % 64, 0u);

  std::unique_ptr<Package> copy;
  ASSERT_EQ(Package::fromMemory(bytes, copy).message(), "");
  expectEqual(copy->program(), test.program);
  EXPECT_EQ(copy->hash(), package->hash());
  EXPECT_EQ(copy->hash().size(), 16u);
}

// Written by the compiler before packages said anything of preprocessing or NMS.
TEST(Package, OlderOnesAreRead) {
  std::unique_ptr<Package> package;
  ASSERT_EQ(Package::open("data/packages/before_pictures.bst", package).message(), "");
  const Program &program = package->program();
  EXPECT_EQ(program.commands.size(), 24u) << "no nms";
  EXPECT_TRUE(program.preprocess.empty());
  EXPECT_EQ(program.decode.kind, "yolov5-detect");
  EXPECT_EQ(program.decode.classNames, std::vector<std::string>{"person"});
  EXPECT_EQ(program.decode.stage, DetectionStage::Predictions);
  EXPECT_TRUE(program.decode.outputs.empty());
  EXPECT_EQ(program.decode.prototypes, -1);
  EXPECT_TRUE(program.decode.nms == NmsOptions{});
}

TEST(Package, IsReadFromUnalignedMemory) {
  const TestProgram test = completeProgram();
  std::vector<std::byte> bytes = packageOf(test.program);
  bytes.insert(bytes.begin(), std::byte());
  std::unique_ptr<Package> package;
  ASSERT_EQ(Package::fromMemory(std::span(bytes).subspan(1), package).message(), "");
  EXPECT_EQ(uintptr_t(package->program().weights) % 64, 0u);
  expectEqual(package->program(), test.program);
}

TEST(Package, MayHaveNoWeights) {
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {2, 3}), y = b.floats("y", {2, 3});
  b.command(Engine::Dsp, "relu", {x}, y, FloatUnaryParams{});
  const TestProgram test = b.finish({x}, {y});
  std::unique_ptr<Package> package;
  ASSERT_EQ(Package::fromMemory(packageOf(test.program), package).message(), "");
  EXPECT_EQ(package->program().weightsSize, 0u);
  EXPECT_EQ(package->program().weights, nullptr);
}

TEST(Package, IsTheSameEveryTime) {
  // Two programs of equal content at different addresses.
  const std::vector<std::byte> first = packageOf(completeProgram().program);
  std::vector<std::byte> second(17);
  ASSERT_TRUE(writePackage(completeProgram().program, second).ok());
  EXPECT_EQ(first, second);
}

TEST(Package, HashIsXxh3OfTheFileWithoutIt) {
  // Recorded from libxxhash's XXH3_64bits.
  std::vector<std::byte> bytes(1000);
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = std::byte(i * 7 + 3);
  EXPECT_EQ(hashContent(bytes, 16), 0x4a0230d8444f4a48u);
  bytes[20] = std::byte(99);
  EXPECT_EQ(hashContent(bytes, 16), 0x4a0230d8444f4a48u);
  bytes[24] = std::byte(99);
  EXPECT_NE(hashContent(bytes, 16), 0x4a0230d8444f4a48u);
}

TEST(Package, HashNamesTheContent) {
  TestProgram test = smallProgram();
  std::unique_ptr<Package> before, after;
  ASSERT_TRUE(Package::fromMemory(packageOf(test.program), before).ok());
  test.weights->front().bytes[0] ^= std::byte(1);
  ASSERT_TRUE(Package::fromMemory(packageOf(test.program), after).ok());
  EXPECT_NE(before->hash(), after->hash());
}

TEST(Package, RefusesVersionsItDoesNotKnow) {
  std::vector<std::byte> bytes = packageOf(smallProgram().program);
  const size_t field = fieldOf(bytes, rootTable(bytes), 0);
  std::unique_ptr<Package> package;
  bytes[field] = std::byte(0);
  Status status = Package::fromMemory(bytes, package);
  EXPECT_EQ(status.getCode(), StatusCode::UnsupportedVersion);
  EXPECT_EQ(status.message(), "package in memory: has schema version 0, this runtime reads 1 to 1: "
                              "compile the model again");
  bytes[field] = std::byte(7);
  status = Package::fromMemory(bytes, package);
  EXPECT_EQ(status.getCode(), StatusCode::UnsupportedVersion);
  EXPECT_EQ(status.message(), "package in memory: has schema version 7, this runtime reads 1 to 1: "
                              "update the runtime or compile the model with an older bstc");
  EXPECT_EQ(package, nullptr);
}

TEST_F(PackageFile, RefusesWhatIsNoFile) {
  expectRefused(folder / "missing.bst", StatusCode::IoError,
                "cannot be opened: No such file or directory");
  expectRefused(folder, StatusCode::IoError, "is a directory, expected a .bst file");
  const std::string pipe = folder / "pipe.bst";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  expectRefused(pipe, StatusCode::IoError, "is not a regular file");
}

TEST_F(PackageFile, RefusesWhatIsNoPackage) {
  expectRefused(write({}), StatusCode::CorruptPackage, "is empty");
  const std::string text = "\x08\x07 pytorch: an ONNX model, say";
  const auto bytes = std::as_bytes(std::span(text));
  expectRefused(write(bytes.first(5)), StatusCode::CorruptPackage,
                "is 5 bytes long, too short for a bst package");
  expectRefused(write(bytes), StatusCode::CorruptPackage,
                "is not a bst package: its file identifier is 'ytor', expected 'BST1'");
}

TEST_F(PackageFile, TellsTruncatedFromDamaged) {
  std::vector<std::byte> bytes = packageOf(smallProgram().program);
  const std::string size = std::to_string(bytes.size());
  expectRefused(write(std::span(bytes).first(bytes.size() / 2)), StatusCode::CorruptPackage,
                "is truncated: it has " + std::to_string(bytes.size() / 2) + " of " + size +
                    " bytes");
  expectRefused(write(std::span(bytes).first(20)), StatusCode::CorruptPackage,
                "is truncated or damaged: its header is not well formed");
  std::vector<std::byte> longer = bytes;
  longer.push_back(std::byte());
  expectRefused(write(longer), StatusCode::CorruptPackage,
                "is damaged: it has " + std::to_string(longer.size()) + " bytes, its header says " +
                    size);

  bytes.back() ^= std::byte(1);
  std::unique_ptr<Package> package;
  const Status status = Package::open(write(bytes), package);
  EXPECT_EQ(status.getCode(), StatusCode::CorruptPackage);
  EXPECT_THAT(status.message(), HasSubstr("is damaged: its content hash is "));
}

TEST_F(PackageFile, NamesPathTensorAndFieldOfASemanticError) {
  TestProgram test = smallProgram();
  tensorNamed(test.program, "q").size = 31;
  expectRefused(write(packageOf(test.program)), StatusCode::CorruptPackage,
                "tensor 1 'q': size is 31 bytes, shape [1,2,4,4] of s8 nhwc takes 32");
}

TEST(Package, SurvivesNamesThatAreNoText) {
  TestProgram test = smallProgram();
  tensorNamed(test.program, "q").name = std::string("a\x7f\x1b\n", 4) + std::string(500, 'b');
  std::unique_ptr<Package> package;
  ASSERT_TRUE(Package::fromMemory(packageOf(test.program), package).ok());
  EXPECT_EQ(package->program().tensors[1].name, test.program.tensors[1].name);
  test.program.tensors[1].size = 0;
  const Status status = Package::fromMemory(packageOf(test.program), package);
  EXPECT_THAT(status.message(), HasSubstr("tensor 1 'a???bbb"));
  EXPECT_LT(status.message().size(), 250u);
}

static void expectUnwritable(const Program &program, const std::string &message) {
  std::vector<std::byte> bytes;
  const Status status = writePackage(program, bytes);
  EXPECT_EQ(status.getCode(), StatusCode::InvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr(message));
}

TEST(Package, RefusesToWriteWhatTheFormatCannotHold) {
  TestProgram test = smallProgram();
  test.program.weightsSize = maxWeightsBytes + 1;
  expectUnwritable(test.program, "the weights take 1610612737 bytes, at most 1610612736 fit");

  test = smallProgram();
  test.program.tensors[1].name.assign(maxNameBytes + 1, 'x');
  expectUnwritable(test.program, "a name of more than 65536 bytes");

  test = smallProgram();
  test.program.tensors[1].name[0] = '\0';
  expectUnwritable(test.program, "a name of more than 65536 bytes or with a zero byte");

  test = smallProgram();
  test.program.commands[1].inputs.assign(maxCount + 1, 0);
  expectUnwritable(test.program, "command 'conv0' has a list of more than 1048576 elements");

  test = smallProgram();
  Command &large = test.program.commands[0];
  large.dependsOn.assign(maxCount, 0);
  test.program.commands.assign(20, large);
  expectUnwritable(test.program, "what is not weights takes ");
}

} // namespace bst::testing
