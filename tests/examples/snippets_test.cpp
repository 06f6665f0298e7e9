// C in the documents compiles: every ```c block, as part of a function that has what it does not
// declare itself. "..." stands for a statement.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace fs = std::filesystem;

namespace {

std::string contents(const fs::path &path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> blocks(const std::string &document) {
  static const std::regex block("```c\n([^]*?)```");
  std::vector<std::string> found;
  for (std::sregex_iterator i(document.begin(), document.end(), block), end; i != end; ++i)
    found.push_back((*i)[1]);
  return found;
}

std::string function(const std::string &block) {
  return "#include <bst/bst.h>\n#include <bst/picture.h>\n#include <unistd.h>\n"
         "#define FRAMES 2\n"
         "void snippet(bst_package *package, bst_session *session, uint32_t frame,\n"
         "             const int in_flight[FRAMES], bst_picture from, bst_preprocess_info how,\n"
         "             void *scratch, size_t scratch_size, float *boxes, size_t count) {\n"
         "bst_error error;\n"
         "bst_buffer memory = BST_INIT(bst_buffer);\n"
         "bst_picture to = BST_INIT(bst_picture);\n"
         "bst_placement placement = BST_INIT(bst_placement);\n" +
         std::regex_replace(block, std::regex("\\.\\.\\."), "{}") + "}\n";
}

} // namespace

TEST(Snippets, CompileAsC99) {
  std::string name = testing::TempDir() + "bstc_snippet_XXXXXX";
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  const fs::path folder = name;
  size_t count = 0;
  for (const auto &entry : fs::directory_iterator("../docs"))
    for (const std::string &block : blocks(contents(entry.path()))) {
      const std::string source = folder / "snippet.c", said = folder / "said";
      std::ofstream(source) << function(block);
      const std::string command =
          C_COMPILER " -std=c99 -pedantic-errors -Wall -Wextra -Wno-unused-parameter -Werror "
                     "-Wno-unused -I../runtime/include -fsyntax-only " +
          source + " 2>" + said;
      EXPECT_EQ(std::system(command.c_str()), 0) << entry.path().filename() << ":\n"
                                                 << block << contents(said);
      ++count;
    }
  EXPECT_GE(count, 2u);
  fs::remove_all(folder);
}
