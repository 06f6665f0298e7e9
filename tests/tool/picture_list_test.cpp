// Which pictures an operand means, and which files belong to them.

#include "tests/tool/tool.h"
#include "tools/bstc/cli/picture_list.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PictureList : public ToolTest {
protected:
  std::string place(const std::string &name) { return path(name).string(); }
  /// The pictures' names, with their folder's where that is not this one.
  std::vector<std::string> list(const std::vector<std::string> &operands) {
    llvm::Expected<std::vector<std::string>> listed = listPictures(operands);
    if (!listed)
      return {"error: " + llvm::toString(listed.takeError())};
    for (std::string &picture : *listed)
      picture = std::filesystem::path(picture).lexically_relative(path("")).string();
    return *listed;
  }
};

std::string text(llvm::StringRef /*picture*/) { return ".txt"; }

TEST_F(PictureList, FoldersGiveTheirPicturesByNameInPlace) {
  std::filesystem::create_directories(path("many/inner.jpg"));
  for (const char *name : {"many/b.png", "many/a.JPG", "many/c.bmp", "many/d.jpeg", "many/e.txt",
                           "many/inner.jpg/f.jpg", "z.any"})
    write(name, "");
  EXPECT_THAT(
      list({place("z.any"), place("many"), place("y.any")}),
      ElementsAre("z.any", "many/a.JPG", "many/b.png", "many/c.bmp", "many/d.jpeg", "y.any"));
  std::filesystem::create_directories(path("none"));
  write("none/a.txt", "");
  EXPECT_THAT(list({place("many"), place("none")}), ElementsAre(HasSubstr("none has no images")));
}

TEST_F(PictureList, APictureIsTakenOnce) {
  std::filesystem::create_directories(path("many"));
  for (const char *name : {"many/a.jpg", "many/b.png", "z.any"})
    write(name, "");
  std::filesystem::create_symlink("a.jpg", path("many/c.jpg"));
  std::filesystem::create_symlink("many", path("same"));
  std::filesystem::create_symlink("many/a.jpg", path("a.jpg"));
  EXPECT_THAT(list({place("many/b.png"), place("z.any"), place("many"), place("z.any"),
                    place("./z.any"), place("same"), place("a.jpg"), place("no"), place("./no")}),
              ElementsAre("many/b.png", "z.any", "many/a.jpg", "many/c.jpg", "no"))
      << "a link of another name is another picture";
}

TEST_F(PictureList, FilesBesideHaveThePicturesNames) {
  write("a.txt", "");
  const auto beside = [&](const std::vector<std::string> &pictures, const std::string &folder) {
    llvm::Expected<std::vector<std::string>> files = filesBeside(pictures, folder, text);
    return files ? *files : std::vector<std::string>{llvm::toString(files.takeError())};
  };
  EXPECT_THAT(beside({"x/a.b.jpg", "y/c.png"}, "out"), ElementsAre("out/a.b.txt", "out/c.txt"));
  EXPECT_THAT(beside({"x/a.jpg", "y/a.png"}, "out"),
              ElementsAre(HasSubstr("x/a.jpg and y/a.png would both be written to out/a.txt")));
  EXPECT_THAT(beside({place("a.txt")}, path("").string()),
              ElementsAre(HasSubstr("a.txt would overwrite the image")));
}

} // namespace
} // namespace bstc::test
