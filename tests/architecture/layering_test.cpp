// Holds the include directions of docs/architecture.md: one direction of data flow, no cycles.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace fs = std::filesystem;

/// The room that a file belongs to: its folder, or a group of folders with one name.
/// "backends/kernels" stands for what executes commands (*/kernels and the simulator), which may be
/// embedded without the compiler. "runtime/lists" stands for rows of data that the graph's rooms
/// share with the runtime's enumerators.
static std::string roomOf(const std::string &path) {
  static const std::regex kernels("backends/([a-z]+/kernels|simulator)/.*");
  if (std::regex_match(path, kernels))
    return "backends/kernels";
  if (path == "runtime/program/activations.def")
    return "runtime/lists";
  return path.substr(0, path.find('/'));
}

static const std::map<std::string, std::set<std::string>> mayInclude = {
    {"runtime", {"runtime", "runtime/lists"}},
    {"backends/kernels", {"backends/kernels", "runtime", "runtime/lists"}},
    {"ir", {"ir", "runtime/lists"}},
    {"detectors", {"detectors", "backends/kernels", "ir", "runtime"}},
    {"frontend", {"frontend", "detectors", "ir", "runtime/lists"}},
    {"backends", {"backends", "ir", "runtime", "runtime/lists"}},
    {"partitioner", {"partitioner", "backends", "ir", "runtime"}},
    {"driver",
     {"driver", "partitioner", "frontend", "detectors", "backends", "backends/kernels", "ir",
      "runtime"}},
    {"vision", {"vision", "detectors", "backends/kernels", "ir", "runtime"}},
    {"zoo", {"zoo"}},
    {"diagnose",
     {"diagnose", "zoo", "vision", "driver", "partitioner", "frontend", "detectors", "backends",
      "ir", "runtime", "runtime/lists"}},
    {"tools",
     {"tools", "diagnose", "zoo", "vision", "driver", "partitioner", "frontend", "detectors",
      "backends", "backends/kernels", "ir", "runtime"}},
};

/// The sub-rooms of a room, in the order in which they are built: each includes itself and those
/// before it. "*" stands for every folder that is not named; they do not know one another.
static const std::map<std::string, std::vector<std::string>> subRooms = {
    {"detectors", {"shared", "*", ""}},
    {"runtime", {"include/bst", "support", "program", "verify", "package", "api"}},
    {"vision", {"image", "data", "detect", "accuracy", "draw"}},
    {"diagnose",
     {"findings", "network", "lint", "match", "diff", "measure", "blame", "undo", "verdict"}},
    {"tools/bstc", {"files", "cli", "profile", "*", "doctor", ""}},
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

/// Calls \p visit(path, included) for every include of one of our own files.
template <class Visit> static void forEachInclude(const Visit &visit) {
  static const std::regex include("\\s*#include \"([a-z]+/.*)\"");
  for (const fs::path &file : sources()) {
    std::string path = fs::relative(file, "..").generic_string();
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
      std::smatch match;
      if (std::regex_match(line, match, include) && match[1].str().rfind("llvm/", 0) != 0)
        visit(path, match[1].str());
    }
  }
}

TEST(Layering, IncludesFollowTheArrows) {
  int checked = 0;
  forEachInclude([&](const std::string &path, const std::string &included) {
    ++checked;
    EXPECT_TRUE(mayInclude.at(roomOf(path)).count(roomOf(included)))
        << path << " includes " << included;
  });
  EXPECT_GT(checked, 100) << "the test did not find the sources";
}

/// The folder of a file below `room`, and its place in the order; -1 where it has none.
static std::pair<std::string, ptrdiff_t> placeIn(const std::string &room, const std::string &path) {
  const std::string rest = path.substr(room.size() + 1);
  const size_t slash = rest.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : rest.substr(0, slash);
  const std::vector<std::string> &order = subRooms.at(room);
  auto found = std::find(order.begin(), order.end(), folder);
  if (found == order.end())
    found = std::find(order.begin(), order.end(), "*");
  return {folder, found == order.end() ? -1 : found - order.begin()};
}

TEST(Layering, SubRoomsFollowTheirOrder) {
  int checked = 0;
  forEachInclude([&](const std::string &path, const std::string &included) {
    for (const auto &[room, order] : subRooms) {
      if (path.rfind(room + "/", 0) != 0 || included.rfind(room + "/", 0) != 0)
        continue;
      ++checked;
      const auto [from, user] = placeIn(room, path);
      const auto [to, used] = placeIn(room, included);
      EXPECT_GE(user, 0) << path << " is in a folder that has no place in the order";
      EXPECT_TRUE(from == to || used < user) << path << " includes " << included;
    }
  });
  EXPECT_GT(checked, 100) << "the test did not find the sources";
}

// What a family of detectors knows is asked for by the table's interface: a new one is its folder
// and a row.
TEST(Layering, OnlyTheTableNamesAFamilyOfDetectors) {
  static const std::regex ofFamily("detectors/(?!shared/)([a-z0-9]+/).*");
  int rows = 0;
  forEachInclude([&](const std::string &path, const std::string &included) {
    std::smatch match;
    if (!std::regex_match(included, match, ofFamily) ||
        path.rfind("detectors/" + match[1].str(), 0) == 0)
      return;
    EXPECT_EQ(path, "detectors/families.cpp") << path << " includes " << included;
    ++rows;
  });
  EXPECT_GT(rows, 0) << "the test did not find the families";
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
