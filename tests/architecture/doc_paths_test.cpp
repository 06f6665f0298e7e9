// Documents name files: every path in backticks, and every link, leads to one.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace fs = std::filesystem;

/// The project's own files that `visit` accepts, relative to its root.
static std::vector<fs::path> filesThat(bool (*visit)(const fs::path &)) {
  std::vector<fs::path> found;
  for (const auto &entry : fs::directory_iterator("..")) {
    const std::string name = entry.path().filename().string();
    if (name[0] == '.' || name == "out" || name.rfind("build", 0) == 0)
      continue;
    if (!entry.is_directory() && visit(entry.path()))
      found.push_back(name);
    if (!entry.is_directory())
      continue;
    for (const auto &below : fs::recursive_directory_iterator(entry.path()))
      if (visit(below.path()) && below.path().string().find("node_modules") == std::string::npos)
        found.push_back(fs::relative(below.path(), ".."));
  }
  return found;
}

static std::vector<fs::path> documents() {
  // CHANGELOG.md tells of what was, and where it was.
  return filesThat([](const fs::path &path) {
    return path.extension() == ".md" && path.filename() != "CHANGELOG.md";
  });
}

/// Is there a file of this name below `folder`? "*" and "<word>" stand for any part of a name.
static bool isThere(const fs::path &folder, const fs::path &named) {
  const fs::path first = *named.begin();
  const fs::path rest = named.lexically_relative(first);
  if (first.string().find_first_of("*<") == std::string::npos)
    return rest == "." ? fs::exists(folder / first) : isThere(folder / first, rest);
  std::string form = std::regex_replace(first.string(), std::regex("[.]"), "[.]");
  form = std::regex_replace(form, std::regex("[*]|<[a-z]+>"), ".*");
  if (!fs::is_directory(folder))
    return false;
  for (const auto &entry : fs::directory_iterator(folder))
    if (std::regex_match(entry.path().filename().string(), std::regex(form)) &&
        (rest == "." || isThere(entry.path(), rest)))
      return true;
  return false;
}

/// What `text` names that has the form of one of the project's files: with a slash and an
/// extension, in backticks; or the target of a link.
static std::vector<std::string> namedIn(const std::string &text, const std::regex &form) {
  std::vector<std::string> named;
  for (std::sregex_iterator match(text.begin(), text.end(), form), end; match != end; ++match)
    named.push_back((*match)[1].str());
  return named;
}

static std::string read(const fs::path &path) {
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(Documents, PathsInThemExist) {
  // By the extensions of sources and documents: models and reports are what a user makes.
  static const std::regex path(
      "`([A-Za-z0-9_.*<>-]+(?:/[A-Za-z0-9_.*<>-]+)*/"
      "[A-Za-z0-9_.*<>-]+\\.(?:cpp|h|hpp|def|fbs|md|c|py|sh|txt|mjs|cmake|patch))`");
  // YOLOv5's own files and those of a user's data set.
  static const std::regex elsewhere("(utils|segment|labels)/.*|[.][.]/.*");
  int checked = 0;
  for (const fs::path &document : documents()) {
    for (const std::string &named : namedIn(read(".." / document), path)) {
      if (std::regex_match(named, elsewhere))
        continue;
      ++checked;
      EXPECT_TRUE(isThere("..", named) || isThere(".." / document.parent_path(), named) ||
                  isThere("../runtime/include", named))
          << document << " names " << named;
    }
  }
  EXPECT_GT(checked, 50) << "the test did not find the documents";
}

TEST(Documents, SourcesInThemExist) {
  static const std::regex source("`([a-z0-9_]+\\.(?:cpp|h|hpp|def|fbs))`");
  std::set<std::string> names;
  for (const fs::path &file : filesThat([](const fs::path &) { return true; }))
    names.insert(file.filename().string());
  int checked = 0;
  for (const fs::path &document : documents())
    for (const std::string &named : namedIn(read(".." / document), source)) {
      ++checked;
      EXPECT_TRUE(names.count(named)) << document << " names " << named;
    }
  EXPECT_GT(checked, 20) << "the test did not find the documents";
}

TEST(Documents, LinksLeadToFiles) {
  static const std::regex link("\\]\\(([A-Za-z0-9_./-]+)(#[^)]*)?\\)");
  int checked = 0;
  for (const fs::path &document : documents())
    for (const std::string &target : namedIn(read(".." / document), link)) {
      ++checked;
      EXPECT_TRUE(fs::exists(".." / document.parent_path() / target))
          << document << " links to " << target;
    }
  EXPECT_GT(checked, 20) << "the test did not find the documents";
}
