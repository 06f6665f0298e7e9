#include "backends/dsp/dsp.h"

#include "backends/lowering.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

#include <optional>

namespace bstc {

static std::optional<bst::UnaryFn> unaryFn(OpKind op) {
  switch (op) {
  case OpKind::Relu:
    return bst::UnaryFn::Relu;
  case OpKind::Sigmoid:
    return bst::UnaryFn::Sigmoid;
  case OpKind::Silu:
    return bst::UnaryFn::Silu;
  case OpKind::Tanh:
    return bst::UnaryFn::Tanh;
  case OpKind::Exp:
    return bst::UnaryFn::Exp;
  case OpKind::Log:
    return bst::UnaryFn::Log;
  case OpKind::Sqrt:
    return bst::UnaryFn::Sqrt;
  case OpKind::Neg:
    return bst::UnaryFn::Neg;
  case OpKind::Abs:
    return bst::UnaryFn::Abs;
  case OpKind::Clip:
    return bst::UnaryFn::Clip;
  case OpKind::LeakyRelu:
    return bst::UnaryFn::LeakyRelu;
  case OpKind::HardSigmoid:
    return bst::UnaryFn::HardSigmoid;
  case OpKind::HardSwish:
    return bst::UnaryFn::HardSwish;
  case OpKind::Elu:
    return bst::UnaryFn::Elu;
  case OpKind::Softplus:
    return bst::UnaryFn::Softplus;
  case OpKind::Erf:
    return bst::UnaryFn::Erf;
  case OpKind::Floor:
    return bst::UnaryFn::Floor;
  case OpKind::Ceil:
    return bst::UnaryFn::Ceil;
  case OpKind::Reciprocal:
    return bst::UnaryFn::Reciprocal;
  default:
    return std::nullopt;
  }
}

static std::optional<bst::BinaryFn> binaryFn(OpKind op) {
  switch (op) {
  case OpKind::Add:
    return bst::BinaryFn::Add;
  case OpKind::Sub:
    return bst::BinaryFn::Sub;
  case OpKind::Mul:
    return bst::BinaryFn::Mul;
  case OpKind::Div:
    return bst::BinaryFn::Div;
  case OpKind::Pow:
    return bst::BinaryFn::Pow;
  case OpKind::Max:
    return bst::BinaryFn::Max;
  case OpKind::Min:
    return bst::BinaryFn::Min;
  default:
    return std::nullopt;
  }
}

static bool isFloatNode(const Node &node) {
  auto isFloat = [](const Value *value) { return !value || value->type.isFloat(); };
  return llvm::all_of(node.inputs(), isFloat) && llvm::all_of(node.outputs(), isFloat);
}

static bool perTensorInt8(const TensorType &type) {
  return type.isQuantised() && type.quant->perTensor();
}

/// What DSP runs a float node as, or why it cannot.
static Answer queryFloat(const Node &node) {
  if (!isFloatNode(node))
    return Answer::no("DSP computes on f32 only");
  if (unaryFn(node.op) || binaryFn(node.op))
    return Answer::yes(std::string("float ") + opInfo(node.op).text);
  switch (node.op) {
  case OpKind::Conv:
  case OpKind::MaxPool:
  case OpKind::AveragePool:
  case OpKind::Resize:
    if (node.output()->type.rank() != 4)
      return Answer::no("needs a rank-4 NCHW tensor");
    [[fallthrough]];
  case OpKind::Concat:
  case OpKind::Slice:
  case OpKind::Transpose:
  case OpKind::Softmax:
  case OpKind::Lrn:
  case OpKind::Pad:
  case OpKind::MatMul:
  case OpKind::Gemm:
    return Answer::yes(std::string("float ") + opInfo(node.op).text);
  default:
    return Answer::no(std::string("no float form of ") + opInfo(node.op).text);
  }
}

Answer DspBackend::query(const Node &node, const Target &) const {
  switch (node.op) {
  case OpKind::Quantize:
    return node.input(0)->type.isFloat() && perTensorInt8(node.output()->type)
               ? Answer::yes("quantise a float tensor")
               : Answer::no("quantises f32 to s8 or u8 with one scale only");
  case OpKind::Dequantize:
    return perTensorInt8(node.input(0)->type)
               ? Answer::yes("dequantise to float")
               : Answer::no("dequantises s8 or u8 with one scale only");
  case OpKind::YoloDecode:
    return Answer::yes(node.as<YoloDecodeAttrs>().masks ? "YOLOv5 Segment decode"
                                                        : "YOLOv5 Detect decode");
  case OpKind::Nms:
    return Answer::yes("non-maximum suppression");
  default:
    return queryFloat(node);
  }
}

static std::vector<int32_t> narrow(llvm::ArrayRef<int64_t> values) {
  return {values.begin(), values.end()};
}

static bst::YoloDecodeParams decodeParams(const YoloDecodeAttrs &attrs) {
  bst::YoloDecodeParams params;
  params.anchorsPerLevel = int32_t(attrs.anchorsPerLevel);
  params.classes = int32_t(attrs.classes);
  params.masks = int32_t(attrs.masks);
  params.strides = attrs.strides;
  params.anchors = attrs.anchors;
  return params;
}

static bst::NmsParams nmsParams(const NmsAttrs &attrs) {
  return {.classes = int32_t(attrs.classes),
          .masks = int32_t(attrs.masks),
          .options = {.confidence = attrs.confidence,
                      .iou = attrs.iou,
                      .maxDetections = int32_t(attrs.maxDetections),
                      .multiLabel = attrs.multiLabel,
                      .classAgnostic = attrs.classAgnostic,
                      .maxCandidates = int32_t(attrs.maxCandidates)}};
}

static bst::MatMulParams matMulParams(const Node &node) {
  if (node.op == OpKind::MatMul)
    return {};
  const auto &gemm = node.as<GemmAttrs>();
  return {gemm.transposeA, gemm.transposeB, gemm.alpha, gemm.beta};
}

static bst::Params paramsFor(const Node &node) {
  if (auto fn = unaryFn(node.op)) {
    const auto *attrs = std::get_if<ActivationAttrs>(&node.attrs);
    return bst::FloatUnaryParams{*fn, attrs ? attrs->alpha : 0, attrs ? attrs->beta : 0};
  }
  if (auto fn = binaryFn(node.op))
    return bst::FloatBinaryParams{*fn};
  switch (node.op) {
  case OpKind::Quantize:
    return bst::QuantizeParams{};
  case OpKind::Dequantize:
    return bst::DequantizeParams{};
  case OpKind::Conv: {
    const auto &conv = node.as<ConvAttrs>();
    return bst::FloatConvParams{windowOf(conv.window), int32_t(conv.groups), conv.bounds.lo,
                                conv.bounds.hi};
  }
  case OpKind::MaxPool:
  case OpKind::AveragePool: {
    const auto &pool = node.as<PoolAttrs>();
    bst::PoolFn fn = node.op == OpKind::MaxPool ? bst::PoolFn::Max : bst::PoolFn::Average;
    return bst::FloatPoolParams{fn, windowOf(pool.window), pool.countPadding};
  }
  case OpKind::Resize:
    return bst::FloatResizeParams{node.as<ResizeAttrs>().rows, node.as<ResizeAttrs>().columns};
  case OpKind::Concat:
    return bst::FloatConcatParams{int32_t(node.as<AxisAttrs>().axis)};
  case OpKind::Slice:
    return bst::SliceParams{narrow(node.as<SliceAttrs>().start),
                            narrow(node.as<SliceAttrs>().step)};
  case OpKind::Transpose:
    return bst::TransposeParams{narrow(node.as<TransposeAttrs>().perm)};
  case OpKind::Softmax:
    return bst::SoftmaxParams{int32_t(node.as<SoftmaxAttrs>().axis)};
  case OpKind::Lrn: {
    const auto &lrn = node.as<LrnAttrs>();
    return bst::LrnParams{int32_t(lrn.size), lrn.alpha, lrn.beta, lrn.bias};
  }
  case OpKind::Pad: {
    const auto &pad = node.as<PadAttrs>();
    return bst::FloatPadParams{bst::PadMode(pad.mode), narrow(pad.begin), pad.value};
  }
  case OpKind::YoloDecode:
    return decodeParams(node.as<YoloDecodeAttrs>());
  case OpKind::Nms:
    return nmsParams(node.as<NmsAttrs>());
  default:
    return matMulParams(node);
  }
}

llvm::Expected<bst::Command> DspBackend::lower(const Node &node, LoweringContext &context) const {
  bst::Command command = commandFor(node, engine(), context, paramsFor(node));
  if (node.op == OpKind::Quantize || node.op == OpKind::Dequantize)
    return command; // Scale and zero point are in the tensors.
  // Float operators read constants as tensors, in their operand's place.
  command.inputs.clear();
  for (const Value *operand : node.inputs())
    if (operand)
      command.inputs.push_back(operand->isConstant() ? addFloatConstant(*operand, context)
                                                     : context.tensorOf(*operand));
  return command;
}

} // namespace bstc
