#include "detectors/shared/class_names.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

using namespace bstc;
using testing::ElementsAre;
using testing::HasSubstr;

static std::vector<std::string> parsed(llvm::StringRef text) {
  auto names = parseClassNames(text);
  EXPECT_TRUE(bool(names)) << llvm::toString(names.takeError());
  return names ? *names : std::vector<std::string>();
}

static std::string refusal(llvm::StringRef text) {
  auto names = parseClassNames(text);
  return names ? "no error" : llvm::toString(names.takeError());
}

// What str() makes of the `names` of a YOLOv5 model: a dict since v6.2, a list before.
TEST(ClassNames, OfPythonLiterals) {
  EXPECT_THAT(parsed("{0: 'person', 1: 'traffic light', 2: \"driver's hand\"}"),
              ElementsAre("person", "traffic light", "driver's hand"));
  EXPECT_THAT(parsed("['person', 'car']"), ElementsAre("person", "car"));
}

TEST(ClassNames, OfDatasetDescriptions) {
  EXPECT_THAT(parsed("# COCO\n"
                     "path: ../datasets/coco  # root\n"
                     "train: [a.txt, b.txt]\n"
                     "names:\n"
                     "  0: person\n"
                     "  1: traffic light\n"
                     "\n"
                     "download: |\n"
                     "  from utils.general import download\n"
                     "  names: none\n"),
              ElementsAre("person", "traffic light"));
  EXPECT_THAT(parsed("nc: 2\nnames: ['person', 'car']  # classes\n"), ElementsAre("person", "car"));
  EXPECT_THAT(parsed("names:\n- person\n- car\n"), ElementsAre("person", "car"));
}

TEST(ClassNames, ErrorsNameTheLine) {
  EXPECT_THAT(refusal("names:\n  0: person\n  2: car\n"), HasSubstr("class 1 has no name"));
  EXPECT_THAT(refusal("names:\n  - person\n  - [car, bus]\n"),
              HasSubstr("line 3: a list of names"));
  EXPECT_THAT(refusal("path: here\n"), HasSubstr("has no class names"));
  EXPECT_THAT(refusal("names:\n  0: person\n  0: car\n"), HasSubstr("line 3: names: number 0 is"));
  EXPECT_THAT(refusal("{0: 'person', 0: 'car'}"), HasSubstr("number 0 is there twice"));
  EXPECT_THAT(refusal("names:\n  zero: person\n"), HasSubstr("line 2: names: a number and a name"));
  EXPECT_THAT(refusal("names: ['']\n"), HasSubstr("line 1: a list of names"));
  EXPECT_THAT(refusal("['person', \"c\\0r\"]"), HasSubstr("class 1 has a zero byte"));
  EXPECT_THAT(refusal("{0: 'person"), HasSubstr("line 1: "));
  EXPECT_THAT(refusal(""), HasSubstr("has no class names"));
}

namespace {
class ClassNameFiles : public testing::Test {
protected:
  ClassNameFiles() : folder(std::filesystem::path(testing::TempDir()) / "bstc_class_names") {
    std::filesystem::create_directories(folder);
  }
  ~ClassNameFiles() override { std::filesystem::remove_all(folder); }
  std::string write(const char *name, const char *text) const {
    std::ofstream(folder / name) << text;
    return folder / name;
  }
  std::filesystem::path folder;
};
} // namespace

TEST_F(ClassNameFiles, OneALineOrYamlOrAList) {
  auto lines = readClassNames(write("names.txt", "person\r\ntraffic light\ncar, red\n\n"));
  ASSERT_TRUE(bool(lines));
  EXPECT_THAT(*lines, ElementsAre("person", "traffic light", "car, red"));
  auto yaml = readClassNames(write("coco.yaml", "names:\n  0: person\n  1: car\n"));
  ASSERT_TRUE(bool(yaml));
  EXPECT_THAT(*yaml, ElementsAre("person", "car"));
  auto list = readClassNames("person, car,bus");
  ASSERT_TRUE(bool(list));
  EXPECT_THAT(*list, ElementsAre("person", "car", "bus"));
  auto one = readClassNames("person,");
  ASSERT_TRUE(bool(one));
  EXPECT_THAT(*one, ElementsAre("person"));
}

TEST_F(ClassNameFiles, ErrorsNameTheFile) {
  const auto error = [](const std::string &path) {
    auto names = readClassNames(path);
    return names ? "no error" : llvm::toString(names.takeError());
  };
  EXPECT_THAT(error("missing.txt"), HasSubstr("cannot read missing.txt: No such file"));
  const std::string empty = write("empty.txt", "\n");
  EXPECT_EQ(error(empty), empty + ": has no class names");
  const std::string wrong = write("wrong.yaml", "names: 7\n");
  EXPECT_THAT(error(wrong), testing::StartsWith(wrong + ": has no class names"));
}
