// COCO files number categories as they like; a dataset has one numbering.

#include "tests/vision/dataset_files.h"

#include <algorithm>

using namespace bstc;
using namespace bstc::test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class ClassNumbering : public DatasetTest {
protected:
  /// NAME.json with NAME.jpg; the categories are "id name", and a label of each id of `used` is on
  /// the picture, in a place of its own.
  void writeCoco(const std::string &name,
                 const std::vector<std::pair<int, std::string>> &categories,
                 const std::vector<int> &used) {
    write(name + ".jpg");
    std::string text = "{\"images\": [{\"id\": 1, \"file_name\": \"" + name +
                       ".jpg\", \"width\": 100, \"height\": 100}], \"categories\": [";
    for (size_t i = 0; i < categories.size(); ++i)
      text += (i ? ", " : "") + ("{\"id\": " + std::to_string(categories[i].first)) +
              ", \"name\": \"" + categories[i].second + "\"}";
    text += "], \"annotations\": [";
    for (size_t i = 0; i < used.size(); ++i)
      text += (i ? ", " : "") + ("{\"image_id\": 1, \"category_id\": " + std::to_string(used[i])) +
              ", \"bbox\": [" + std::to_string(i) + ", 0, 10, 10]}";
    write(name + ".json", text + "]}");
  }
  /// Reads the files through a YAML file with what else it says.
  void writeYaml(const std::string &files, const std::string &more = "") {
    write("data.yaml", "val: [" + files + "]\n" + more);
  }
  std::vector<int32_t> classesOf(const Dataset &dataset, const std::string &picture) {
    std::vector<int32_t> classes;
    for (const LabelledImage &image : dataset.images)
      if (std::filesystem::path(image.path).filename() == picture)
        for (const Label &label : image.labels)
          classes.push_back(label.classIndex);
    return classes;
  }
};

} // namespace

TEST_F(ClassNumbering, AFileIsNumberedByRisingId) {
  writeCoco("a", {{90, "toothbrush"}, {1, "person"}, {3, "car"}}, {3, 90, 1});
  const Dataset dataset = read("a.json");
  EXPECT_THAT(dataset.names, ElementsAre("person", "car", "toothbrush"));
  EXPECT_THAT(classesOf(dataset, "a.jpg"), ElementsAre(1, 2, 0));
}

TEST_F(ClassNumbering, FilesThatAgreeInTheirIdsAreNumberedByRisingId) {
  writeCoco("a", {{7, "dog"}, {2, "car"}}, {2, 7});
  writeCoco("b", {{5, "cat"}, {7, "dog"}}, {7, 5});
  for (const char *files : {"a.json, b.json", "b.json, a.json"}) {
    writeYaml(files);
    const Dataset dataset = read("data.yaml");
    EXPECT_THAT(dataset.names, ElementsAre("car", "cat", "dog"));
    EXPECT_THAT(classesOf(dataset, "a.jpg"), ElementsAre(0, 2));
    EXPECT_THAT(classesOf(dataset, "b.jpg"), ElementsAre(2, 1));
  }
}

/// Tools that label one class call it 1; the other file has all.
TEST_F(ClassNumbering, OfFilesWithOtherIdsTheOneWithAllNamesCounts) {
  writeCoco("a", {{1, "person"}, {2, "car"}, {3, "dog"}}, {1, 2, 3});
  writeCoco("b", {{1, "dog"}}, {1});
  writeCoco("c", {{1, "dog"}, {2, "car"}}, {2, 1});
  for (const char *files : {"a.json, b.json, c.json", "c.json, b.json, a.json"}) {
    writeYaml(files);
    const Dataset dataset = read("data.yaml");
    EXPECT_THAT(dataset.names, ElementsAre("person", "car", "dog"));
    EXPECT_THAT(classesOf(dataset, "a.jpg"), ElementsAre(0, 1, 2));
    EXPECT_THAT(classesOf(dataset, "b.jpg"), ElementsAre(2));
    EXPECT_THAT(classesOf(dataset, "c.jpg"), ElementsAre(1, 2));
  }
}

TEST_F(ClassNumbering, TwoOrdersOfTheSameClassesAreAnError) {
  writeCoco("a", {{1, "car"}, {2, "dog"}}, {1});
  writeCoco("b", {{1, "dog"}, {2, "car"}}, {1});
  writeYaml("a.json, b.json");
  EXPECT_THAT(errorOf("data.yaml"), AllOf(HasSubstr("a.json and "),
                                          HasSubstr("b.json number the same classes differently: "
                                                    "car, dog in the first, dog, car in the "
                                                    "second; say the order"),
                                          HasSubstr("'names'")));
  // With names it is known.
  writeYaml("a.json, b.json", "names: [dog, car]\n");
  EXPECT_THAT(classesOf(read("data.yaml"), "a.jpg"), ElementsAre(1));
  EXPECT_THAT(classesOf(read("data.yaml"), "b.jpg"), ElementsAre(0));
}

