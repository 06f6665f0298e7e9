#ifndef BSTC_TESTS_VISION_DATASET_FILES_H
#define BSTC_TESTS_VISION_DATASET_FILES_H

#include "vision/data/dataset.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace bstc::test {

/// A folder for the files of a dataset; it goes away with the test.
class DatasetTest : public testing::Test {
protected:
  DatasetTest()
      : folder(std::filesystem::temp_directory_path() /
               ("bstc-dataset-" + std::to_string(::getpid()) + "-" +
                testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(folder);
  }
  ~DatasetTest() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string &name, const std::string &text = "") {
    const std::filesystem::path path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  /// Pictures a, b, c (nobody decodes them here); labels of the first two.
  void writePictures() {
    for (const char *name : {"a.jpg", "b.png", "c.bmp"})
      write(std::string("images/") + name);
    write("images/notes.txt", "not a picture");
    write("labels/a.txt", "0 0.5 0.5 0.2 0.4\n2 0.25 0.25 0.5 0.5\n");
    write("labels/b.txt", "1 0.1 0.1 0.9 0.1 0.9 0.7\n");
  }
  Dataset read(const std::string &name, const DatasetOptions &options = {}) {
    llvm::Expected<Dataset> dataset = readDataset((folder / name).string(), options);
    if (dataset)
      return std::move(*dataset);
    ADD_FAILURE() << llvm::toString(dataset.takeError());
    return {};
  }
  std::string errorOf(const std::string &name, const DatasetOptions &options = {}) {
    llvm::Expected<Dataset> dataset = readDataset((folder / name).string(), options);
    return dataset ? "" : llvm::toString(dataset.takeError());
  }
  std::vector<std::string> pictures(const Dataset &dataset) {
    std::vector<std::string> names;
    for (const LabelledImage &image : dataset.images)
      names.push_back(std::filesystem::path(image.path).filename().string());
    return names;
  }
  std::filesystem::path folder;
};

inline void expectBox(const Box &box, float x1, float y1, float x2, float y2) {
  EXPECT_NEAR(box.x1, x1, 1e-6);
  EXPECT_NEAR(box.y1, y1, 1e-6);
  EXPECT_NEAR(box.x2, x2, 1e-6);
  EXPECT_NEAR(box.y2, y2, 1e-6);
}

inline DatasetOptions split(const std::string &name) {
  DatasetOptions options;
  options.split = name;
  return options;
}

} // namespace bstc::test

#endif // BSTC_TESTS_VISION_DATASET_FILES_H
