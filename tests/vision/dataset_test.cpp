// Datasets that are written for each test; what is expected of them is written beside them.

#include "tests/vision/dataset_files.h"

#include "vision/data/yolo_labels.h"

using namespace bstc;
using namespace bstc::test;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

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

TEST_F(DatasetTest, LabelsMayReachTheEdges) {
  writePictures();
  write("labels/c.txt", "0 0.5 0.5 1 1\n0 0 0 1 0 1 1\n");
  const Dataset dataset = read(".");
  EXPECT_TRUE(dataset.leftOut.empty());
  ASSERT_EQ(dataset.images[2].labels.size(), 2u);
  for (const Label &label : dataset.images[2].labels)
    expectBox(label.box, 0, 0, 1, 1);
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
  EXPECT_THAT(errorOf("c.yaml"), HasSubstr("class 1 has no name"));
  write("d.yaml", "val: bare/images\nnc: 3\nnames: [x]\n");
  EXPECT_THAT(errorOf("d.yaml"), HasSubstr("nc is 3, but there are 1 names"));
  write("e.yaml", "val: [unclosed\n");
  EXPECT_THAT(errorOf("e.yaml"), HasSubstr("e.yaml:"));
  write("f.yaml", "- a list\n");
  EXPECT_THAT(errorOf("f.yaml"), HasSubstr("not a dataset"));
  write("g.yaml", "names: [x]\n");
  EXPECT_THAT(errorOf("g.yaml"), HasSubstr("neither 'val' nor"));
}