TEST_F(ClassNumbering, FilesOfWhichNoneHasAllClassesAreAnError) {
  writeCoco("a", {{1, "car"}, {2, "dog"}}, {1});
  writeCoco("b", {{1, "dog"}, {3, "cat"}}, {1});
  writeYaml("a.json, b.json");
  EXPECT_THAT(errorOf("data.yaml"),
              AllOf(HasSubstr("a.json and "), HasSubstr("b.json number classes differently"),
                    HasSubstr("'dog' is category 2 in the first and 1 in the second")));
  writeCoco("b", {{2, "cat"}, {4, "bus"}}, {2});
  EXPECT_THAT(errorOf("data.yaml"),
              HasSubstr("category 2 is 'dog' in the first and 'cat' in the second"));
}

TEST_F(ClassNumbering, NamesOfTheDatasetAreItsNumbering) {
  writeCoco("a", {{1, "person"}, {2, "car"}, {3, "dog"}}, {1, 2, 3});
  for (const char *names : {"names: [dog, person, bus, car]\n",
                            "names:\n  0: dog\n  1: person\n  2: bus\n  3: car\n"}) {
    writeYaml("a.json", names);
    const Dataset dataset = read("data.yaml");
    EXPECT_THAT(dataset.names, ElementsAre("dog", "person", "bus", "car"));
    EXPECT_EQ(std::filesystem::path(dataset.namesFile).filename(), "data.yaml");
    EXPECT_THAT(classesOf(dataset, "a.jpg"), ElementsAre(1, 3, 0));
  }
  write("classes.txt", "car\r\ndog\r\nperson\r\n");
  EXPECT_THAT(classesOf(read(".", split("a.json")), "a.jpg"), ElementsAre(2, 0, 1));
}

TEST_F(ClassNumbering, LabelsThatTheNamesDoNotHaveAreAnError) {
  writeCoco("a", {{1, "person"}, {2, "car"}, {3, "dog"}}, {1, 3});
  writeYaml("a.json", "names: [person, cat]\n");
  EXPECT_THAT(
      errorOf("data.yaml"),
      AllOf(HasSubstr("a.json: has labels of category 3, 'dog', which is not among the names "
                      "in "),
            HasSubstr("data.yaml: person, cat;")));
  // Categories without labels number nothing.
  writeYaml("a.json", "names: [dog, person]\n");
  EXPECT_THAT(classesOf(read("data.yaml"), "a.jpg"), ElementsAre(1, 0));
  writeYaml("a.json", "names: [dog, person, dog]\n");
  EXPECT_THAT(errorOf("data.yaml"),
              AllOf(HasSubstr("data.yaml: 'dog' is the name of two classes"), HasSubstr("a.json")));
}

TEST_F(ClassNumbering, LongListsOfNamesAreCutShort) {
  writeCoco("a", {{1, "x"}}, {1});
  writeYaml("a.json", "names: [a, b, c, d, e, f, g, h, i]\n");
  EXPECT_THAT(errorOf("data.yaml"), HasSubstr(": a, b, c, d, e, f, g, h, ...; name"));
  writeYaml("a.json", "names: [a, b, c, d, e, f, g, h]\n");
  EXPECT_THAT(errorOf("data.yaml"), HasSubstr(": a, b, c, d, e, f, g, h; name"));
}

TEST_F(ClassNumbering, ACocoFileAndAFolderKeepBothTheirLabels) {
  writeCoco("a", {{4, "dog"}, {2, "car"}}, {4});
  write("more/images/b.jpg");
  write("more/labels/b.txt", "1 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1 0.1\n");
  for (const char *entries : {"a.json, more/images", "more/images, a.json"})
    for (const char *names : {"", "names: [car, dog]\n"}) {
      writeYaml(entries, names);
      const Dataset dataset = read("data.yaml");
      EXPECT_EQ(dataset.labels, 3u);
      EXPECT_THAT(dataset.names, ElementsAre("car", "dog"));
      EXPECT_THAT(classesOf(dataset, "a.jpg"), ElementsAre(1));
      EXPECT_THAT(classesOf(dataset, "b.jpg"), ElementsAre(1, 0));
    }
  // The names of the COCO file bound the folder's labels.
  write("more/labels/b.txt", "2 0.5 0.5 0.1 0.1\n");
  writeYaml("a.json, more/images");
  EXPECT_THAT(read("data.yaml").leftOut, ElementsAre(HasSubstr("class 2, but there are 2")));
}
