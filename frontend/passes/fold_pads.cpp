#include "frontend/passes/passes.h"
#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// Adds elements in front of and behind rows and columns of an NCHW map, and nothing else.
static bool padsMap(const Node &pad) {
  const auto &attrs = pad.as<PadAttrs>();
  auto negative = [](int64_t count) { return count < 0; };
  return attrs.mode == PadAttrs::Constant && attrs.begin.size() == 4 && !attrs.begin[0] &&
         !attrs.begin[1] && !attrs.end[0] && !attrs.end[1] &&
         llvm::none_of(attrs.begin, negative) && llvm::none_of(attrs.end, negative);
}

/// No element of `value` is below 0; a Q/DQ pair in between does not change that where 0 stays 0.
static bool isNeverNegative(const Value *value) {
  const Node *node = value->producer();
  while (node && (node->op == OpKind::Dequantize || node->op == OpKind::Quantize))
    node = node->input(0)->producer();
  if (!node)
    return false;
  if (node->op == OpKind::Clip)
    return node->as<ActivationAttrs>().alpha >= 0;
  return node->op == OpKind::Relu || node->op == OpKind::Sigmoid;
}

static bool hasPads(const WindowAttrs &window) {
  return window.padBegin[0] || window.padBegin[1] || window.padEnd[0] || window.padEnd[1];
}

static WindowAttrs widened(WindowAttrs window, const PadAttrs &pad) {
  for (int axis = 0; axis < 2; ++axis) {
    window.padBegin[axis] += pad.begin[2 + axis];
    window.padEnd[axis] += pad.end[2 + axis];
  }
  return window;
}

/// A pool's window has to see the map.
static bool seesMap(const WindowAttrs &window) {
  for (int axis = 0; axis < 2; ++axis)
    if (window.padBegin[axis] >= window.kernel[axis] || window.padEnd[axis] >= window.kernel[axis])
      return false;
  return true;
}

/// Gives the elements that `pad` adds to the window of `user`. False where they mean something
/// else there.
static bool takePad(const Node &pad, Node &user) {
  const auto &attrs = pad.as<PadAttrs>();
  const bool zeros = attrs.value == 0;
  if (auto *conv = std::get_if<ConvAttrs>(&user.attrs)) {
    if (zeros)
      conv->window = widened(conv->window, attrs);
    return zeros;
  }
  auto *pool = std::get_if<PoolAttrs>(&user.attrs);
  if (!pool || !seesMap(widened(pool->window, attrs)))
    return false;
  if (user.op == OpKind::MaxPool) {
    bool never = attrs.value == -std::numeric_limits<float>::infinity();
    if (!never && !(zeros && isNeverNegative(pad.input(0))))
      return false;
  } else {
    // These elements count. The window's own pads may not: one window cannot have both.
    if (user.op != OpKind::AveragePool || !zeros || (hasPads(pool->window) && !pool->countPadding))
      return false;
    pool->countPadding = true;
  }
  pool->window = widened(pool->window, attrs);
  return true;
}

llvm::Error foldPads(Graph &graph) {
  for (const auto &pad : graph.nodes()) {
    if (pad->op != OpKind::Pad || !padsMap(*pad))
      continue;
    llvm::SmallVector<Node *, 2> users(pad->output()->users().begin(),
                                       pad->output()->users().end());
    for (Node *user : users)
      if (user->input(0) == pad->output() && takePad(*pad, *user)) {
        user->setInput(0, pad->input(0));
        recordFused(*user, *pad);
      }
  }
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc
