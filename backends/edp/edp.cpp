#include "backends/edp/edp.h"

#include "backends/edp/tables.h"
#include "backends/lowering.h"
#include "backends/requantise.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bstc {

static std::string tableName(const Node &node) {
  return node.op == OpKind::Identity ? "rescale" : opInfo(node.op).text;
}

static std::string clampSuffix(const Node &node) {
  return node.as<ElementwiseAttrs>().bounds.none() ? "" : ", fused clamp";
}

/// What an int32 holds the sum of, whatever the zero point.
static constexpr int64_t mostAveraged = std::numeric_limits<int32_t>::max() / 255;

static int64_t windowSize(const Node &node) {
  const WindowAttrs &window = node.as<PoolAttrs>().window;
  return window.kernel[0] * window.kernel[1];
}

/// floor-shift form of the two ratios of a sum at one common shift (NUMERICS.md, "EDP", Add).
static llvm::Expected<bst::Params> lowerAdd(const Node &node) {
  double sa = node.input(0)->type.quant->scale(), sb = node.input(1)->type.quant->scale();
  double sy = node.output()->type.quant->scale();
  auto common = requantFor(std::max(sa, sb) / sy);
  if (!common)
    return common.takeError();
  bst::AddParams params;
  params.shift = common->shift;
  // The larger ratio may round up to 2^31 at this shift; requantFor then halved it.
  auto multiplierFor = [&](double ratio) {
    return int32_t(std::min<double>(std::round(std::ldexp(ratio, common->shift)), 2147483647.0));
  };
  params.multiplierA = multiplierFor(sa / sy);
  params.multiplierB = multiplierFor(sb / sy) * (node.op == OpKind::Sub ? -1 : 1);
  ClampBounds clamp = clampFor(node.output()->type, node.as<ElementwiseAttrs>().bounds);
  params.clampLo = clamp.lo;
  params.clampHi = clamp.hi;
  return params;
}

static llvm::Expected<bst::Params> lowerMul(const Node &node) {
  double sa = node.input(0)->type.quant->scale(), sb = node.input(1)->type.quant->scale();
  auto requant = requantFor(sa * sb / node.output()->type.quant->scale());
  if (!requant)
    return requant.takeError();
  ClampBounds clamp = clampFor(node.output()->type, node.as<ElementwiseAttrs>().bounds);
  return bst::MulParams{*requant, clamp.lo, clamp.hi};
}

static llvm::Expected<bst::Params> lowerConcat(const Node &node) {
  const TensorType &out = node.output()->type;
  bst::ConcatParams params;
  params.axis = int32_t(node.as<AxisAttrs>().axis);
  for (const Value *x : node.inputs()) {
    bool copy = x->type.quant == out.quant && x->type.element == out.element;
    auto requant = requantFor(double(x->type.quant->scale()) / out.quant->scale());
    if (!requant)
      return requant.takeError();
    params.copy.push_back(copy);
    params.requant.push_back(*requant);
  }
  return params;
}

/// One requantisation for each number of positions that a window may average over.
static llvm::Expected<bst::Params> lowerAveragePool(const Node &node) {
  const auto &pool = node.as<PoolAttrs>();
  const TensorType &x = node.input(0)->type, &y = node.output()->type;
  bst::AveragePoolParams params;
  params.window = windowOf(pool.window);
  params.countPadding = pool.countPadding;
  params.counts = bst::averagedCounts(params.window, pool.countPadding, x.shape[2], x.shape[3],
                                      y.shape[2], y.shape[3]);
  for (int32_t count : params.counts) {
    auto requant = requantFor(double(x.quant->scale()) / (double(y.quant->scale()) * count));
    if (!requant)
      return requant.takeError();
    params.requant.push_back(*requant);
  }
  return params;
}

static Answer answerElementwise(const Node &node) {
  return Answer::yes(std::string("int8 ") + opInfo(node.op).text + clampSuffix(node));
}

