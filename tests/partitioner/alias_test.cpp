// Nodes that cost nothing because their result is another name for the bytes of the operand.
#include "backends/target.h"
#include "partitioner/partition.h"
#include "tests/support/graph_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

namespace {

/// The engine of `op` from one type to another, or the error.
std::string placed(OpKind op, const TensorType &from, const TensorType &to) {
  GraphBuilder b;
  Value *x = b.graph.addInput("x", from);
  b.graph.addOutput(b.node(
      op, "n", {x}, op == OpKind::Reinterpret ? Attributes(AxisAttrs{-1}) : Attributes(), to));
  const Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  if (llvm::Error error = assignEngines(b.graph, target))
    return llvm::toString(std::move(error));
  return engineName(b.graph.nodes().front()->placement->engine);
}

} // namespace

TEST(Alias, AReshapeOfFloatsIsOne) {
  EXPECT_EQ(placed(OpKind::Reshape, f32({1, 2, 3, 4}), f32({1, 24})), "none");
}

/// int8 maps have their channels innermost: reshaped, the same bytes are in another order.
TEST(Alias, AReshapeOfIntegersIsOneOnlyWhereTheOrderIsTheSame) {
  const auto reshaped = [](Shape from, Shape to) {
    return placed(OpKind::Reshape, s8(std::move(from), 0.5f), s8(std::move(to), 0.5f));
  };
  EXPECT_EQ(reshaped({1, 24, 1, 1}, {1, 24}), "none"); // One position.
  EXPECT_EQ(reshaped({2, 1, 3, 4}, {2, 12}), "none");  // One channel.
  EXPECT_EQ(reshaped({1, 24}, {1, 1, 4, 6}), "none");
  EXPECT_EQ(reshaped({1, 24}, {24, 1}), "none"); // No maps.
  for (const Shape &map : {Shape{1, 2, 3, 4}, Shape{1, 2, 1, 12}, Shape{1, 2, 12, 1}}) {
    EXPECT_THAT(reshaped(map, {1, 24}), testing::HasSubstr("'n' (reshape): no engine takes it"));
    EXPECT_THAT(reshaped({1, 24}, map), testing::HasSubstr("'n' (reshape): no engine takes it"));
  }
}

TEST(Alias, AReinterpretIsOneWhateverTheScales) {
  EXPECT_EQ(placed(OpKind::Reinterpret, s8({1, 2, 3, 4}, 0.5f), s8({1, 2, 3, 4}, 2, 7)), "none");
}

TEST(Alias, AnIdentityIsOneWhereTheTypeStays) {
  const TensorType map = s8({1, 2, 3, 4}, 0.5f);
  EXPECT_EQ(placed(OpKind::Identity, map, map), "none");
  EXPECT_EQ(placed(OpKind::Identity, f32({3}), f32({3})), "none");
  EXPECT_EQ(placed(OpKind::Identity, map, s8({1, 2, 3, 4}, 0.25f)), "edp"); // A rescale.
}
