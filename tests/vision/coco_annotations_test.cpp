// COCO's instances_*.json as they are published and exported.

#include "tests/vision/dataset_files.h"

#include "vision/data/coco_annotations.h"

using namespace bstc;
using namespace bstc::test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class Coco : public DatasetTest {
protected:
  /// Reads a file of one picture of 200 x 100 with these annotations, of categories 1 and 2.
  llvm::Expected<CocoAnnotations> annotated(const std::string &annotations) {
    write("a.jpg");
    const std::string file = write("a.json", R"({
      "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "dog"}],
      "images": [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}],
      "annotations": [)" + annotations + "]}");
    return readCocoAnnotations(file, "");
  }
  CocoAnnotations good(const std::string &annotations) {
    llvm::Expected<CocoAnnotations> read = annotated(annotations);
    if (read)
      return std::move(*read);
    ADD_FAILURE() << llvm::toString(read.takeError());
    return {"", {}, {{}}};
  }
  std::string bad(const std::string &annotations) {
    llvm::Expected<CocoAnnotations> read = annotated(annotations);
    return read ? "" : llvm::toString(read.takeError());
  }
  /// The error of a file with these lists and no annotations.
  std::string badLists(const std::string &categories, const std::string &images) {
    write("a.jpg");
    const std::string file =
        write("b.json", "{\"categories\": [" + categories + "], \"images\": [" + images +
                            "], \"annotations\": []}");
    llvm::Expected<CocoAnnotations> read = readCocoAnnotations(file, "");
    return read ? "" : llvm::toString(read.takeError());
  }
};

/// An annotation of category 1 with more members.
std::string box(const std::string &numbers, const std::string &more = "") {
  return R"({"image_id": 1, "category_id": 1, "bbox": [)" + numbers + "]" +
         (more.empty() ? "" : ", " + more) + "}";
}

} // namespace

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

