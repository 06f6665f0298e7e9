// Where pictures and labels are looked for, and what of them would be lost without a word.

#include "tests/vision/dataset_files.h"

using namespace bstc;
using namespace bstc::test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

using DatasetPlaces = DatasetTest;
constexpr const char *label = "0 0.5 0.5 0.1 0.1\n";

} // namespace

/// Of Roboflow's exports: data.yaml lies beside the folders, whose paths begin with "../".
TEST_F(DatasetPlaces, AFolderAboveMayBeMeantBeside) {
  write("set/valid/images/a.jpg");
  write("set/valid/labels/a.txt", label);
  write("set/data.yaml", "train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['x']\n");
  EXPECT_THAT(pictures(read("set/data.yaml")), ElementsAre("a.jpg"));
  // What is really above comes first.
  write("valid/images/b.jpg");
  write("valid/labels/b.txt", label);
  EXPECT_THAT(pictures(read("set/data.yaml")), ElementsAre("b.jpg"));
  write("set/data.yaml", "val: ../nowhere\n");
  EXPECT_THAT(errorOf("set/data.yaml"), HasSubstr("'../nowhere' of split 'val'"));
}

TEST_F(DatasetPlaces, APathIsFromTheFileOrFromHere) {
  write("sets/one/images/a.jpg");
  write("sets/one/labels/a.txt", label);
  write("yaml/data.yaml", "path: ../sets/one\nval: images\n");
  EXPECT_THAT(pictures(read("yaml/data.yaml")), ElementsAre("a.jpg"));
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  write("yaml/data.yaml", "path: sets/one\nval: images\n");
  EXPECT_THAT(pictures(read("yaml/data.yaml")), ElementsAre("a.jpg"));
  write("yaml/data.yaml", "val: sets/one/images\n");
  EXPECT_THAT(pictures(read("yaml/data.yaml")), ElementsAre("a.jpg"));
  write("yaml/data.yaml", "path: " + (folder / "sets/one").string() + "\nval: images\n");
  EXPECT_THAT(pictures(read("yaml/data.yaml")), ElementsAre("a.jpg"));
  fs::current_path(before);
}

/// Entries of lists: "./" counts from the list, others from the list's folder if they are there,
/// else from here.
TEST_F(DatasetPlaces, ListsCountFromTheirFolderOrFromHere) {
  for (const char *place : {"images/a.jpg", "lists/images/a.jpg", "images/b.jpg"})
    write(place);
  for (const char *place : {"labels/a.txt", "lists/labels/a.txt", "labels/b.txt"})
    write(place, label);
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  const auto placeOf = [&](const std::string &line) {
    write("lists/list.txt", "\n  \r\n" + line + "  \r\n");
    const Dataset dataset = read("lists/list.txt");
    return fs::proximate(dataset.images.at(0).path, folder).string();
  };
  EXPECT_EQ(placeOf("./images/a.jpg"), "lists/images/a.jpg");
  EXPECT_EQ(placeOf("images/a.jpg"), "lists/images/a.jpg");
  EXPECT_EQ(placeOf("images/b.jpg"), "images/b.jpg");
  EXPECT_EQ(placeOf("../images/b.jpg"), "images/b.jpg");
  EXPECT_EQ(placeOf((folder / "images/a.jpg").string()), "images/a.jpg");
  // A list of what is not here still names it where it would be: its reader says so.
  write("lists/list.txt", "images/a.jpg\n./images/b.jpg\n");
  EXPECT_THAT(pictures(read("lists/list.txt")), ElementsAre("a.jpg", "b.jpg"));
  write("lists/list.txt", std::string("images/a.jpg\nx\0y\n", 17));
  EXPECT_THAT(errorOf("lists/list.txt"), HasSubstr("list.txt: neither a list of pictures"));
  fs::current_path(before);
}

TEST_F(DatasetPlaces, WithoutValAnotherPartIsSaid) {
  write("images/t/a.jpg");
  write("labels/t/a.txt", label);
  write("data.yaml", "train: images/t\nval:  # nothing\nnames: [x]\n");
  const Dataset dataset = read("data.yaml");
  EXPECT_THAT(pictures(dataset), ElementsAre("a.jpg"));
  EXPECT_EQ(dataset.insteadOfVal, "train");
  EXPECT_EQ(read("data.yaml", split("train")).insteadOfVal, "");
  write("data.yaml", "train: nowhere\ntest: images/t\nnames: [x]\n");
  EXPECT_EQ(read("data.yaml").insteadOfVal, "test");
  write("data.yaml", "train: nowhere\ntest: nowhere\nval: images/t\nnames: [x]\n");
  EXPECT_EQ(read("data.yaml").insteadOfVal, "");
}

