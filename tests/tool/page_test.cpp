// The HTML report as a file; scripts/test-html.sh uses it in a browser.
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"

#include <gmock/gmock.h>

#include <regex>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using PageTest = ToolTest;

/// The text of the script element with that id.
std::string block(const std::string &page, const std::string &id) {
  const std::string start = "<script type=\"application/json\" id=\"" + id + "\">";
  const size_t from = page.find(start) + start.size();
  return page.substr(from, page.find("</script>", from) - from);
}

TEST_F(PageTest, HoldsTheReport) {
  writeModel();
  succeed("profile model.onnx --html p.html --json p.json");
  const std::string page = read("p.html");
  const JsonReader inPage(block(page, "report-data")), saved(read("p.json"));
  EXPECT_EQ(inPage.number("fps"), saved.number("fps"));
  EXPECT_EQ(inPage.size("commands"), saved.size("commands"));
  const JsonReader data(block(page, "page-data"));
  const size_t operations = size_t(saved.number("tile_operations"));
  EXPECT_EQ(data.size("operations.queue"), operations);
  size_t drawn = 0;
  for (size_t track = 0; track < data.size("timelines.alone.tracks"); ++track)
    drawn += data.size("timelines.alone.tracks." + std::to_string(track) + ".op");
  EXPECT_EQ(drawn, operations);
  EXPECT_GE(data.number("timelines.steady.frames"), 3);
}

TEST_F(PageTest, NeedsNothingElse) {
  writeModel();
  succeed("profile model.onnx --html p.html");
  const std::string page = read("p.html");
  EXPECT_THAT(page, testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  // The only address is that of the SVG name space, which names and loads nothing.
  const std::regex address("https?://[^\"' ]*");
  const std::string code =
      page.substr(page.rfind("<script>")) + page.substr(0, page.find("<script"));
  for (std::sregex_iterator it(code.begin(), code.end(), address), end; it != end; ++it)
    EXPECT_EQ(it->str(), "http://www.w3.org/2000/svg");
  const std::regex reference("(src|href)=\"([^#\"][^\"]*)\"");
  for (std::sregex_iterator it(page.begin(), page.end(), reference), end; it != end; ++it)
    EXPECT_EQ((*it)[2].str(), "data:,");
}

TEST_F(PageTest, NamesAreTextNotMarkup) {
  writeModel();
  const std::string name = "a<!--<script>b&c";
  std::filesystem::rename(path("model.onnx"), path(name + ".onnx"));
  succeed("profile " + name + ".onnx --html p.html");
  const std::string page = read("p.html");
  EXPECT_THAT(page, HasSubstr("<title>a&lt;!--&lt;script&gt;b&amp;c on bst-a1000b0</title>"));
  EXPECT_THAT(page, Not(HasSubstr(name)));
  EXPECT_EQ(JsonReader(block(page, "page-data")).text("title"), name);
}

TEST_F(PageTest, TheSameModelGivesTheSameBytes) {
  writeModel();
  succeed("profile model.onnx --html a.html --trace a.json");
  succeed("profile model.onnx --html b.html --trace b.json");
  EXPECT_EQ(read("a.html"), read("b.html"));
  EXPECT_EQ(read("a.json"), read("b.json"));
}

TEST_F(PageTest, OutputsAreNotOverTheInputNorEachOther) {
  writeModel();
  const std::string before = read("model.onnx");
  EXPECT_EQ(bstc("profile model.onnx --html model.onnx").code, 2);
  EXPECT_EQ(bstc("profile model.onnx --html p --trace p").code, 2);
  EXPECT_EQ(read("model.onnx"), before);
  EXPECT_EQ(files(), std::set<std::string>{"model.onnx"});
}

} // namespace
} // namespace bstc::test
