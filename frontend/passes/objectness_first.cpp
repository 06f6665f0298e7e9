#include "frontend/passes/passes.h"
#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

namespace bstc {
namespace {

/// By channel of a head: the file's channel that comes to it.
std::vector<size_t> orderOf(const YoloDecodeAttrs &decode) {
  const auto width = size_t(decode.row().width());
  std::vector<size_t> order, rest;
  for (size_t channel = 0; channel < size_t(decode.anchorsPerLevel) * width; ++channel)
    (channel % width == PredictionPlaces::objectness ? order : rest).push_back(channel);
  order.insert(order.end(), rest.begin(), rest.end());
  return order;
}

template <typename T> void reorder(std::vector<T> &values, llvm::ArrayRef<size_t> order) {
  const std::vector<T> from = values;
  for (size_t i = 0; i < order.size(); ++i)
    values[i] = from[order[i]];
}

/// A constant of a convolution with its output channels, which are its first axis, in `order`.
Value *reordered(Graph &graph, const Value &constant, llvm::ArrayRef<size_t> order) {
  const TensorData &from = *constant.data;
  const size_t bytes = size_t(from.size()) / order.size(); // Of a channel.
  std::vector<std::byte> to(size_t(from.size()));
  for (size_t i = 0; i < order.size(); ++i)
    std::memcpy(to.data() + i * bytes, from.data() + order[i] * bytes, bytes);
  std::optional<Quantisation> quant = constant.type.quant;
  if (quant && !quant->perTensor()) {
    reorder(quant->scales, order);
    reorder(quant->zeroPoints, order);
  }
  return graph.addConstant(graph.uniqueName(constant.name + "~objectness"),
                           std::make_shared<TensorData>(from.type, std::move(to)),
                           std::move(quant));
}

/// The convolution that makes a head and nothing else, if its channels can be put in order.
Node *orderableConv(const Graph &graph, const Value *head) {
  Node *conv = madeBy(head, OpKind::Conv);
  if (!conv || !soleUser(graph, head) || conv->as<ConvAttrs>().groups != 1 ||
      conv->inputs().size() > 3)
    return nullptr;
  const auto ofChannels = [&](const Value *operand) {
    return !operand || (operand->isConstant() && operand->type.rank() > 0 &&
                        operand->type.shape[0] == head->type.shape[1]);
  };
  return llvm::all_of(conv->inputs().drop_front(), ofChannels) ? conv : nullptr;
}

} // namespace

llvm::Error objectnessFirst(Graph &graph) {
  for (const auto &node : graph.nodes()) {
    if (node->op != OpKind::Detect)
      continue;
    std::vector<Node *> convs;
    for (const Value *head : node->inputs())
      convs.push_back(orderableConv(graph, head));
    if (llvm::is_contained(convs, nullptr))
      continue;
    auto &detect = node->as<DetectAttrs>();
    const std::vector<size_t> order = orderOf(detect.decode);
    for (Node *conv : convs)
      for (unsigned i = 1; i < conv->inputs().size(); ++i)
        if (const Value *constant = conv->input(i))
          conv->setInput(i, reordered(graph, *constant, order));
    detect.objectnessFirst = true;
  }
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc
