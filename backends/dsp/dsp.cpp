#include "backends/dsp/dsp.h"

#include "backends/lowering.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <optional>

namespace bstc {

namespace {
struct BinaryRow {
  OpKind op;
  bst::BinaryFn fn;
};
} // namespace

static constexpr BinaryRow binaryRows[] = {
    {OpKind::Add, bst::BinaryFn::Add}, {OpKind::Sub, bst::BinaryFn::Sub},
    {OpKind::Mul, bst::BinaryFn::Mul}, {OpKind::Div, bst::BinaryFn::Div},
    {OpKind::Pow, bst::BinaryFn::Pow}, {OpKind::Max, bst::BinaryFn::Max},
    {OpKind::Min, bst::BinaryFn::Min},
};

static constexpr std::optional<bst::UnaryFn> unaryFn(OpKind op) {
  switch (op) {
#define BST_ACTIVATION(kind, ...)                                                                  \
  case OpKind::kind:                                                                               \
    return bst::UnaryFn::kind;
#include "runtime/program/activations.def"
  default:
    return std::nullopt;
  }
}

static constexpr std::optional<bst::BinaryFn> binaryFn(OpKind op) {
  for (const BinaryRow &row : binaryRows)
    if (row.op == op)
      return row.fn;
  return std::nullopt;
}

static bool isFloatNode(const Node &node) {
  auto isFloat = [](const Value *value) { return !value || value->type.isFloat(); };
  return llvm::all_of(node.inputs(), isFloat) && llvm::all_of(node.outputs(), isFloat);
}

static bool perTensorInt8(const TensorType &type) {
  return type.isQuantised() && type.quant->perTensor();
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

static bst::FloatPictureParams floatPictureParams(const PictureAttrs &attrs) {
  bst::FloatPictureParams params;
  params.reversed = attrs.reversed;
  for (size_t c = 0; c < attrs.mean.size(); ++c)
    for (int value = 0; value < 256; ++value)
      params.table.push_back(float((double(value) - attrs.mean[c]) * attrs.scale[c]));
  return params;
}

static bst::DetectParams detectParams(const DetectAttrs &attrs) {
  return {decodeParams(attrs.decode), nmsParams(attrs.nms).options, attrs.thresholds,
          attrs.objectnessFirst};
}

static bst::MatMulParams matMulParams(const Node &node) {
  if (node.op == OpKind::MatMul)
    return {};
  const auto &gemm = node.as<GemmAttrs>();
  return {gemm.transposeA, gemm.transposeB, gemm.alpha, gemm.beta};
}

static bst::PadMode padMode(PadAttrs::Mode mode) {
  switch (mode) {
  case PadAttrs::Constant:
    return bst::PadMode::Constant;
  case PadAttrs::Reflect:
    return bst::PadMode::Reflect;
  case PadAttrs::Edge:
    return bst::PadMode::Edge;
  }
  llvm_unreachable("a mode of PadAttrs");
}

static bst::Params convParams(const Node &node) {
  const auto &conv = node.as<ConvAttrs>();
  return bst::FloatConvParams{windowOf(conv.window), int32_t(conv.groups), conv.bounds.lo,
                              conv.bounds.hi};
}

static bst::Params poolParams(const Node &node, bst::PoolFn fn) {
  const auto &pool = node.as<PoolAttrs>();
  return bst::FloatPoolParams{fn, windowOf(pool.window), pool.countPadding};
}

static bst::Params lrnParams(const LrnAttrs &lrn) {
  return bst::LrnParams{int32_t(lrn.size), lrn.alpha, lrn.beta, lrn.bias};
}

namespace {
/// How DSP runs an operator, but for the functions of one and of two elements (unaryFn, binaryFn).
struct FloatForm {
  OpKind op;
  bool isMap; ///< Needs a rank-4 NCHW tensor.
  bst::Params (*lower)(const Node &node);
};
} // namespace

static constexpr FloatForm floatForms[] = {
    {OpKind::Conv, true, convParams},
    {OpKind::MaxPool, true, [](const Node &n) { return poolParams(n, bst::PoolFn::Max); }},
    {OpKind::AveragePool, true, [](const Node &n) { return poolParams(n, bst::PoolFn::Average); }},
    {OpKind::Resize, true,
     [](const Node &n) -> bst::Params {
       return bst::FloatResizeParams{n.as<ResizeAttrs>().rows, n.as<ResizeAttrs>().columns};
     }},
    {OpKind::Concat, false,
     [](const Node &n) -> bst::Params {
       return bst::FloatConcatParams{int32_t(n.as<AxisAttrs>().axis)};
     }},
    {OpKind::Slice, false,
     [](const Node &n) -> bst::Params {
       return bst::SliceParams{narrow(n.as<SliceAttrs>().start), narrow(n.as<SliceAttrs>().step)};
     }},
    {OpKind::Transpose, false,
     [](const Node &n) -> bst::Params {
       return bst::TransposeParams{narrow(n.as<TransposeAttrs>().perm)};
     }},
    {OpKind::Softmax, false,
     [](const Node &n) -> bst::Params {
       return bst::SoftmaxParams{int32_t(n.as<SoftmaxAttrs>().axis)};
     }},
    {OpKind::Lrn, false, [](const Node &n) { return lrnParams(n.as<LrnAttrs>()); }},
    {OpKind::Pad, false,
     [](const Node &n) -> bst::Params {
       const auto &pad = n.as<PadAttrs>();
       return bst::FloatPadParams{padMode(pad.mode), narrow(pad.begin), pad.value};
     }},
    {OpKind::MatMul, false, [](const Node &n) -> bst::Params { return matMulParams(n); }},
    {OpKind::Gemm, false, [](const Node &n) -> bst::Params { return matMulParams(n); }},
};

/// Null where there is none.
static const FloatForm *floatFormOf(OpKind op) {
  const FloatForm *form =
      llvm::find_if(floatForms, [op](const FloatForm &f) { return f.op == op; });
  return form == std::end(floatForms) ? nullptr : form;
}

/// What DSP runs a float node as, or why it cannot.
static Answer queryFloat(const Node &node) {
  if (!isFloatNode(node))
    return Answer::no("DSP computes on f32 only");
  const FloatForm *form = floatFormOf(node.op);
  if (!form && !unaryFn(node.op) && !binaryFn(node.op))
    return Answer::no(std::string("no float form of ") + opInfo(node.op).text);
  if (form && form->isMap && node.output()->type.rank() != 4)
    return Answer::no("needs a rank-4 NCHW tensor");
  return Answer::yes(std::string("float ") + opInfo(node.op).text);
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
  case OpKind::Picture:
    return node.output()->type.isFloat() ? Answer::yes("8-bit picture to floats")
                                         : Answer::no("makes only floats of pictures");
  case OpKind::Nv12:
    return Answer::yes("NV12 to red, green, blue");
  case OpKind::Reorder:
    return Answer::yes("bytes into another order");
  case OpKind::Detect:
    return Answer::yes("detection on int8 heads");
  default:
    return queryFloat(node);
  }
}

static llvm::Expected<bst::Params> paramsFor(const Node &node) {
  if (auto fn = unaryFn(node.op)) {
    const auto *attrs = std::get_if<ActivationAttrs>(&node.attrs);
    return bst::FloatUnaryParams{*fn, attrs ? attrs->alpha : 0, attrs ? attrs->beta : 0};
  }
  if (auto fn = binaryFn(node.op))
    return bst::FloatBinaryParams{*fn};
  if (const FloatForm *form = floatFormOf(node.op))
    return form->lower(node);
  switch (node.op) {
  case OpKind::Quantize:
    return bst::QuantizeParams{int32_t(quantizeBlock(node))};
  case OpKind::Dequantize:
    return bst::DequantizeParams{};
  case OpKind::YoloDecode:
    return decodeParams(node.as<YoloDecodeAttrs>());
  case OpKind::Nms:
    return nmsParams(node.as<NmsAttrs>());
  case OpKind::Picture:
    return floatPictureParams(node.as<PictureAttrs>());
  case OpKind::Nv12:
    return bst::Nv12Params{node.as<Nv12Attrs>().fullRange};
  case OpKind::Reorder:
    return bst::TransposeParams{narrow(node.as<ReorderAttrs>().perm)};
  case OpKind::Detect:
    return detectParams(node.as<DetectAttrs>());
  default:
    return makeError(Code::Internal,
                     "node '" + node.name + "': DSP has no form of " + opInfo(node.op).text);
  }
}

/// Commands take matrices and stacks of them. MatMul's vectors, which stand for a row or a column,
/// are evaluated where they are constant, but have no form on the device.
static llvm::Error checkMatrices(const Node &node) {
  if (node.op != OpKind::MatMul)
    return llvm::Error::success();
  for (unsigned i = 0; i < 2; ++i)
    if (node.input(i)->type.shape.size() < 2)
      return makeError(Code::UnsupportedForm,
                       "node '" + node.name + "': MatMul takes matrices only, but its input " +
                           llvm::Twine(i) + " is a vector; give it a second dimension");
  return llvm::Error::success();
}

llvm::Expected<bst::Command> DspBackend::lower(const Node &node, LoweringContext &context) const {
  if (llvm::Error error = checkMatrices(node))
    return error;
  llvm::Expected<bst::Params> params = paramsFor(node);
  if (!params)
    return params.takeError();
  bst::Command command = commandFor(node, engine(), context, std::move(*params));
  if (node.op == OpKind::Quantize || node.op == OpKind::Dequantize)
    return command; // Scale and zero point are in the tensors.
  if (node.op == OpKind::Picture) {
    command.inputs = {context.pictureOf(*node.input(0))};
    return command;
  }
  // Float operators read constants as tensors, in their operand's place.
  command.inputs.clear();
  for (const Value *operand : node.inputs())
    if (operand)
      command.inputs.push_back(operand->isConstant() ? addFloatConstant(*operand, context)
                                                     : context.tensorOf(*operand));
  return command;
}

} // namespace bstc
