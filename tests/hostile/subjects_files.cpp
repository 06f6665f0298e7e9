// The packages that BSTC_HOSTILE_PACKAGES names, with colons between them
// (scripts/test-hostile.sh).
#include "tests/hostile/subjects.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bst::testing {

std::vector<Subject> subjects() {
  constexpr size_t sample = 60;
  const char *names = std::getenv("BSTC_HOSTILE_PACKAGES");
  std::istringstream paths(names ? names : "");
  std::vector<Subject> result;
  for (std::string path; std::getline(paths, path, ':');) {
    std::ifstream file(path, std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(file), {});
    EXPECT_TRUE(file) << path << " cannot be read";
    std::vector<std::byte> bytes(content.size());
    std::memcpy(bytes.data(), content.data(), content.size());
    result.push_back({std::filesystem::path(path).stem(), std::move(bytes), sample});
  }
  EXPECT_FALSE(result.empty()) << "BSTC_HOSTILE_PACKAGES names no package";
  return result;
}

} // namespace bst::testing