TEST_F(DatasetPlaces, YamlFilesThatContradictThemselvesAreErrors) {
  write("images/a.jpg");
  write("labels/a.txt", label);
  const auto error = [&](const std::string &text) {
    write("data.yaml", text);
    return errorOf("data.yaml");
  };
  EXPECT_EQ(error("val: images\nnames: {0: x}\nnc: 1\n"), "");
  EXPECT_THAT(error("val: images\nval: other\n"), HasSubstr("data.yaml:2: 'val' is there twice"));
  EXPECT_THAT(error("val: images\nnames:\n  0: x\n  0: y\n"),
              HasSubstr("data.yaml:4: names: number 0 is there twice"));
  EXPECT_THAT(error("val: images\nnames:\n  1: x\n"), HasSubstr("names: class 0 has no name"));
  EXPECT_THAT(error("val: images\nnames:\n  zero: x\n"), HasSubstr("a number and a name"));
  EXPECT_THAT(error("val: images\nnames: person\n"), HasSubstr("names: a list, or a map"));
  EXPECT_THAT(error("val: images\nnames: [[x]]\n"), HasSubstr("a list of names"));
  EXPECT_THAT(error("val:\n  a: images\ntrain: images\n"), HasSubstr("val: a folder, a file or"));
  EXPECT_THAT(error("val: ['']\n"), HasSubstr("a list of texts"));
  EXPECT_THAT(error("val: []\n"), HasSubstr("neither 'val' nor"));
  EXPECT_THAT(error("path: [x]\nval: images\n"), HasSubstr("path: a folder is needed"));
  EXPECT_THAT(error("nc: many\nval: images\n"), HasSubstr("nc: the number of classes"));
  EXPECT_THAT(error("nc: 2\nval: images\nnames: [x]\n"), HasSubstr("nc is 2, but there are 1"));
}

/// Without names the number of classes still bounds the labels.
TEST_F(DatasetPlaces, TheNumberOfClassesBoundsTheLabels) {
  write("images/a.jpg");
  write("images/b.jpg");
  write("labels/a.txt", label);
  write("labels/b.txt", "2 0.5 0.5 0.1 0.1\n");
  write("data.yaml", "val: images\nnc: 2\n");
  EXPECT_THAT(read("data.yaml").leftOut, ElementsAre(HasSubstr("class 2, but there are 2")));
  write("data.yaml", "val: images\nnc: 3\n");
  EXPECT_EQ(read("data.yaml").labels, 2u);
  write("data.yaml", "val: images\n");
  EXPECT_EQ(read("data.yaml").labels, 2u);
}

/// YOLOv5 would measure them; what cannot be decoded is said to be, not passed over.
TEST_F(DatasetPlaces, PicturesOfOtherFormatsAreNotPassedOver) {
  for (const char *name : {"a.JPG", "b.webp", "c.TIFF", "d.tif", "e.dng", "f.mpo", "g.pfm", "h.gif",
                           "i.txt", "j.jpeg"})
    write(std::string("images/") + name);
  write("labels/a.txt", label);
  EXPECT_THAT(pictures(read(".")), ElementsAre("a.JPG", "b.webp", "c.TIFF", "d.tif", "e.dng",
                                               "f.mpo", "g.pfm", "j.jpeg"));
}

TEST_F(DatasetPlaces, LabelsThatCannotBeReadLeaveThePictureOut) {
  for (const char *name : {"a.jpg", "b.jpg", "c.jpg", "d.jpg"})
    write(std::string("images/") + name);
  write("labels/a.txt", label);
  fs::create_symlink("nowhere.txt", folder / "labels/b.txt");
  fs::create_symlink("c.txt", folder / "labels/c.txt");
  const Dataset dataset = read(".");
  EXPECT_THAT(pictures(dataset), ElementsAre("a.jpg", "d.jpg"));
  EXPECT_THAT(dataset.leftOut,
              ElementsAre(HasSubstr("labels/b.txt: "), HasSubstr("labels/c.txt: ")));
  EXPECT_EQ(dataset.background, 1u);
}

