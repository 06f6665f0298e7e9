// Holds the include directions of docs/architecture.md: one direction of data flow, no cycles.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace fs = std::filesystem;

/// The folder that a file belongs to: "backends/kernels" stands for what executes commands
/// (*/kernels and the simulator), which may be embedded without the compiler.
static std::string roomOf(const std::string &path) {
  static const std::regex kernels("backends/([a-z]+/kernels|simulator)/.*");
  if (std::regex_match(path, kernels))
    return "backends/kernels";
  return path.substr(0, path.find('/'));
}

static const std::map<std::string, std::set<std::string>> mayInclude = {
    {"runtime", {"runtime"}},
    {"backends/kernels", {"backends/kernels", "runtime"}},
    {"ir", {"ir"}},
    {"frontend", {"frontend", "ir"}},
    {"backends", {"backends", "ir", "runtime"}},
    {"partitioner", {"partitioner", "backends", "ir", "runtime"}},
    {"driver",
     {"driver", "partitioner", "frontend", "backends", "backends/kernels", "ir", "runtime"}},
    {"vision", {"vision", "backends/kernels", "ir", "runtime"}},
    {"tools",
     {"tools", "vision", "driver", "partitioner", "frontend", "backends", "backends/kernels", "ir",
      "runtime"}},
};

static std::vector<fs::path> sources() {
  std::vector<fs::path> files;
  for (const auto &[room, allowed] : mayInclude) {
    if (room.find('/') != std::string::npos)
      continue;
    for (const auto &entry : fs::recursive_directory_iterator(fs::path("..") / room))
      if (entry.path().extension() == ".h" || entry.path().extension() == ".cpp")
        files.push_back(entry.path());
  }
  return files;
}

TEST(Layering, IncludesFollowTheArrows) {
  static const std::regex include("\\s*#include \"([a-z]+/.*)\"");
  int checked = 0;
  for (const fs::path &file : sources()) {
    std::string path = fs::relative(file, "..").generic_string();
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
      std::smatch match;
      if (!std::regex_match(line, match, include) || match[1].str().rfind("llvm/", 0) == 0)
        continue;
      ++checked;
      EXPECT_TRUE(mayInclude.at(roomOf(path)).count(roomOf(match[1])))
          << path << " includes " << match[1];
    }
  }
  EXPECT_GT(checked, 100) << "the test did not find the sources";
}

TEST(Layering, HeavyHeadersStayOutOfHeaders) {
  static const std::regex heavy(
      "\\s*#include [<\"](onnx/|google/protobuf|spdlog/|llvm/Support/(CommandLine|JSON|YAML)).*");
  for (const fs::path &file : sources()) {
    if (file.extension() != ".h")
      continue;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);)
      EXPECT_FALSE(std::regex_match(line, heavy)) << file << ": " << line;
  }
}

TEST(Layering, TheRuntimeNeedsNeitherLlvmNorLoggingNorExceptions) {
  static const std::regex banned(".*(#include [<\"](llvm|spdlog|google|iostream)|\\bthrow\\b ).*");
  for (const fs::path &file : sources()) {
    std::string room = roomOf(fs::relative(file, "..").generic_string());
    if (room != "runtime" && room != "backends/kernels")
      continue;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);)
      if (line.find("//") == std::string::npos) {
        EXPECT_FALSE(std::regex_match(line, banned)) << file << ": " << line;
      }
  }
}
