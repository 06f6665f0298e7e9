#include "tests/tool/tool.h"

#include "tools/bstc/files/npy.h"

#include "llvm/ADT/StringExtras.h"

#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace bstc::test {

namespace fs = std::filesystem;

static std::string readFile(const fs::path &path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream buffer;
  buffer << stream.rdbuf();
  return buffer.str();
}

ToolTest::ToolTest() {
  std::string pattern = testing::TempDir() + "bstc_tool_XXXXXX";
  folder = mkdtemp(pattern.data());
}

ToolTest::~ToolTest() { fs::remove_all(folder); }

/// Starts a program in `folder` with its output in two files.
static pid_t spawn(std::vector<std::string> command, const fs::path &folder, const fs::path &out,
                   const fs::path &err) {
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char *> arguments;
    for (std::string &word : command)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    setenv("BSTC", BSTC_BINARY, 1);
    if (chdir(folder.c_str()) == 0 && freopen(out.c_str(), "w", stdout) &&
        freopen(err.c_str(), "w", stderr))
      execv(arguments[0], arguments.data());
    _exit(127);
  }
  return child;
}

/// Runs a program in `folder` and collects what it says.
static Outcome execute(std::vector<std::string> command, const fs::path &folder) {
  // Beside the folder, so that tests see only what the tool wrote.
  const fs::path out = folder.string() + ".out", err = folder.string() + ".err";
  const pid_t child = spawn(std::move(command), folder, out, err);
  int status = 0;
  waitpid(child, &status, 0);
  Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : -1, readFile(out), readFile(err)};
  fs::remove(out);
  fs::remove(err);
  return outcome;
}

static std::vector<std::string> toolCommand(const std::string &arguments) {
  std::vector<std::string> command = {BSTC_BINARY};
  llvm::SmallVector<llvm::StringRef, 8> words;
  llvm::StringRef(arguments).split(words, ' ', -1, false);
  for (llvm::StringRef word : words)
    command.push_back(word.str());
  return command;
}

Outcome ToolTest::bstc(const std::string &arguments) const {
  return execute(toolCommand(arguments), folder);
}

pid_t ToolTest::start(const std::string &arguments) const {
  return spawn(toolCommand(arguments), folder, "/dev/null", "/dev/null");
}

void ToolTest::waitForFile(const std::string &suffix, pid_t process) const {
  const auto found = [&] {
    std::error_code vanished; // Files come and go while we look.
    for (fs::recursive_directory_iterator entry(folder, vanished), end; entry != end;
         entry.increment(vanished))
      if (llvm::StringRef(entry->path().native()).endswith(suffix) &&
          fs::file_size(entry->path(), vanished) > 0 && !vanished)
        return true;
    return false;
  };
  siginfo_t ended = {};
  while (!found()) {
    waitid(P_PID, id_t(process), &ended, WEXITED | WNOHANG | WNOWAIT);
    ASSERT_EQ(ended.si_pid, 0) << "it ended before " << suffix << " was seen";
    usleep(200);
  }
}

Outcome ToolTest::shell(const std::string &line) const {
  return execute({"/bin/sh", "-c", line}, folder);
}

std::string ToolTest::succeed(const std::string &arguments) const {
  const Outcome outcome = bstc(arguments);
  EXPECT_EQ(outcome.code, 0) << arguments << '\n' << outcome.err;
  EXPECT_EQ(outcome.err, "") << arguments;
  return outcome.out;
}

void ToolTest::writeModel(const std::string &options) const {
  succeed("zoo yolov5n --size 64 -o model.onnx " + options);
}

void ToolTest::writePackage() const {
  writeModel();
  succeed("compile model.onnx --no-fidelity");
}

std::vector<float> inputValues() {
  std::vector<float> values(3 * 64 * 64);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = float(i * 37 % 256) / 255;
  return values;
}

void ToolTest::writeInput(const std::string &name) const {
  const std::vector<float> values = inputValues();
  write(name, npyBytes(bst::DType::F32, {1, 3, 64, 64},
                       {reinterpret_cast<const std::byte *>(values.data()),
                        values.size() * sizeof(float)}));
}

std::string ToolTest::read(const std::string &name) const { return readFile(path(name)); }

void ToolTest::write(const std::string &name, const std::string &contents) const {
  std::ofstream(path(name), std::ios::binary) << contents;
}

std::set<std::string> ToolTest::files() const {
  std::set<std::string> names;
  for (const auto &entry : fs::recursive_directory_iterator(folder))
    names.insert(fs::relative(entry.path(), folder).string());
  return names;
}

void expectOneLineError(const Outcome &outcome) {
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_EQ(outcome.err.rfind("bstc: error: ", 0), 0u) << outcome.err;
  EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << outcome.err;
  // It ends in its code, which is none of our own bugs' (9).
  EXPECT_TRUE(std::regex_search(outcome.err, std::regex(" \\[BST[1-7][0-9]{3}\\]\n$")))
      << outcome.err;
}

} // namespace bstc::test
