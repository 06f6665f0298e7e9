#include "tools/bstc/cli/table.h"

#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

TEST(Table, AlignsAndShortensFromTheFront) {
  Table table({{"name", false, 8}, {"count", true}});
  table.add({"/model.24/Conv", "1"});
  table.addRule();
  table.add({"x", "123456"});
  std::string text;
  llvm::raw_string_ostream stream(text);
  table.print(stream);
  EXPECT_EQ(stream.str(), "name       count\n"
                          "--------  ------\n"
                          "..4/Conv       1\n"
                          "--------  ------\n"
                          "x         123456\n");
}

std::string printed(const Table &table, size_t width) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  table.print(stream, width);
  return stream.str();
}

TEST(Table, FitsAWidthByTheMiddleOfItsTexts) {
  Table table({{"name"}, {"reason"}, {"count", true}});
  table.add({"/model.24/m.0/Conv", "fused into node '/a'", "1,000,000"});
  table.add({"short", "as it is", "1"});
  // 9 characters of numbers and 4 between the columns leave 21 for texts of 18 and 20, which the
  // longer one gives up first.
  EXPECT_EQ(printed(table, 34), "name        reason           count\n"
                                "----------  -----------  ---------\n"
                                "/mod..Conv  fuse.. '/a'  1,000,000\n"
                                "short       as it is             1\n");
  EXPECT_EQ(printed(table, 51), printed(table, 0));
  EXPECT_EQ(printed(table, 1), printed(table, 29)); // Names of 8 letters and numbers stay.
}

TEST(Table, CutsNoLetterInTwo) {
  const std::string letter = "\xC3\xA4"; // U+00E4, two bytes.
  std::string text = "x";
  for (int i = 0; i < 8; ++i)
    text += letter;
  Table table({{"name"}});
  table.add({text});
  // Of 11 bytes 4 would be before and 5 behind the mark, each in the middle of a letter.
  EXPECT_EQ(printed(table, 11), "name\n-----------\nx" + letter + ".." + letter + letter + "\n");
}

TEST(Numbers, ReadWell) {
  EXPECT_EQ(counted(0, "node") + counted(1, "node") + counted(2, "node"), "0 nodes1 node2 nodes");
  EXPECT_EQ(withCommas(0), "0");
  EXPECT_EQ(withCommas(999), "999");
  EXPECT_EQ(withCommas(1872157), "1,872,157");
  EXPECT_EQ(withPrefix(0), "0");
  EXPECT_EQ(withPrefix(999), "999");
  EXPECT_EQ(withPrefix(999.6), "1.00 k");
  EXPECT_EQ(withPrefix(12345), "12.3 k");
  EXPECT_EQ(withPrefix(2.25e9), "2.25 G");
  EXPECT_EQ(bytesText(512), "512 B");
  EXPECT_EQ(bytesText(2097152), "2.10 MB");
  EXPECT_EQ(fixedPoint(1.25, 1), "1.2");
  EXPECT_EQ(numberText(25.6), "25.6");
  EXPECT_EQ(numberText(1.23e-7, 2), "1.2e-07");
  EXPECT_EQ(shapeText({1, 3, 640, 640}), "1x3x640x640");
  EXPECT_EQ(shapeText({}), "scalar");
}

} // namespace
} // namespace bstc
