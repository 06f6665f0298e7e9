// Writes the seeds of tests/fuzz/corpus/loader: every kind of command, tile operations.
#include "tests/runtime/test_programs.h"

#include <filesystem>
#include <fstream>

using namespace bst::testing;

static bool write(const std::filesystem::path &path, const TestProgram &test) {
  const std::vector<std::byte> bytes = packageOf(test.program);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
  return bool(file);
}

int main(int count, char **arguments) {
  if (count != 2)
    return 2;
  const std::filesystem::path folder = arguments[1];
  return !(write(folder / "small.bst", smallProgram()) &&
           write(folder / "tiled.bst", tiledProgram()) &&
           write(folder / "complete.bst", completeProgram()));
}
