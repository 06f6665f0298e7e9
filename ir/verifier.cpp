#include "ir/error.h"
#include "ir/graph.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

namespace bstc {

static llvm::Error bug(const Node &node, const llvm::Twine &what) {
  return makeError(Code::Internal,
                   "IR verifier: node '" + node.name + "' (" + opInfo(node.op).text + "): " + what);
}

/// The alternative of Attributes that an operator's family uses; see ir/attributes.h.
static bool attributesFit(const Node &node) {
  switch (node.op) {
  case OpKind::Conv:
    return std::holds_alternative<ConvAttrs>(node.attrs);
  case OpKind::MaxPool:
  case OpKind::AveragePool:
    return std::holds_alternative<PoolAttrs>(node.attrs);
  case OpKind::Resize:
  case OpKind::Upsample:
    return std::holds_alternative<ResizeAttrs>(node.attrs);
  case OpKind::Softmax:
    return std::holds_alternative<SoftmaxAttrs>(node.attrs);
  case OpKind::Lrn:
    return std::holds_alternative<LrnAttrs>(node.attrs);
  case OpKind::ReduceMean:
    return std::holds_alternative<ReduceAttrs>(node.attrs);
  case OpKind::Pad:
    return std::holds_alternative<PadAttrs>(node.attrs);
  case OpKind::Concat:
  case OpKind::Quantize:
  case OpKind::Dequantize:
  case OpKind::Reinterpret:
    return std::holds_alternative<AxisAttrs>(node.attrs);
  case OpKind::Split:
    return std::holds_alternative<SplitAttrs>(node.attrs);
  case OpKind::Slice:
    return std::holds_alternative<SliceAttrs>(node.attrs);
  case OpKind::Transpose:
    return std::holds_alternative<TransposeAttrs>(node.attrs);
  case OpKind::Squeeze:
  case OpKind::Unsqueeze:
  case OpKind::ShapeOf:
    return std::holds_alternative<AxesAttrs>(node.attrs);
  case OpKind::BatchNorm:
    return std::holds_alternative<BatchNormAttrs>(node.attrs);
  case OpKind::Gemm:
    return std::holds_alternative<GemmAttrs>(node.attrs);
  case OpKind::YoloDecode:
    return std::holds_alternative<YoloDecodeAttrs>(node.attrs);
  case OpKind::Nms:
    return std::holds_alternative<NmsAttrs>(node.attrs);
  case OpKind::Picture:
    return std::holds_alternative<PictureAttrs>(node.attrs);
  case OpKind::Nv12:
    return std::holds_alternative<Nv12Attrs>(node.attrs);
  case OpKind::Reorder:
    return std::holds_alternative<ReorderAttrs>(node.attrs);
  case OpKind::Detect:
    return std::holds_alternative<DetectAttrs>(node.attrs);
  default:
    return true;
  }
}

static llvm::Error checkType(const Node &node, const Value &value) {
  for (int64_t extent : value.type.shape)
    if (extent < 0)
      return bug(node, "result '" + value.name + "' has a negative extent");
  if (!value.type.quant)
    return llvm::Error::success();
  const Quantisation &quant = *value.type.quant;
  if (quant.scales.empty() || quant.scales.size() != quant.zeroPoints.size())
    return bug(node, "result '" + value.name + "' has a broken quantisation");
  if (!quant.perTensor() && (quant.axis < 0 || quant.axis >= value.type.rank() ||
                             value.type.shape[quant.axis] != int64_t(quant.scales.size())))
    return bug(node, "result '" + value.name + "' has a quantisation that does not fit its shape");
  return llvm::Error::success();
}

/// A Quantize or Dequantize whose parameters are no operands has them in the type of its integers;
/// a Reinterpret changes nothing but the quantisation.
static llvm::Error checkQuantisation(const Node &node) {
  const bool down = node.op == OpKind::Quantize;
  if ((down || node.op == OpKind::Dequantize) && node.inputs().size() == 1 &&
      !(down ? node.output() : node.input(0))->type.quant)
    return bug(node, "has no parameters, and its integers have none either");
  if (node.op != OpKind::Reinterpret)
    return llvm::Error::success();
  TensorType from = node.input(0)->type;
  from.quant = node.output()->type.quant;
  if (from != node.output()->type || !from.isQuantised())
    return bug(node, "changes more than the quantisation of '" + node.input(0)->name + "'");
  return llvm::Error::success();
}

llvm::Error verify(const Graph &graph) {
  llvm::DenseSet<const Value *> defined;
  llvm::StringSet<> names;
  for (const Value *input : graph.inputs()) {
    defined.insert(input);
    names.insert(input->name);
  }
  for (const auto &node : graph.nodes()) {
    if (!attributesFit(*node))
      return bug(*node, "has attributes of another operator");
    for (const Value *operand : node->inputs()) {
      if (!operand)
        continue;
      if (!operand->isConstant() && !defined.count(operand))
        return bug(*node, "reads '" + operand->name + "' before it is defined");
      if (llvm::count(operand->users(), node.get()) !=
          llvm::count(node->inputs(), const_cast<Value *>(operand)))
        return bug(*node,
                   "is not in the use list of '" + operand->name + "' as often as it reads it");
    }
    if (node->outputs().empty())
      return bug(*node, "has no result");
    if (llvm::Error error = checkQuantisation(*node))
      return error;
    for (const Value *result : node->outputs()) {
      if (result->producer() != node.get())
        return bug(*node, "does not own its result '" + result->name + "'");
      if (!names.insert(result->name).second)
        return bug(*node, "defines '" + result->name + "' a second time");
      if (llvm::Error error = checkType(*node, *result))
        return error;
      defined.insert(result);
    }
  }
  for (const Value *output : graph.outputs())
    if (!output->isConstant() && !defined.count(output))
      return makeError(Code::Internal,
                       "IR verifier: graph output '" + output->name + "' is not defined");
  return llvm::Error::success();
}

} // namespace bstc
