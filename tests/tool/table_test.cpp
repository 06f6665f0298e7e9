#include "tools/bstc/cli/table.h"

#include "llvm/Support/raw_ostream.h"

#include <gmock/gmock.h>

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

TEST(Table, FitsAWidthByTheMiddleOfItsNames) {
  Table table({nameColumn("name"), nameColumn("reason"), {"shape"}, {"count", true}});
  table.add({"/model.24/m.0/cv1/conv/Conv", "fused into node '/model.24/m.0/Mul'", "1x3x640x640",
             "1,000,000"});
  table.add({"short", "as it is", "1", "1"});
  // 20 characters of shapes and numbers and 6 between the columns leave 46 for texts of 27 and 35,
  // which the longer one gives up first.
  EXPECT_EQ(printed(table, 72),
            "name                     reason                   shape            count\n"
            "-----------------------  -----------------------  -----------  ---------\n"
            "/model.24/..1/conv/Conv  fused into..24/m.0/Mul'  1x3x640x640  1,000,000\n"
            "short                    as it is                 1                    1\n");
  EXPECT_EQ(printed(table, 88), printed(table, 0));
  // Names of 20 characters stay, and so does everything else, however narrow it is.
  EXPECT_EQ(printed(table, 1), printed(table, 66));
  EXPECT_THAT(printed(table, 1), testing::HasSubstr("\n/model.24..conv/Conv  fused int../m.0/Mul'"
                                                    "  1x3x640x640  1,000,000\n"));
}

TEST(Table, CutsNoLetterInTwo) {
  const std::string letter = "\xC3\xA4"; // U+00E4, two bytes.
  const auto letters = [&](int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += letter;
    return text;
  };
  std::string name = "x";
  name += letters(14); // GCC 12 takes the sum of both for an overlap.
  Table table({nameColumn("name")});
  table.add({name});
  // Of 23 bytes 10 would be before and 11 behind the mark, each in the middle of a letter.
  std::string end = "\nx";
  end.append(letters(4)).append("..").append(letters(5)).append("\n");
  EXPECT_THAT(printed(table, 23), testing::EndsWith(end));
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