TEST_F(Coco, AFileOfInstances) {
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

TEST_F(Coco, PicturesMayBeElsewhere) {
  write("photos/a.jpg");
  write("photos/b.jpg");
  const std::string file = write("instances.json", coco);
  EXPECT_THAT(errorOf("instances.json"), HasSubstr("in or beside its folder"));
  DatasetOptions options;
  options.imageFolder = (folder / "photos").string();
  EXPECT_THAT(pictures(read("instances.json", options)), ElementsAre("a.jpg", "b.jpg"));
}

TEST_F(Coco, ErrorsNameTheAnnotation) {
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

/// Both corners are known before either is cut off: 50 pixels from -20 end at 30, not at 50.
TEST_F(Coco, BoxesThatBeginOutsideOfThePictureDoNotGrow) {
  const CocoAnnotations read = good(box("-20, 10, 50, 20") + ", " + box("10, -15, 20, 40") + ", " +
                                    box("180, 90, 60, 30") + ", " + box("-10, -10, 300, 300"));
  const std::vector<Label> &labels = read.images.at(0).labels;
  ASSERT_EQ(labels.size(), 4u);
  expectBox(labels[0].box, 0, 0.1f, 0.15f, 0.3f);
  expectBox(labels[1].box, 0.05f, 0, 0.15f, 0.25f);
  expectBox(labels[2].box, 0.9f, 0.9f, 1, 1);
  expectBox(labels[3].box, 0, 0, 1, 1);
  EXPECT_EQ(read.empty, 0u);
}

TEST_F(Coco, BoxesWithNothingInThePictureAreCounted) {
  const CocoAnnotations read =
      good(box("-30, 0, 20, 10") + ", " + box("0, 110, 20, 10") + ", " + box("10, 10, 0, 5") +
           ", " + box("10, 10, 5, 0") + ", " + box("50, 50, -10, 10") + ", " +
           box("50, 50, 10, -10") + ", " + box("1, 2, 3, 4"));
  EXPECT_EQ(read.images.at(0).labels.size(), 1u);
  EXPECT_EQ(read.empty, 6u);
  EXPECT_TRUE(read.categories.at(0).isUsed);
  EXPECT_FALSE(read.categories.at(1).isUsed);
}

TEST_F(Coco, OnlyTheSameBoxOfTheSameCategoryIsADuplicate) {
  // The first two end at the same place once they are cut off; they are two objects.
  const CocoAnnotations read =
      good(box("-20, 0, 50, 10") + ", " + box("-10, 0, 40, 10") + ", " + box("-10, 0, 40, 10.0") +
           R"(, {"image_id": 1, "category_id": 2, "bbox": [-10, 0, 40, 10]})");
  EXPECT_EQ(read.images.at(0).labels.size(), 3u);
  EXPECT_EQ(read.images.at(0).labels.at(2).classIndex, 1);
  EXPECT_EQ(read.duplicates, 1u);
}

TEST_F(Coco, CrowdsAreNumbersOrTruthValues) {
  const CocoAnnotations read = good(
      box("0, 0, 1, 1", "\"iscrowd\": true") + ", " + box("0, 0, 2, 2", "\"iscrowd\": 1") + ", " +
      box("0, 0, 3, 3", "\"iscrowd\": false") + ", " + box("0, 0, 4, 4", "\"iscrowd\": 0") + ", " +
      box("0, 0, 5, 5", "\"iscrowd\": null") + ", " + box("0, 0, 6, 6"));
  EXPECT_EQ(read.crowds, 2u);
  EXPECT_EQ(read.images.at(0).labels.size(), 4u);
  for (const char *odd : {"\"iscrowd\": \"yes\"", "\"iscrowd\": 2", "\"iscrowd\": 0.5"})
    EXPECT_THAT(bad(box("0, 0, 1, 1", odd)), HasSubstr("annotations[0]: 'iscrowd' is neither"))
        << odd;
}

TEST_F(Coco, OutlinesAreKeptBeyondThePicture) {
  const CocoAnnotations read = good(
      box("0, 10, 60, 20", "\"segmentation\": [[-20, 10, 60, 10, 60, 130], [0, 0, 2, 0, 2, 2]]") +
      ", " + box("0, 0, 5, 5", "\"segmentation\": []") + ", " +
      box("0, 0, 6, 6", "\"segmentation\": null"));
  const std::vector<Label> &labels = read.images.at(0).labels;
  EXPECT_THAT(labels.at(0).polygons.at(0), ElementsAre(-0.1f, 0.1f, 0.3f, 0.1f, 0.3f, 1.3f));
  EXPECT_EQ(labels[0].polygons.size(), 2u);
  EXPECT_FALSE(labels.at(1).hasMask());
  EXPECT_FALSE(labels.at(2).hasMask());
}

TEST_F(Coco, BadOutlinesAreErrors) {
  const auto outline = [&](const std::string &segmentation) {
    return bad(box("1, 1, 9, 9") + ", " + box("0, 0, 9, 9", "\"segmentation\": " + segmentation));
  };
  EXPECT_THAT(outline("[[1, 2, 3, 4]]"), HasSubstr("annotations[1]: a polygon"));
  EXPECT_THAT(outline("[[1, 2, 3, 4, 5, 6, 7]]"), HasSubstr("needs 3 points"));
  EXPECT_THAT(outline("[[1, 2, 3, 4, 5, \"6\"]]"), HasSubstr("what is not a number"));
  EXPECT_THAT(outline("[[1, 2, 3, 4, 5, 60000]]"), HasSubstr("far outside"));
  EXPECT_THAT(outline("[[1, 2, 3, 4, 5, 1e999]]"), HasSubstr("far outside"));
  EXPECT_THAT(outline("7"), HasSubstr("neither polygons nor runs"));
  EXPECT_THAT(outline("{\"counts\": [20000]}"), HasSubstr("neither polygons nor runs"));
  EXPECT_THAT(outline("{\"size\": [100, 0], \"counts\": []}"), HasSubstr("neither polygons"));
}

TEST_F(Coco, RunsHaveToBeOfThePicture) {
  const auto runs = [&](const std::string &size, const std::string &counts) {
    return box("0, 0, 9, 9",
               "\"segmentation\": {\"size\": [" + size + "], \"counts\": " + counts + "}");
  };
  // Height and width: of the picture, and of it at a quarter.
  EXPECT_THAT(good(runs("100, 200", "[5, 3, 19992]")).images.at(0).labels.at(0).runs.counts,
              ElementsAre(5, 3, 19992));
  EXPECT_EQ(good(runs("25, 50", "[1250]")).images.at(0).labels.at(0).runs.width, 50);
  EXPECT_THAT(bad(runs("200, 100", "[20000]")),
              AllOf(HasSubstr("[200, 100]"), HasSubstr("not the shape of its image")));
  EXPECT_THAT(bad(runs("100, 200", "[-5, 20005]")), HasSubstr("not a number of pixels"));
  EXPECT_THAT(bad(runs("100, 200", "[20000, 0.5]")), HasSubstr("not a number of pixels"));
  EXPECT_THAT(bad(runs("100, 200", "[20000, \"a\"]")), HasSubstr("not a number of pixels"));
  EXPECT_THAT(bad(runs("100, 200", "[19999]")), HasSubstr("do not add up"));
}

/// 5 and 3 are one character each; 19992 is 24 + 16 * 32 + 19 * 1024, each with 32 for "more
/// follow" and 48 for '0': 104, 96, 99, and a last 0, as 19 alone would be negative.
TEST_F(Coco, RunsMayBeText) {
  const std::string text = RunLengthMask{200, 100, {5, 3, 19992}}.cocoText();
  EXPECT_EQ(text, "53h`c0");
  const CocoAnnotations read = good(
      box("0, 0, 9, 9", "\"segmentation\": {\"size\": [100, 200], \"counts\": \"" + text + "\"}"));
  EXPECT_THAT(read.images.at(0).labels.at(0).runs.counts, ElementsAre(5, 3, 19992));
}

TEST_F(Coco, NumbersOfBoxesHaveToBeFinite) {
  EXPECT_THAT(bad(box("0, 0, 1, \"2\"")), HasSubstr("'bbox' has what is not a number"));
  EXPECT_THAT(bad(box("1e999, 0, -1e999, 2")), HasSubstr("'bbox' has what is not a number"));
  EXPECT_THAT(bad(box("0, 0, 1")), HasSubstr("a 'bbox' of 4 numbers"));
}

TEST_F(Coco, WhatIsThereTwiceIsAnError) {
  const std::string image = R"({"id": 1, "file_name": "a.jpg", "width": 2, "height": 2})";
  EXPECT_EQ(badLists(R"({"id": 1, "name": "x"})", image), "");
  EXPECT_THAT(
      badLists(R"({"id": 3, "name": "x"}, {"id": 2, "name": "z"}, {"id": 3, "name": "y"})", image),
      HasSubstr("b.json: categories: 'x' and 'y' have the same id 3"));
  EXPECT_THAT(badLists(R"({"id": 0, "name": "x"}, {"id": 1, "name": "x"})", image),
              HasSubstr("b.json: categories[1]: 'x' is also the name of category 0"));
  EXPECT_THAT(badLists(R"({"id": 1, "name": "x"})",
                       image + R"(, {"id": 1, "file_name": "b.jpg", "width": 2, "height": 2})"),
              HasSubstr("b.json: images[1]: another image has the same id 1"));
  EXPECT_THAT(badLists(R"({"id": 1, "name": "x"})",
                       image + R"(, {"id": 2, "file_name": "a.jpg", "width": 2, "height": 2})"),
              HasSubstr("b.json: images[1]: 'a.jpg' is also the file of image 1"));
}

TEST_F(Coco, ImagesNeedASize) {
  for (const char *size : {R"("width": 0, "height": 2)", R"("width": 2, "height": 0)",
                           R"("width": 2)", R"("width": 2000000, "height": 2)",
                           R"("width": 2, "height": 2000000)", R"("width": 2, "height": "2")"})
    EXPECT_THAT(badLists("", std::string(R"({"id": 1, "file_name": "a.jpg", )") + size + "}"),
                HasSubstr("images[0]: needs"))
        << size;
  EXPECT_THAT(badLists("", ""), HasSubstr("no images in it"));
}

TEST_F(Coco, PicturesAreInTheFirstFolderThatHasThem) {
  const std::string file = write("set/annotations/instances_val.json", R"({"categories": [],
      "images": [{"id": 1, "file_name": "p/a.jpg", "width": 2, "height": 2}], "annotations": []})");
  std::vector<std::string> folders = {"annotations",
                                      "annotations/images",
                                      "annotations/val",
                                      "annotations/images/val",
                                      "",
                                      "images",
                                      "val",
                                      "images/val"};
  for (; !folders.empty(); folders.pop_back()) {
    const std::string picture = write("set/" + folders.back() + "/p/a.jpg");
    llvm::Expected<CocoAnnotations> read = readCocoAnnotations(file, "");
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_TRUE(std::filesystem::equivalent(read->images.at(0).path, picture)) << folders.back();
    EXPECT_EQ(read->images[0].labelFile, file);
    EXPECT_EQ(read->images[0].width, 2);
  }
}

TEST_F(Coco, PicturesMayHaveAbsolutePaths) {
  const std::string picture = write("elsewhere/a.jpg");
  const std::string file = write("b.json", R"({"categories": [], "annotations": [],
      "images": [{"id": 1, "width": 2, "height": 2, "file_name": ")" +
                                               picture + "\"}]}");
  for (const char *folder : {"", "/nowhere"}) {
    llvm::Expected<CocoAnnotations> read = readCocoAnnotations(file, folder);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_EQ(read->images.at(0).path, picture);
  }
}

TEST_F(Coco, BracketsInTextsAreNoBrackets) {
  EXPECT_EQ(badLists("{\"id\": 1, \"name\": \"\\\"" + std::string(200, '[') + "\"}",
                     R"({"id": 1, "file_name": "a.jpg", "width": 2, "height": 2})"),
            "");
  EXPECT_EQ(bad(box("0, 0, 9, 9", "\"deep\": " + std::string(90, '[') + std::string(90, ']'))), "");
}
