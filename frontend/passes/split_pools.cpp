#include "frontend/passes/passes.h"
#include "ir/patterns.h"

namespace bstc {

/// Values that a window of `kernel` by rows, then by columns compares, over those of both at once,
/// is at most this: a second command and a map between are not worth less.
constexpr int64_t leastGain = 2;

/// The window along one axis only.
static WindowAttrs alongAxis(const WindowAttrs &window, int axis) {
  WindowAttrs result = window;
  result.kernel[1 - axis] = result.stride[1 - axis] = result.dilation[1 - axis] = 1;
  result.padBegin[1 - axis] = result.padEnd[1 - axis] = 0;
  return result;
}

/// Does it pay to compare along rows first and then along columns?
static bool pays(const WindowAttrs &window, int64_t inputRows, const Shape &result) {
  const int64_t rows = result[2], both = window.kernel[0] * window.kernel[1] * rows;
  const int64_t apart = window.kernel[1] * inputRows + window.kernel[0] * rows;
  return window.kernel[0] > 1 && window.kernel[1] > 1 && leastGain * apart <= both;
}

static void split(Graph &graph, Node &pool) {
  const WindowAttrs window = pool.as<PoolAttrs>().window;
  TensorType type = pool.output()->type;
  type.shape[2] = pool.input(0)->type.shape[2];
  Node *first = graph.addNode(
      OpKind::MaxPool, pool.name, {pool.input(0)}, PoolAttrs{alongAxis(window, 1), false},
      {{graph.uniqueName(originOf(pool.output()->name).str() + "#columns"), type}});
  pool.setInput(0, first->output());
  pool.as<PoolAttrs>().window = alongAxis(window, 0);
}

llvm::Error splitPools(Graph &graph) {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i) {
    Node &pool = *graph.nodes()[i];
    if (pool.op == OpKind::MaxPool && pool.output()->type.isQuantised() &&
        pool.output()->type.rank() == 4 &&
        pays(pool.as<PoolAttrs>().window, pool.input(0)->type.shape[2], pool.output()->type.shape))
      split(graph, pool);
  }
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc
