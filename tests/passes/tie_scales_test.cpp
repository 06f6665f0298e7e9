#include "frontend/passes/passes.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

namespace {

float scaleOf(const Graph &graph, const char *name) {
  const Value *value = graph.find(name);
  EXPECT_TRUE(value && value->type.isQuantisedPerTensor()) << name;
  return value ? value->type.quant->scale() : 0;
}

/// x (0.5) is pooled and joined with y (0.25) to a map of 0.75; that is joined with z (2) to one
/// of 1.
Graph build() {
  GraphBuilder b;
  const Shape small = {1, 4, 8, 8}, wide = {1, 8, 8, 8}, wider = {1, 12, 8, 8};
  Value *x = b.quantize("x", b.input("x", small), 0.5f, 3);
  Value *y = b.quantize("y", b.input("y", small), 0.25f);
  Value *z = b.quantize("z", b.input("z", small), 2);
  Value *other = b.quantize("other", b.input("other", small), 7);
  const WindowAttrs window = {{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
  Value *pool = b.node(OpKind::MaxPool, "pool", {x}, PoolAttrs{window, false}, s8(small, 0.5f, 3));
  Value *first = b.node(OpKind::Concat, "first", {pool, y}, AxisAttrs{1}, s8(wide, 0.75f));
  b.graph.addOutput(b.node(OpKind::Concat, "second", {first, z}, AxisAttrs{1}, s8(wider, 1, 5)));
  b.graph.addOutput(
      b.node(OpKind::MaxPool, "apart", {other}, PoolAttrs{window, false}, s8(small, 7)));
  return std::move(b.graph);
}

} // namespace

TEST(TieScales, ConcatenationsAndWhatTheyReadHaveTheWidestOfTheirScales) {
  Graph graph = build();
  ASSERT_FALSE(bool(tieScales(graph)));
  ASSERT_FALSE(bool(verify(graph)));
  for (const char *name :
       {"x.q.out", "y.q.out", "z.q.out", "pool.out", "first.out", "second.out"}) {
    EXPECT_EQ(scaleOf(graph, name), 1) << name;
    EXPECT_EQ(graph.find(name)->type.quant->zeroPoint(), 5) << name;
  }
  // What no concatenation reads stays.
  EXPECT_EQ(scaleOf(graph, "other.q.out"), 7);
  EXPECT_EQ(scaleOf(graph, "apart.out"), 7);
}

TEST(TieScales, WithoutAConcatenationItDoesNothing) {
  GraphBuilder b;
  Value *x = b.quantize("x", b.input("x", {1, 4, 8, 8}), 0.5f, 3);
  b.graph.addOutput(x);
  const std::string before = toString(b.graph);
  ASSERT_FALSE(bool(tieScales(b.graph)));
  EXPECT_EQ(toString(b.graph), before);
}
