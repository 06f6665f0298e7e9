// Datasets that are written for each test; what is expected of them is written beside them.

#include "vision/coco_annotations.h"
#include "vision/dataset.h"
#include "vision/yolo_labels.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace bstc;
using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

namespace {

/// A folder that goes away with the test.
class DatasetTest : public testing::Test {
protected:
  DatasetTest()
      : folder(fs::temp_directory_path() /
               ("bstc-dataset-" + std::to_string(::getpid()) + "-" +
                testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::create_directories(folder);
  }
  ~DatasetTest() override { fs::remove_all(folder); }

  std::string write(const std::string &name, const std::string &text = "") {
    const fs::path path = folder / name;
    fs::create_directories(path.parent_path());
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
      names.push_back(fs::path(image.path).filename().string());
    return names;
  }
  fs::path folder;
};

void expectBox(const Box &box, float x1, float y1, float x2, float y2) {
  EXPECT_NEAR(box.x1, x1, 1e-6);
  EXPECT_NEAR(box.y1, y1, 1e-6);
  EXPECT_NEAR(box.x2, x2, 1e-6);
  EXPECT_NEAR(box.y2, y2, 1e-6);
}

DatasetOptions split(const std::string &name) {
  DatasetOptions options;
  options.split = name;
  return options;
}

} // namespace

TEST_F(DatasetTest, AFolderOfImagesAndLabels) {
  writePictures();
  write("classes.txt", "person\nbus\ntraffic light\n");
  const Dataset dataset = read(".");
  EXPECT_THAT(pictures(dataset), ElementsAre("a.jpg", "b.png", "c.bmp"));
  EXPECT_THAT(dataset.names, ElementsAre("person", "bus", "traffic light"));
  EXPECT_EQ(dataset.labels, 3u);
  EXPECT_EQ(dataset.masks, 1u);
  EXPECT_EQ(dataset.background, 1u);
  ASSERT_EQ(dataset.images[0].labels.size(), 2u);
  EXPECT_EQ(dataset.images[0].labels[1].classIndex, 2);
  expectBox(dataset.images[0].labels[0].box, 0.4f, 0.3f, 0.6f, 0.7f);
  EXPECT_FALSE(dataset.images[0].labels[0].hasMask());
  expectBox(dataset.images[1].labels.at(0).box, 0.1f, 0.1f, 0.9f, 0.7f);
  EXPECT_THAT(dataset.images[1].labels[0].polygons.at(0),
              ElementsAre(0.1f, 0.1f, 0.9f, 0.1f, 0.9f, 0.7f));
}

TEST_F(DatasetTest, AYamlFileWithNamesByNumber) {
  writePictures();
  write("val.txt", "./images/a.jpg\n./images/c.bmp\n");
  write("train.txt", "images/b.png\r\n");
  write("data.yaml", "# comment\npath: .\ntrain: train.txt\nval: val.txt\nnames:\n  0: person\n"
                     "  1: bus\n  2: 'traffic light'\ndownload: |\n  some script\n");
  EXPECT_THAT(pictures(read("data.yaml")), ElementsAre("a.jpg", "c.bmp"));
  EXPECT_THAT(pictures(read("data.yaml", split("train"))), ElementsAre("b.png"));
  EXPECT_THAT(pictures(read("data.yaml", split("train.txt"))), ElementsAre("b.png"));
  EXPECT_THAT(read("data.yaml").names, ElementsAre("person", "bus", "traffic light"));
}

TEST_F(DatasetTest, AYamlFileWithAListOfNamesAndOfFolders) {
  write("set/images/one/a.jpg");
  write("set/images/two/a.jpg");
  write("set/images/three/a.jpg");
  write("set/labels/two/a.txt", "0 0.5 0.5 0.1 0.1");
  write("data.yml", "path: set\nval: [images/one, images/two]\nnc: 2\nnames: [x, y]\n");
  const Dataset dataset = read("data.yml");
  EXPECT_THAT(dataset.names, ElementsAre("x", "y"));
  ASSERT_EQ(dataset.images.size(), 2u);
  EXPECT_EQ(dataset.images[0].labels.size(), 0u);
  EXPECT_EQ(dataset.images[1].labels.size(), 1u);
}

TEST_F(DatasetTest, ASplitOfAFolderIsAFolderOrAList) {
  write("images/val/a.jpg");
  write("images/train/b.jpg");
  write("labels/val/a.txt", "0 0.5 0.5 0.1 0.1");
  write("labels/train/b.txt", "0 0.5 0.5 0.1 0.1");
  write("few.txt", "./images/train/b.jpg\n");
  EXPECT_THAT(pictures(read(".", split("val"))), ElementsAre("a.jpg"));
  EXPECT_THAT(pictures(read(".", split("few.txt"))), ElementsAre("b.jpg"));
  EXPECT_THAT(pictures(read(".")), ElementsAre("b.jpg", "a.jpg"));
  EXPECT_THAT(errorOf(".", split("test")), HasSubstr("no split 'test'"));
}

TEST_F(DatasetTest, TheLimitTakesTheFirstPictures) {
  writePictures();
  DatasetOptions options;
  options.limit = 2;
  EXPECT_THAT(pictures(read(".", options)), ElementsAre("a.jpg", "b.png"));
}

TEST_F(DatasetTest, APictureThatIsListedTwiceCountsOnce) {
  writePictures();
  write("list.txt", "./images/a.jpg\n./images/a.jpg\n");
  EXPECT_THAT(pictures(read("list.txt")), ElementsAre("a.jpg"));
}

TEST_F(DatasetTest, DuplicateLabelsCountOnce) {
  writePictures();
  write("labels/c.txt", "0 0.5 0.5 0.2 0.4\n1 0.5 0.5 0.2 0.4\n0 0.5 0.5 0.2 0.40\n");
  const Dataset dataset = read(".");
  EXPECT_EQ(dataset.images[2].labels.size(), 2u);
  EXPECT_EQ(dataset.duplicates, 1u);
}

TEST_F(DatasetTest, PicturesWithBadLabelsAreLeftOutAndNamed) {
  writePictures();
  const std::string good = "0 0.5 0.5 0.1 0.1\n";
  const std::pair<const char *, const char *> bad[] = {
      {"0 0.5 0.5 -0.1 0.1", "negative label value -0.1"},
      {"-1 0.5 0.5 0.1 0.1", "negative label value -1"},
      {"0 0.5 0.5 1.1 0.1", "coordinate 1.1 is beyond 1"},
      {"0 0.5 0.5 0.1", "this one has 4"},
      {"0 0.5 0.5 0.1 0.1 0.9", "this one has 6"},
      {"0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "this one has 8"},
      {"0 0.5 0.5 0.1 much", "'much' is not a number"},
      {"0 0.5 nan 0.1 0.1", "negative label value"},
      {"0 0.5 0.5 0.1 \x01\x1b", "'\\01\\1B' is not a number"},
      {"1.5 0.5 0.5 0.1 0.1", "class 1.5"},
      {"7 0.5 0.5 0.1 0.1", "class 7, but there are 3 classes"},
  };
  write("classes.txt", "x\ny\nz\n");
  for (const auto &[line, message] : bad) {
    const std::string file = write("labels/c.txt", good + line + "\n");
    const Dataset dataset = read(".");
    EXPECT_THAT(pictures(dataset), ElementsAre("a.jpg", "b.png")) << line;
    ASSERT_EQ(dataset.leftOut.size(), 1u) << line;
    EXPECT_THAT(dataset.leftOut[0], HasSubstr("labels/c.txt:2: ")) << line;
    EXPECT_THAT(dataset.leftOut[0], HasSubstr(message)) << line;
  }
}

TEST_F(DatasetTest, AFolderInPlaceOfLabelsLeavesThePictureOut) {
  writePictures();
  fs::create_directories(folder / "labels/c.txt");
  EXPECT_THAT(read(".").leftOut, ElementsAre(HasSubstr("labels/c.txt: no regular file")));
}

TEST_F(DatasetTest, LabelsAreLookedForUnderTheLastFolderOfImages) {
  EXPECT_EQ(labelFileOf("/images/set/images/val/a.b.jpg"), "/images/set/labels/val/a.b.txt");
  EXPECT_EQ(labelFileOf("images/a.jpg"), "labels/a.txt");
  EXPECT_EQ(labelFileOf("here/a.jpg"), "here/a.txt");
}

TEST_F(DatasetTest, ErrorsSayWhatIsMissing) {
  EXPECT_THAT(errorOf("nothing.yaml"), HasSubstr("nothing.yaml: no such file or folder"));
  write("empty/readme.md");
  EXPECT_THAT(errorOf("empty"), HasSubstr("no pictures"));
  write("bare/images/a.jpg");
  EXPECT_THAT(errorOf("bare"), HasSubstr("bare/labels/a.txt"));
  write("bad/images/a.jpg");
  write("bad/labels/a.txt", "0 0 0 2 0");
  EXPECT_THAT(errorOf("bad"), HasSubstr("bad/labels/a.txt:1: coordinate 2"));
  write("a.yaml", "path: elsewhere\nval: images\n");
  EXPECT_THAT(errorOf("a.yaml"), HasSubstr("path 'elsewhere' is not there"));
  write("b.yaml", "val: images\nnames: [x]\n");
  EXPECT_THAT(errorOf("b.yaml"), HasSubstr("'images' of split 'val'"));
  write("c.yaml", "val: bare/images\nnames:\n  0: x\n  2: z\n");
  EXPECT_THAT(errorOf("c.yaml"), HasSubstr("number 1 is missing"));
  write("d.yaml", "val: bare/images\nnc: 3\nnames: [x]\n");
  EXPECT_THAT(errorOf("d.yaml"), HasSubstr("nc is 3, but there are 1 names"));
  write("e.yaml", "val: [unclosed\n");
  EXPECT_THAT(errorOf("e.yaml"), HasSubstr("e.yaml:"));
  write("f.yaml", "- a list\n");
  EXPECT_THAT(errorOf("f.yaml"), HasSubstr("not a dataset"));
  write("g.yaml", "names: [x]\n");
  EXPECT_THAT(errorOf("g.yaml"), HasSubstr("neither 'val' nor"));
}

constexpr const char *coco = R"({
  "categories": [{"id": 18, "name": "dog"}, {"id": 3, "name": "car"}],
  "images": [{"id": 7, "file_name": "b.jpg", "width": 200, "height": 100},
             {"id": 5, "file_name": "a.jpg", "width": 10, "height": 10}],
  "annotations": [
    {"image_id": 7, "category_id": 18, "bbox": [20, 10, 100, 50], "iscrowd": 0,
     "segmentation": [[20, 10, 120, 10, 120, 60], [20, 50, 30, 50, 30, 60]]},
    {"image_id": 7, "category_id": 18, "bbox": [20, 10, 100, 50], "iscrowd": 0},
    {"image_id": 7, "category_id": 3, "bbox": [0, 0, 200, 100], "iscrowd": 1,
     "segmentation": {"size": [100, 200], "counts": [0, 20000]}},
    {"image_id": 5, "category_id": 3, "bbox": [0, 0, 2, 1], "iscrowd": 0,
     "segmentation": {"size": [10, 10], "counts": [0, 1, 9, 1, 89]}}
  ]})";

