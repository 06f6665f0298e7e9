// Every kind of damaged, missing or unwritable file: one line on stderr that names it, exit code 1,
// and nothing left behind.
#include "tests/tool/tool.h"
#include "tools/bstc/files/npy.h"
#include "vision/image/image_file.h"

#include <gmock/gmock.h>

#include <cstring>
#include <map>

namespace bstc::test {
namespace {

using testing::HasSubstr;

/// Runs the tool, which must fail with these words and leave the folder as it was.
class BadFiles : public ToolTest {
protected:
  void expectFailure(const std::string &arguments, std::initializer_list<const char *> words) {
    const std::set<std::string> before = files();
    const Outcome outcome = bstc(arguments);
    expectOneLineError(outcome);
    for (const char *word : words)
      EXPECT_THAT(outcome.err, HasSubstr(word)) << arguments;
    EXPECT_EQ(files(), before) << arguments;
  }
  void truncate(const std::string &from, const std::string &to, size_t size) {
    write(to, read(from).substr(0, size));
  }
};

TEST_F(BadFiles, Models) {
  writeModel();
  write("empty.onnx", "");
  truncate("model.onnx", "cut.onnx", 100000);
  write("text.onnx", "This is not a protocol buffer at all.\n");
  for (const char *subcommand : {"compile ", "profile "}) {
    const std::string start = subcommand;
    expectFailure(start + "missing.onnx", {"missing.onnx", "No such file"});
    expectFailure(start + "empty.onnx", {"empty.onnx", "empty"});
    expectFailure(start + "cut.onnx", {"cut.onnx"});
    expectFailure(start + "text.onnx", {"text.onnx"});
    expectFailure(start + ".", {"directory"});
  }
  expectFailure("run missing.onnx -i in.npy", {"missing.onnx"});
}

TEST_F(BadFiles, Packages) {
  writePackage();
  writeInput();
  const std::string good = read("model.bst");
  write("empty.bst", "");
  truncate("model.bst", "cut.bst", good.size() / 2);
  truncate("model.bst", "stub.bst", 6);
  std::string flipped = good;
  flipped[good.size() / 2] ^= 1;
  write("flipped.bst", flipped);
  std::string headless = good;
  headless.replace(0, 8, 8, '\0');
  write("headless.bst", headless);
  for (const char *file : {"empty.bst", "cut.bst", "stub.bst", "flipped.bst", "headless.bst"})
    for (const std::string &arguments :
         {"inspect " + std::string(file), "profile " + std::string(file),
          "run " + std::string(file) + " -i in.npy -o out"})
      expectFailure(arguments, {file});
  // By its name it was meant to be a package: the error is about one.
  expectFailure("profile headless.bst", {"headless.bst: is not a bst package"});
  expectFailure("inspect missing.bst", {"missing.bst", "No such file"});
  expectFailure("inspect model.onnx", {"model.onnx", "bstc compile model.onnx"});
  expectFailure("inspect missing.onnx", {"missing.onnx: cannot be opened"});
  expectFailure("compile model.bst", {"model.bst", "is a package already"});
}

TEST_F(BadFiles, ContentsDecideNotTheSuffix) {
  writePackage();
  std::filesystem::rename(path("model.bst"), path("package.onnx"));
  std::filesystem::rename(path("model.onnx"), path("network.model"));
  EXPECT_EQ(bstc("profile package.onnx").code, 0);
  EXPECT_EQ(bstc("profile network.model").code, 0);
}

TEST_F(BadFiles, Inputs) {
  writePackage();
  writeInput();
  const std::vector<double> doubles(3 * 64 * 64);
  std::string f64 = read("in.npy");
  f64.replace(f64.find("<f4"), 3, "<f8");
  write("f64.npy", f64 + f64.substr(128));
  const std::vector<std::byte> zeros(1 * 3 * 32 * 64 * 4);
  write("small.npy", npyBytes(bst::DType::F32, {1, 3, 32, 64}, zeros));
  write("bytes.npy", npyBytes(bst::DType::U8, {1, 3, 64, 64},
                              llvm::makeArrayRef(zeros).take_front(3 * 64 * 64)));
  std::string fortran = read("in.npy");
  fortran.replace(fortran.find("False"), 5, "True ");
  write("fortran.npy", fortran);
  truncate("in.npy", "cut.npy", 5000);
  write("empty.npy", "");

  const std::string expected = "float32 1x3x64x64";
  expectFailure("run model.bst", {"'images'", expected.c_str(), "--input"});
  expectFailure("run model.bst -i missing.npy", {"missing.npy", "No such file"});
  expectFailure("run model.bst -i f64.npy", {"f64.npy", "'<f8'", "float32"});
  expectFailure("run model.bst -i small.npy",
                {"'images'", expected.c_str(), "small.npy", "float32 1x3x32x64"});
  expectFailure("run model.bst -i bytes.npy", {expected.c_str(), "uint8 1x3x64x64"});
  expectFailure("run model.bst -i fortran.npy", {"fortran.npy", "Fortran"});
  expectFailure("run model.bst -i cut.npy", {"cut.npy", "bytes of data"});
  expectFailure("run model.bst -i empty.npy", {"empty.npy", "empty"});
  expectFailure("run model.bst -i model.onnx", {"model.onnx", "TensorProto"});
  expectFailure("run model.bst -i image=in.npy", {"image=in.npy", "'images'", expected.c_str()});
  expectFailure("run model.bst -i in.npy -i images=in.npy", {"'images' is given twice"});
}

TEST_F(BadFiles, Outputs) {
  writePackage();
  writeInput();
  std::filesystem::create_directory(path("folder"));
  expectFailure("compile model.onnx -o folder", {"folder", "directory"});
  expectFailure("compile model.onnx -o nowhere/m.bst", {"nowhere/m.bst", "No such file"});
  expectFailure("compile model.onnx -o in.npy/m.bst", {"in.npy/m.bst", "Not a directory"});
  expectFailure("compile model.onnx -o /dev/full", {"/dev/full", "No space left"});
  expectFailure("zoo yolov5n --size 64 -o nowhere/m.onnx", {"nowhere/m.onnx"});
  expectFailure("profile model.bst --json nowhere/p.json", {"nowhere/p.json"});
  expectFailure("profile model.bst --csv /dev/full", {"/dev/full"});
  expectFailure("run model.bst -i in.npy -o in.npy", {"in.npy", "Not a directory"});
}

TEST_F(BadFiles, AFailedRunTakesItsFilesBack) {
  writePackage();
  writeInput();
  // The network's last tensor cannot be written; those before it could.
  std::filesystem::create_directories(path("out/output0.npy"));
  expectFailure("run model.bst -i in.npy -o out --all-tensors", {"output0.npy", "directory"});
}

TEST_F(BadFiles, AFailedRunKeepsTheFilesOfTheOneBefore) {
  writePackage();
  writeInput();
  succeed("run model.bst -i in.npy -o out --all-tensors");
  std::filesystem::remove(path("out/output0.npy"));
  std::filesystem::create_directories(path("out/output0.npy"));
  const std::string index = read("out/tensors.json");
  expectFailure("run model.bst -i in.npy -o out --all-tensors", {"output0.npy", "directory"});
  EXPECT_EQ(read("out/tensors.json"), index);
}

TEST_F(BadFiles, OutputsOntoOtherFilesAreRefused) {
  writeModel();
  const std::string model = read("model.onnx");
  const std::set<std::string> before = files();
  for (const char *arguments :
       {"compile model.onnx -o model.onnx", "profile model.onnx --json model.onnx",
        "profile model.onnx --csv ./model.onnx", "profile model.onnx --json p --csv p",
        "zoo yolov5n --size 64 -o m.onnx --sample-input m.onnx"}) {
    const Outcome outcome = bstc(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_THAT(outcome.err, HasSubstr("would overwrite")) << arguments;
    EXPECT_EQ(files(), before) << arguments;
  }
  EXPECT_EQ(read("model.onnx"), model);
}

TEST_F(BadFiles, WhatACommandReadsStays) {
  writeModel();
  writePackage();
  writeInput("output0.npy");
  std::string names;
  for (int i = 0; i < 80; ++i)
    names += std::to_string(i) + "\n";
  write("n80.txt", names);
  write("my.json", succeed("targets bst-a1000b0 --json -"));
  succeed("zoo yolov5n --size 64 --sample-input in.npy -o other.onnx");
  for (const char *folder : {"ds/images", "ds/labels", "pics"})
    std::filesystem::create_directories(path(folder));
  Image image;
  image.width = image.height = 32;
  image.pixels.assign(32 * 32 * 3, 90);
  llvm::Expected<std::string> bytes = encodeJpeg(image);
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  for (const char *name : {"bus.jpg", "pics/bus.jpg", "pics/n80.jpg", "ds/images/bus.jpg"})
    write(name, *bytes);
  write("ds/labels/bus.txt", "0 0.5 0.5 0.2 0.2\n");
  write("ds/l.txt", "./images/bus.jpg\n");
  write("list.txt", path("ds/images/bus.jpg").string() + "\n");
  std::filesystem::create_symlink("bus.jpg", path("link.jpg"));
  std::filesystem::create_directory_symlink("pics", path("folder"));
  const auto contents = [&] {
    std::map<std::string, std::string> all;
    for (const std::string &name : files())
      all[name] = std::filesystem::is_regular_file(path(name)) ? read(name) : "";
    return all;
  };
  const auto before = contents();
  for (const char *arguments : {
           "detect model.bst bus.jpg --json bus.jpg",
           "detect model.bst bus.jpg --json ./link.jpg",
           "detect model.bst bus.jpg --json model.bst",
           "detect model.onnx bus.jpg --json model.onnx",
           "detect model.bst pics --json pics/bus.jpg",
           "detect model.bst pics --json folder/bus.jpg",
           "detect model.bst bus.jpg --names n80.txt --json n80.txt",
           "detect model.bst pics --names n80.txt --txt .",
           "detect model.bst bus.jpg pics/n80.jpg --save-dir pics",
           "detect model.bst link.jpg pics/bus.jpg --save-dir .",
           "detect model.onnx bus.jpg --target my.json --json my.json",
           "detect model.bst bus.jpg --txt new --json new/bus.txt",
           "detect model.bst ds/images --txt ds/labels",
           "detect model.bst ds/images --json ds/labels/bus.txt",
           "compile model.onnx --no-fidelity --selftest-input output0.npy -o output0.npy",
           "compile model.onnx --no-fidelity --selftest-input images=in.npy --json in.npy",
           "compile model.onnx --no-fidelity --names n80.txt --json n80.txt",
           "compile model.onnx --no-fidelity --target my.json --json my.json",
           "run model.bst -i output0.npy -o .",
           "run model.bst -i images=./output0.npy -o . --all-tensors",
           "run model.onnx --target my.json -i in.npy --json my.json",
           "run model.bst -i in.npy -o new --json new/output0.npy",
           "eval model.bst --data ds --split list.txt --json list.txt",
           "eval model.bst --data ds --split l.txt --json ds/l.txt",
           "eval model.bst --data ds --json ds/labels/bus.txt",
           "eval model.bst --data ds --json ds/images/bus.jpg",
           "eval model.bst --data ds --names n80.txt --json n80.txt",
           "eval model.onnx --data ds --target my.json --json my.json",
           "eval model.bst --data ds --compare other.onnx --json other.onnx",
           "eval model.bst --data ds --plots new --json new/PR_curve.svg",
       }) {
    const Outcome outcome = bstc(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments << '\n' << outcome.err;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_THAT(outcome.err, HasSubstr("would overwrite")) << arguments;
    EXPECT_TRUE(contents() == before) << arguments;
  }
  EXPECT_THAT(bstc("detect model.bst ds/images --txt ds/labels").err,
              HasSubstr("would overwrite the labels of the pictures"));
}

TEST_F(BadFiles, AFullDiskLeavesNothingAndKeepsWhatWasThere) {
  writeModel();
  write("model.bst", "what was there");
  const std::set<std::string> names = files();
  // No file may grow beyond 100 blocks of 512 bytes.
  const Outcome outcome = shell("ulimit -f 100; $BSTC compile model.onnx --no-fidelity");
  EXPECT_NE(outcome.code, 0);
  EXPECT_EQ(files(), names);
  EXPECT_EQ(read("model.bst"), "what was there");
}

TEST_F(BadFiles, OutOfMemoryIsOneErrorWhereverItHappens) {
#ifdef BSTC_SANITIZED
  GTEST_SKIP() << "the sanitizer takes more address space than any limit";
#endif
  succeed("zoo yolov5n --size 640 -o model.onnx");
  size_t ranOut = 0;
  for (int megabytes = 20; megabytes <= 140; megabytes += 20) {
    const Outcome outcome =
        shell("ulimit -v " + std::to_string(megabytes * 1000) + "; $BSTC compile model.onnx");
    if (outcome.code == 0 || outcome.code == 127) { // Enough, or too little to start it.
      std::filesystem::remove(path("model.bst"));
      continue;
    }
    ++ranOut;
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, testing::AnyOf(HasSubstr("memory"), HasSubstr("allocate")));
    EXPECT_EQ(files(), std::set<std::string>{"model.onnx"});
  }
  EXPECT_GT(ranOut, 0u);
}

TEST_F(BadFiles, AFailedCompilationKeepsTheOldPackage) {
  writePackage();
  write("bad.onnx", "x");
  const std::string before = read("model.bst");
  expectFailure("compile bad.onnx -o model.bst", {"bad.onnx"});
  EXPECT_EQ(read("model.bst"), before);
}

TEST_F(BadFiles, Targets) {
  writeModel();
  write("broken.json", "{\n  \"name\": \"x\",\n  oops\n}");
  write("empty.json", "{}");
  expectFailure("profile model.onnx --target nosuch", {"'nosuch'", "bst-a1000b0"});
  expectFailure("profile model.onnx --target broken.json", {"broken.json", "[3:"});
  expectFailure("compile model.onnx --target empty.json", {"empty.json", "missing 'name'"});
  expectFailure("targets missing.json", {"missing.json", "No such file"});
}

TEST_F(BadFiles, ClassNames) {
  writeModel();
  write("names.txt", "person\nbicycle\n");
  expectFailure("compile model.onnx --names names.txt", {"80", "2 class names"});
  expectFailure("compile model.onnx --names missing.txt", {"missing.txt"});
}

} // namespace
} // namespace bstc::test
