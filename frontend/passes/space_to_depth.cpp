#include "ir/space_to_depth.h"
#include "frontend/passes/passes.h"
#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// w[o, c, i * block + dy, j * block + dx] at [o, (dy * block + dx) * C + c, i, j].
static TensorDataRef weightsInBlocks(const TensorData &weights, int64_t block) {
  const Shape &from = weights.type.shape;
  ArrayType type = weights.type;
  type.shape = {from[0], from[1] * block * block, from[2] / block, from[3] / block};
  auto result = std::make_shared<TensorData>(type);
  llvm::ArrayRef<uint8_t> values = weights.values<uint8_t>(); // Or int8: bytes.
  llvm::MutableArrayRef<uint8_t> to = result->mutableValues<uint8_t>();
  size_t next = 0;
  for (int64_t o = 0; o < from[0]; ++o)
    for (int64_t position = 0; position < block * block; ++position)
      for (int64_t c = 0; c < from[1]; ++c)
        for (int64_t row = position / block; row < from[2]; row += block)
          for (int64_t column = position % block; column < from[3]; column += block)
            to[next++] = values[size_t(((o * from[1] + c) * from[2] + row) * from[3] + column)];
  return result;
}

static void rewrite(Graph &graph, Node &quantize, Node &conv, int64_t block) {
  Value *image = quantize.output(), *weights = conv.input(1);
  TensorType type = image->type;
  type.shape = {type.shape[0], type.shape[1] * block * block, type.shape[2] / block,
                type.shape[3] / block};
  std::string name = image->name;
  graph.rename(image, graph.uniqueName(name + "~map"));
  Node *twin = graph.addNode(quantize.op, quantize.name, quantize.inputs(), quantize.attrs,
                             {{std::move(name), type}});
  twin->fused = quantize.fused;
  conv.setInput(0, twin->output());
  conv.setInput(1, graph.addConstant(graph.uniqueName(weights->name + "~blocks"),
                                     weightsInBlocks(*weights->data, block), weights->type.quant));
  WindowAttrs &window = conv.as<ConvAttrs>().window;
  for (int axis = 0; axis < 2; ++axis) {
    window.kernel[axis] /= block;
    window.padBegin[axis] /= block;
    window.padEnd[axis] /= block;
    window.stride[axis] = 1;
  }
}

/// Convolutions of images that nodes of kind `op` quantise.
static void rewriteAll(Graph &graph, OpKind op) {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i) {
    Node &conv = *graph.nodes()[i];
    if (conv.op != OpKind::Conv)
      continue;
    Node *quantize = madeBy(conv.input(0), op);
    const Value *weights = conv.input(1);
    if (!quantize || soleUser(graph, quantize->output()) != &conv || !weights->isConstant() ||
        !weights->type.isQuantised() || !conv.output()->type.isQuantised())
      continue;
    const auto &attrs = conv.as<ConvAttrs>();
    const Shape &image = conv.input(0)->type.shape;
    if (const int64_t block = spaceToDepthBlock(attrs.window, attrs.groups, image); block > 1)
      rewrite(graph, *quantize, conv, block);
  }
  graph.cleanUp();
}

llvm::Error spaceToDepth(Graph &graph) {
  rewriteAll(graph, OpKind::Quantize);
  return llvm::Error::success();
}

llvm::Error picturesInBlocks(Graph &graph) {
  rewriteAll(graph, OpKind::Picture);
  return llvm::Error::success();
}

} // namespace bstc