TEST_F(DatasetTest, CocoAnnotations) {
  write("coco/val/a.jpg");
  write("coco/val/b.jpg");
  write("coco/annotations/instances_val.json", coco);
  const Dataset dataset = read("coco/annotations/instances_val.json");
  EXPECT_THAT(dataset.names, ElementsAre("car", "dog"));
  EXPECT_THAT(pictures(dataset), ElementsAre("a.jpg", "b.jpg"));
  EXPECT_EQ(dataset.crowds, 1u);
  EXPECT_EQ(dataset.duplicates, 1u);
  EXPECT_EQ(dataset.labels, 2u);
  EXPECT_EQ(dataset.masks, 2u);
  const Label &car = dataset.images[0].labels.at(0), &dog = dataset.images[1].labels.at(0);
  EXPECT_EQ(car.classIndex, 0);
  expectBox(car.box, 0, 0, 0.2f, 0.1f);
  EXPECT_THAT(car.runs.counts, ElementsAre(0, 1, 9, 1, 89));
  EXPECT_EQ(dog.classIndex, 1);
  expectBox(dog.box, 0.1f, 0.1f, 0.6f, 0.6f);
  ASSERT_EQ(dog.polygons.size(), 2u);
  EXPECT_THAT(dog.polygons[1], ElementsAre(0.1f, 0.5f, 0.15f, 0.5f, 0.15f, 0.6f));
}

TEST_F(DatasetTest, CocoPicturesMayBeElsewhere) {
  write("photos/a.jpg");
  write("photos/b.jpg");
  const std::string file = write("instances.json", coco);
  EXPECT_THAT(errorOf("instances.json"), HasSubstr("give --images DIR"));
  DatasetOptions options;
  options.imageFolder = (folder / "photos").string();
  EXPECT_THAT(pictures(read("instances.json", options)), ElementsAre("a.jpg", "b.jpg"));
}

TEST_F(DatasetTest, CocoErrorsNameTheAnnotation) {
  write("a.jpg");
  const auto complain = [&](const std::string &annotations) {
    write("bad.json", R"({"categories": [{"id": 1, "name": "x"}], "images": [{"id": 1,
        "file_name": "a.jpg", "width": 10, "height": 10}], "annotations": )" +
                          annotations + "}");
    return errorOf("bad.json");
  };
  EXPECT_THAT(complain("[{}]"), HasSubstr("bad.json: annotations[0]: needs"));
  EXPECT_THAT(complain(R"([{"image_id": 2, "category_id": 1, "bbox": [0, 0, 1, 1]}])"),
              HasSubstr("no image_id 2"));
  EXPECT_THAT(complain(R"([{"image_id": 1, "category_id": 9, "bbox": [0, 0, 1, 1]}])"),
              HasSubstr("no category_id 9"));
  EXPECT_THAT(complain(R"([{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1],
                            "segmentation": {"size": [10, 10], "counts": [5]}}])"),
              HasSubstr("do not add up"));
  EXPECT_THAT(complain(R"([{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1],
                            "segmentation": [[1, 2, 3]]}])"),
              HasSubstr("3 points"));
  EXPECT_THAT(complain("[}"), HasSubstr("not JSON"));
  EXPECT_THAT(complain(std::string(100000, '[')), HasSubstr("more than 100 brackets"));
  EXPECT_THAT(complain("3"), HasSubstr("no list 'annotations'"));
}
