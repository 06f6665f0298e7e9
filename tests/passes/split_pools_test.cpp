#include "frontend/passes/passes.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

#include <random>

using namespace bstc;
using namespace bstc::test;

namespace {

Graph build(const WindowAttrs &window, Shape in, Shape out) {
  GraphBuilder b;
  Value *x = b.quantize("x", b.input("x", std::move(in)), 0.5f, 3);
  b.graph.addOutput(
      b.node(OpKind::MaxPool, "p", {x}, PoolAttrs{window, false}, s8(std::move(out), 0.5f, 3)));
  return std::move(b.graph);
}

Graph rewritten(Graph graph) {
  EXPECT_FALSE(bool(splitPools(graph)));
  EXPECT_FALSE(bool(verify(graph)));
  return graph;
}

using Map = std::vector<std::vector<int>>;

/// Maxima over the values of each window that lie inside the map.
Map pooled(const Map &x, const WindowAttrs &window, const Shape &result) {
  Map y(size_t(result[2]), std::vector<int>(size_t(result[3]), -128));
  for (int64_t i = 0; i < result[2]; ++i)
    for (int64_t j = 0; j < result[3]; ++j)
      for (int64_t di = 0; di < window.kernel[0]; ++di)
        for (int64_t dj = 0; dj < window.kernel[1]; ++dj) {
          const int64_t row = i * window.stride[0] - window.padBegin[0] + di * window.dilation[0];
          const int64_t column =
              j * window.stride[1] - window.padBegin[1] + dj * window.dilation[1];
          if (row >= 0 && row < int64_t(x.size()) && column >= 0 && column < int64_t(x[0].size()))
            y[size_t(i)][size_t(j)] =
                std::max(y[size_t(i)][size_t(j)], x[size_t(row)][size_t(column)]);
        }
  return y;
}

} // namespace

TEST(SplitPools, ALargeWindowBecomesColumnsThenRows) {
  const WindowAttrs window = {{5, 7}, {1, 2}, {2, 3}, {2, 2}, {1, 1}};
  const Shape in = {1, 1, 9, 12}, out = {1, 1, 9, 6};
  const Graph after = rewritten(build(window, in, out));
  EXPECT_EQ(ops(after), "quantize max_pool max_pool");
  const Node *second = after.outputs()[0]->producer(), *first = second->input(0)->producer();
  EXPECT_EQ(second->output()->name, "p.out");
  EXPECT_EQ(second->name, first->name);
  EXPECT_EQ(first->output()->type, s8({1, 1, 9, 6}, 0.5f, 3));
  std::mt19937 random(1);
  Map x(9, std::vector<int>(12));
  for (std::vector<int> &row : x)
    for (int &value : row)
      value = int(random() % 256) - 128;
  const Map between = pooled(x, first->as<PoolAttrs>().window, first->output()->type.shape);
  EXPECT_EQ(pooled(between, second->as<PoolAttrs>().window, out), pooled(x, window, out));
}

TEST(SplitPools, SmallAndStridedWindowsStay) {
  const auto stays = [](const WindowAttrs &window, Shape in, Shape out) {
    const std::string before = toString(build(window, in, out));
    EXPECT_EQ(toString(rewritten(build(window, in, out))), before);
  };
  stays({{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}, {1, 1, 8, 8}, {1, 1, 8, 8});
  stays({{1, 13}, {1, 1}, {0, 6}, {0, 6}, {1, 1}}, {1, 1, 8, 8}, {1, 1, 8, 8});
  stays({{5, 5}, {5, 5}, {0, 0}, {0, 0}, {1, 1}}, {1, 1, 20, 20}, {1, 1, 4, 4});
}

TEST(SplitPools, HalfTheComparisonsAreTheLeastGain) {
  const auto operators = [](int64_t rows, int64_t columns) {
    const WindowAttrs window = {{rows, columns}, {1, 1}, {0, 0}, {rows - 1, columns - 1}, {1, 1}};
    return ops(rewritten(build(window, {1, 1, 8, 8}, {1, 1, 8, 8})));
  };
  EXPECT_EQ(operators(4, 4), "quantize max_pool max_pool"); // 8 in place of 16.
  EXPECT_EQ(operators(3, 5), "quantize max_pool");          // 8 in place of 15.
  EXPECT_EQ(operators(13, 1), "quantize max_pool");
}

TEST(SplitPools, TheFirstPoolKeepsAllRows) {
  const WindowAttrs window = {{5, 5}, {1, 1}, {0, 0}, {0, 0}, {1, 1}};
  const Graph after = rewritten(build(window, {1, 1, 20, 20}, {1, 1, 16, 16}));
  EXPECT_EQ(after.outputs()[0]->producer()->input(0)->type.shape, (Shape{1, 1, 20, 16}));
}

TEST(SplitPools, OnlyMaximaOfIntegersAreSplit) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 1, 8, 8});
  const WindowAttrs window = {{5, 5}, {1, 1}, {2, 2}, {2, 2}, {1, 1}};
  b.graph.addOutput(b.node(OpKind::MaxPool, "p", {x}, PoolAttrs{window, false}, x->type));
  Value *q = b.quantize("q", x, 0.5f);
  b.graph.addOutput(b.node(OpKind::AveragePool, "a", {q}, PoolAttrs{window, false}, q->type));
  EXPECT_EQ(ops(rewritten(std::move(b.graph))), "max_pool quantize average_pool");
}
