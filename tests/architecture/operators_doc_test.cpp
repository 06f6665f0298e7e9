// docs/operators.md is what error messages point to: it must list every operator.

#include "ir/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

TEST(OperatorsDoc, HasALineForEveryRowOfTheRegistry) {
  std::ifstream stream("../docs/operators.md");
  std::stringstream text;
  text << stream.rdbuf();
  for (const bstc::OpInfo &op : bstc::allOps()) {
    std::string line = op.onnxType[0] ? "\n| `" : "\n| ";
    line += op.onnxType[0] ? op.onnxType : op.text;
    EXPECT_THAT(text.str(), testing::HasSubstr(line));
  }
}
