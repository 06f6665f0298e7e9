#include "tests/tool/tool.h"
#include "tools/bstc/output.h"

#include <gmock/gmock.h>

#include <sys/stat.h>

namespace bstc::test {
namespace {

namespace fs = std::filesystem;
using Output = ToolTest;

TEST_F(Output, ReplacesAFileAndKeepsItsPermissions) {
  write("a", "old and longer");
  fs::permissions(path("a"), fs::perms(0640));
  ASSERT_FALSE(bool(writeFile(path("a").string(), llvm::StringRef("new"))));
  EXPECT_EQ(read("a"), "new");
  EXPECT_EQ(fs::status(path("a")).permissions(), fs::perms(0640));
  EXPECT_EQ(files(), std::set<std::string>{"a"});
}

TEST_F(Output, NewFilesFollowTheUmask) {
  const mode_t before = umask(027);
  ASSERT_FALSE(bool(writeFile(path("a").string(), llvm::StringRef("x"))));
  umask(before);
  EXPECT_EQ(fs::status(path("a")).permissions(), fs::perms(0640));
}

TEST_F(Output, SymbolicLinksStayLinks) {
  write("real", "old");
  fs::create_symlink("real", path("link"));
  ASSERT_FALSE(bool(writeFile(path("link").string(), llvm::StringRef("new"))));
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read("real"), "new");
}

TEST_F(Output, DevicesAreWrittenNotReplaced) {
  ASSERT_FALSE(bool(writeFile("/dev/null", llvm::StringRef("x"))));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(Output, AnInterruptLeavesNoTemporaryFile) {
  // A big network, interrupted at ten moments of its compilation and writing.
  succeed("zoo yolov5n --size 320 -o model.onnx");
  for (int tenths = 0; tenths < 10; ++tenths) {
    shell("timeout -s INT 0." + std::to_string(tenths) + "3 $BSTC compile model.onnx -o m.bst");
    fs::remove(path("m.bst")); // Whole, where it was fast enough.
    EXPECT_EQ(files(), std::set<std::string>{"model.onnx"});
  }
}

} // namespace
} // namespace bstc::test