/// One picture by two names of its folder.
TEST_F(DatasetPlaces, APictureCountsOnceByWhateverName) {
  write("images/a.jpg");
  write("labels/a.txt", label);
  fs::create_directory_symlink("images", folder / "link");
  write("list.txt", "./images/a.jpg\n./images/../images/a.jpg\n./link/a.jpg\n");
  const Dataset dataset = read("list.txt");
  EXPECT_EQ(dataset.images.size(), 1u);
  EXPECT_EQ(dataset.labels, 1u);
  // The first by path has no labels beside it; the other's count.
  fs::create_directory_symlink("images", folder / "alias");
  write("list.txt", "./alias/a.jpg\n./images/a.jpg\n");
  EXPECT_EQ(read("list.txt").labels, 1u);
  // Pictures of one folder that are links to one file are pictures with labels of their own.
  fs::create_symlink("a.jpg", folder / "images/b.jpg");
  write("labels/b.txt", label);
  EXPECT_EQ(read(".").labels, 2u);
}

constexpr const char *coco = R"({"categories": [{"id": 1, "name": "x"}], "images": [{"id": 1,
    "file_name": "a.jpg", "width": 9, "height": 9}], "annotations": [{"image_id": 1,
    "category_id": 1, "bbox": [1, 1, 3, 3]}]})";

TEST_F(DatasetPlaces, APictureWithLabelsInTwoPlacesIsAnError) {
  write("images/a.jpg");
  write("one.json", coco);
  write("two.json", coco);
  write("data.yaml", "val: [one.json, images]\n");
  EXPECT_EQ(read("data.yaml").labels, 1u);
  write("data.yaml", "val: [one.json, one.json]\n");
  EXPECT_EQ(read("data.yaml").labels, 1u);
  write("data.yaml", "val: [one.json, two.json]\n");
  EXPECT_THAT(errorOf("data.yaml"), AllOf(HasSubstr("a.jpg: has labels in "), HasSubstr("one.json"),
                                          HasSubstr("two.json"), HasSubstr("list it in one")));
  write("labels/a.txt", label);
  write("data.yaml", "val: [one.json, images]\n");
  EXPECT_THAT(errorOf("data.yaml"), AllOf(HasSubstr("one.json"), HasSubstr("labels/a.txt")));
  // The COCO file alone is what was asked for.
  write("data.yaml", "val: one.json\n");
  EXPECT_EQ(read("data.yaml").labels, 1u);
}

TEST_F(DatasetPlaces, ACocoFileWithoutAnnotationsHasNoLabels) {
  write("a.jpg");
  write("none.json", R"({"categories": [], "images": [{"id": 1, "file_name": "a.jpg", "width": 9,
      "height": 9}], "annotations": []})");
  EXPECT_THAT(errorOf("none.json"),
              HasSubstr("no labels; " + (folder / "none.json").string() + " has none that count"));
}

TEST_F(DatasetPlaces, ImagesAreForCocoFiles) {
  write("images/a.jpg");
  write("labels/a.txt", label);
  write("photos/a.jpg");
  write("one.json", coco);
  DatasetOptions options;
  options.imageFolder = (folder / "photos").string();
  EXPECT_THAT(errorOf(".", options),
              AllOf(HasSubstr("the folder of pictures"), HasSubstr("no COCO file")));
  EXPECT_THAT(pictures(read("one.json", options)), ElementsAre("a.jpg"));
}

TEST_F(DatasetPlaces, FilesOfOnePartHaveNoParts) {
  write("images/a.jpg");
  write("labels/a.txt", label);
  write("one.json", coco);
  write("list.txt", "./images/a.jpg\n");
  EXPECT_EQ(read("list.txt").labels, 1u);
  EXPECT_THAT(errorOf("list.txt", split("val")), HasSubstr("has no split 'val'"));
  EXPECT_THAT(errorOf("one.json", split("list.txt")), HasSubstr("one.json: is one part"));
}

TEST_F(DatasetPlaces, ShapesAreTheSameToWithinAPixel) {
  EXPECT_TRUE(haveSameShape(640, 480, 640, 480));
  EXPECT_FALSE(haveSameShape(640, 480, 480, 640));
  EXPECT_FALSE(haveSameShape(640, 480, 640, 640));
  // 333 x 500 by 0.3 is 99.9 x 150: cut off or rounded.
  EXPECT_TRUE(haveSameShape(333, 500, 99, 150));
  EXPECT_TRUE(haveSameShape(333, 500, 100, 150));
  EXPECT_TRUE(haveSameShape(99, 150, 333, 500));
  EXPECT_FALSE(haveSameShape(333, 500, 102, 150));
  EXPECT_FALSE(haveSameShape(102, 150, 333, 500));
}