static Answer answerConcat(const Node &node) {
  const TensorType &out = node.output()->type;
  auto same = [&](const Value *x) {
    return x->type.quant == out.quant && x->type.element == out.element;
  };
  size_t rescaled = node.inputs().size() - size_t(llvm::count_if(node.inputs(), same));
  return Answer::yes("int8 concat, " + std::to_string(rescaled) + " of " +
                     std::to_string(node.inputs().size()) + " inputs rescaled");
}

static Answer answerAveragePool(const Node &node) {
  if (windowSize(node) > mostAveraged)
    return Answer::no("the int32 sum of " + std::to_string(windowSize(node)) +
                      " positions can overflow");
  return Answer::yes("int8 average pool");
}

namespace {
/// How EDP runs an operator: what it says of a quantised node, and the parameters of its command.
struct Int8Form {
  OpKind op;
  Answer (*answer)(const Node &node);
  llvm::Expected<bst::Params> (*lower)(const Node &node);
};
} // namespace

static constexpr Int8Form int8Forms[] = {
    {OpKind::Add, answerElementwise, lowerAdd},
    {OpKind::Sub, answerElementwise, lowerAdd},
    {OpKind::Mul, answerElementwise, lowerMul},
    {OpKind::Concat, answerConcat, lowerConcat},
    {OpKind::MaxPool, [](const Node &) { return Answer::yes("int8 max pool"); },
     [](const Node &node) -> llvm::Expected<bst::Params> {
       return bst::MaxPoolParams{windowOf(node.as<PoolAttrs>().window)};
     }},
    {OpKind::AveragePool, answerAveragePool, lowerAveragePool},
    {OpKind::Resize, [](const Node &) { return Answer::yes("int8 nearest resize"); },
     [](const Node &node) -> llvm::Expected<bst::Params> {
       const auto &resize = node.as<ResizeAttrs>();
       return bst::ResizeParams{resize.rows, resize.columns};
     }},
};

/// That of every operator with a table.
static constexpr Int8Form tableForm = {
    OpKind::Identity,
    [](const Node &node) { return Answer::yes(tableName(node) + " as a 256-entry table"); },
    [](const Node &node) -> llvm::Expected<bst::Params> {
      return bst::LutParams{tableName(node), buildTable(node)};
    }};

/// Null where EDP has none.
static const Int8Form *formOf(OpKind op) {
  const Int8Form *form = llvm::find_if(int8Forms, [op](const Int8Form &f) { return f.op == op; });
  if (form != std::end(int8Forms))
    return form;
  return isTableOp(op) ? &tableForm : nullptr;
}

static std::string pictureText(const Node &node) {
  const int64_t block = quantizeBlock(node);
  const std::string side = std::to_string(block);
  return "8-bit picture by tables" +
         (block > 1 ? ", in blocks of " + side + " x " + side : std::string());
}

Answer EdpBackend::query(const Node &node, const Target &) const {
  if (node.op == OpKind::Picture && node.output()->type.isQuantisedPerTensor())
    return Answer::yes(pictureText(node));
  const Int8Form *form = formOf(node.op);
  if (!form)
    return Answer::no(std::string("no int8 form of ") + opInfo(node.op).text);
  if (!isQuantisedNode(node) ||
      llvm::any_of(node.inputs(), [](const Value *operand) { return operand->isConstant(); }))
    return Answer::no(whyFloat(node));
  return form->answer(node);
}

llvm::Expected<bst::Command> EdpBackend::lower(const Node &node, LoweringContext &context) const {
  if (node.op == OpKind::Picture) {
    const auto &attrs = node.as<PictureAttrs>();
    bst::Command command =
        commandFor(node, engine(), context,
                   bst::PictureParams{attrs.tables, int32_t(quantizeBlock(node)), attrs.reversed});
    command.inputs = {context.pictureOf(*node.input(0))};
    return command;
  }
  const Int8Form *form = formOf(node.op);
  if (!form)
    return makeError(Code::Internal,
                     "node '" + node.name + "': EDP has no form of " + opInfo(node.op).text);
  auto params = form->lower(node);
  if (!params)
    return prefixError("node '" + node.name + "'", params.takeError());
  return commandFor(node, engine(), context, std::move(*params));
}

} // namespace bstc
