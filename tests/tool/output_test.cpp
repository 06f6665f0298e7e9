#include "tests/tool/tool.h"
#include "tools/bstc/cli/arguments.h"
#include "tools/bstc/cli/output.h"

#include <gmock/gmock.h>

#include <csignal>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

/// Ends a process by a signal; false where it ended otherwise.
bool endsBy(int signal, pid_t process) {
  kill(process, signal);
  int status = 0;
  waitpid(process, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

class Interrupts : public ToolTest, public testing::WithParamInterface<int> {};

TEST_P(Interrupts, WhileAFileIsWrittenLeaveWhatWasThere) {
  write("a", "old");
  const pid_t writer = fork();
  if (writer == 0) {
    llvm::Expected<PendingFile> file = PendingFile::create(path("a").string());
    if (file && !file->write(llvm::StringRef("half of it")))
      pause();
    _exit(1);
  }
  waitForFile(".tmp", writer);
  EXPECT_TRUE(endsBy(GetParam(), writer));
  EXPECT_EQ(files(), std::set<std::string>{"a"});
  EXPECT_EQ(read("a"), "old");
}

TEST_P(Interrupts, OfARunLeaveTheFolderAsItWas) {
  succeed("zoo yolov5n --size 640 -o model.onnx --sample-input in.npy");
  succeed("compile model.onnx --no-fidelity");
  fs::create_directory(path("out"));
  write("out/output0.npy", "of an earlier run");
  const std::set<std::string> before = files();
  const pid_t run = start("run model.bst -i in.npy -o out --all-tensors");
  waitForFile(".tmp", run);
  EXPECT_TRUE(endsBy(GetParam(), run));
  EXPECT_EQ(files(), before);
  EXPECT_EQ(read("out/output0.npy"), "of an earlier run");
}

INSTANTIATE_TEST_SUITE_P(Signals, Interrupts, testing::Values(SIGINT, SIGTERM),
                         [](const auto &info) { return info.param == SIGINT ? "Int" : "Term"; });

TEST_F(Output, ManyFilesMayBePending) {
  // More than a process may open by default.
  std::vector<PendingFile> pending;
  for (int i = 0; i < 1100; ++i) {
    llvm::Expected<PendingFile> file = PendingFile::create(path(std::to_string(i)).string());
    ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
    ASSERT_FALSE(bool(file->close()));
    pending.push_back(std::move(*file));
  }
  pending.clear();
  EXPECT_TRUE(files().empty());
}

TEST_F(Output, PathsOfOneFileAreRefused) {
  write("a", "x");
  fs::create_symlink("a", path("link"));
  const std::string a = path("a").string(), link = path("link").string();
  const std::string fresh = path("new").string(), dotted = path("./new").string();
  const auto refused = [](std::vector<NamedPath> inputs, std::vector<NamedPath> outputs) {
    llvm::Error error = checkDistinct(inputs, outputs);
    const bool usage = error.isA<UsageError>();
    llvm::consumeError(std::move(error));
    return usage;
  };
  EXPECT_TRUE(refused({{"MODEL", a}}, {{"--json", a}}));
  EXPECT_TRUE(refused({{"MODEL", a}}, {{"--json", link}}));
  EXPECT_TRUE(refused({}, {{"--json", fresh}, {"--csv", dotted}}));
  EXPECT_FALSE(refused({{"MODEL", a}}, {{"--json", fresh}, {"--csv", ""}}));
  EXPECT_FALSE(refused({}, {{"--json", "/dev/null"}, {"--csv", "/dev/null"}}));
}

} // namespace
} // namespace bstc::test
