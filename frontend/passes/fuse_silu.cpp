#include "frontend/passes/passes.h"
#include "ir/patterns.h"

namespace bstc {

llvm::Error fuseSilu(Graph &graph) {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i) {
    Node &mul = *graph.nodes()[i];
    if (mul.op != OpKind::Mul)
      continue;
    for (unsigned side : {0u, 1u}) {
      Node *sigmoid = madeBy(mul.input(side), OpKind::Sigmoid);
      Value *x = mul.input(1 - side);
      if (!sigmoid || sigmoid->input(0) != x || soleUser(graph, sigmoid->output()) != &mul)
        continue;
      std::string name = mul.output()->name;
      graph.rename(mul.output(), graph.uniqueName(name));
      Node *silu = graph.addNode(OpKind::Silu, mul.name, {x}, ActivationAttrs{},
                                 {{name, mul.output()->type}});
      recordFused(*silu, *sigmoid);
      graph.replaceUses(mul.output(), silu->output());
      break;
    }
  }
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc
