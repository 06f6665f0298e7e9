#include "detectors/shared/objectness.h"
#include "frontend/passes/passes.h"
#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

llvm::Error fuseDetect(Graph &graph) {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i) {
    Node &nms = *graph.nodes()[i];
    if (nms.op != OpKind::Nms)
      continue;
    Node *decode = madeBy(nms.input(0), OpKind::YoloDecode);
    const auto isInt8 = [](const Value *head) { return head->type.isQuantisedPerTensor(); };
    if (!decode || soleUser(graph, decode->output()) != &nms ||
        !llvm::all_of(decode->inputs(), isInt8))
      continue;
    const std::string name = nms.output()->name;
    graph.rename(nms.output(), graph.uniqueName(name));
    DetectAttrs attrs = {decode->as<YoloDecodeAttrs>(), nms.as<NmsAttrs>(), {}};
    for (const Value *head : decode->inputs())
      attrs.thresholds.push_back(objectnessThreshold(head->type, attrs.nms.confidence));
    Node *detect = graph.addNode(OpKind::Detect, nms.name, decode->inputs(), attrs,
                                 {{name, nms.output()->type}});
    detect->fused = nms.fused;
    recordFused(*detect, *decode);
    graph.replaceUses(nms.output(), detect->output());
  }
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc
