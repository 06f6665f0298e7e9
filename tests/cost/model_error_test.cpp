// The error that every report states is that of the table in the documentation.
#include "partitioner/model_error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <regex>

namespace bstc {
namespace {

/// Rows "| network | published | predicted | +1.2% |" of the section on published figures.
TEST(ModelError, IsTheMeanOfTheDocumentedResiduals) {
  std::ifstream file("../docs/cost-model.md");
  ASSERT_TRUE(bool(file));
  const std::regex row(
      R"(^\| [^|]+ \| ([\d.]+) \| ([\d.]+) \| ([-+][\d.]+)% \| ([-+][\d.]+)% \|$)");
  double sum = 0;
  int rows = 0;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("## ", 0) == 0)
      inside = line == "## Held against published figures";
    std::smatch match;
    if (!inside || !std::regex_match(line, match, row))
      continue;
    const double published = std::stod(match[1]), predicted = std::stod(match[2]);
    const double error = std::stod(match[3]);
    EXPECT_NEAR(100 * (predicted / published - 1), error, 0.3) << line; // Of rounded FPS.
    sum += std::abs(std::stod(match[4]));
    ++rows;
  }
  ASSERT_GE(rows, 11);
  EXPECT_NEAR(sum / rows, modelErrorPercent, 0.051);
}

} // namespace
} // namespace bstc
