#include "frontend/resizing.h"

#include "frontend/ops/support.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc {

using Extents = llvm::ArrayRef<int64_t>;

static int64_t product(Extents extents) {
  int64_t result = 1;
  for (int64_t extent : extents)
    result *= extent;
  return result;
}

/// The shape into which `from` is reshaped, given that `fromBefore` was reshaped into `toBefore`:
/// both sides are cut into the smallest groups of equal products. None where a group that changes
/// has several extents on the right side.
static std::optional<Shape> reshapedLike(Extents fromBefore, Extents toBefore, Extents from) {
  Shape result;
  size_t i = 0, j = 0;
  while (i < fromBefore.size() || j < toBefore.size()) {
    const size_t beginFrom = i, beginTo = j;
    int64_t left = i < fromBefore.size() ? fromBefore[i++] : 1;
    int64_t right = j < toBefore.size() ? toBefore[j++] : 1;
    while (left != right)
      if (left < right && i < fromBefore.size())
        left *= fromBefore[i++];
      else if (j < toBefore.size())
        right *= toBefore[j++];
      else
        return std::nullopt;
    const int64_t now = product(from.slice(beginFrom, i - beginFrom));
    const Extents group = toBefore.slice(beginTo, j - beginTo);
    if (now == left)
      result.append(group.begin(), group.end());
    else if (group.size() == 1)
      result.push_back(now);
    else
      return std::nullopt;
  }
  return result;
}

/// `data` with `extent` elements along `axis`, where it is an affine function of the index along
/// it; null where it is not.
static TensorDataRef continued(const TensorData &data, int64_t axis, int64_t extent) {
  ArrayType type = data.type;
  const int64_t before = type.shape[axis];
  const int64_t inner = product(Extents(type.shape).drop_front(axis + 1));
  type.shape[axis] = extent;
  auto result = std::make_shared<TensorData>(type);
  const auto values = result->mutableValues<float>();
  for (int64_t outer = 0; outer < product(Extents(type.shape).take_front(axis)); ++outer)
    for (int64_t lane = 0; lane < inner; ++lane) {
      const auto at = [&](int64_t index) {
        return data.at((outer * before + index) * inner + lane);
      };
      const double first = at(0), step = before > 1 ? at(1) - first : 0;
      for (int64_t index = 0; index < before; ++index)
        if (double line = first + step * double(index);
            !(std::abs(at(index) - line) <= 1e-4 * std::max(1.0, std::abs(line))))
          return nullptr;
      for (int64_t index = 0; index < extent; ++index)
        values[(outer * extent + index) * inner + lane] = float(first + step * double(index));
    }
  return result;
}

llvm::Expected<TensorType> Resizing::inputType(const TensorType &type) const {
  if (type.rank() != 4)
    return makeError(Code::NotResizable,
                     "only inputs of four dimensions (NCHW) have another size: " + typeText(type));
  TensorType result = type;
  result.shape[2] = result.shape[3] = size;
  return result;
}

void Resizing::replace(Node &node, unsigned operand, TensorDataRef data) {
  auto value = std::make_unique<Value>();
  value->name = node.input(operand)->name + "#resized" + std::to_string(constants.size());
  value->type = TensorType(data->type);
  value->data = std::move(data);
  node.setInput(operand, value.get());
  constants.push_back(std::move(value));
}

llvm::Error Resizing::adaptReshape(Node &node, const Shape &before) {
  auto wanted = constantIntegers(node, 1, "shape");
  if (!wanted)
    return wanted.takeError();
  // The shape that it was, with 0 (as in the input) and -1 (the rest) resolved.
  Shape toBefore(wanted->begin(), wanted->end());
  int64_t known = 1;
  for (size_t i = 0; i < toBefore.size(); ++i) {
    if (toBefore[i] == 0 && i < before.size())
      toBefore[i] = before[i];
    known *= toBefore[i] < 0 ? 1 : toBefore[i];
  }
  for (int64_t &extent : toBefore)
    if (extent < 0)
      extent = known > 0 ? product(before) / known : 0;
  const Shape &now = node.input(0)->type.shape;
  const std::optional<Shape> shape = reshapedLike(before, toBefore, now);
  if (!shape)
    return makeError(Code::NotResizable, "reshapes " + shapeText(before) + " to " +
                                             shapeText(toBefore) +
                                             ", which has no counterpart for " + shapeText(now));
  const auto rank = int64_t(shape->size());
  replace(node, 1,
          TensorData::make<int64_t>({ElementType::S64, {rank}, std::nullopt}, Extents(*shape)));
  return llvm::Error::success();
}

llvm::Error Resizing::adaptResize(Node &node, const Shape &before) {
  const Value *given = node.input(3);
  if (!given || !given->isConstant() || given->type.count() == 0)
    return llvm::Error::success(); // By scales: they hold for every size.
  auto sizes = constantIntegers(node, 3, "sizes");
  if (!sizes)
    return sizes.takeError();
  const Shape &now = node.input(0)->type.shape;
  if (sizes->size() != before.size())
    return llvm::Error::success(); // The shape rule says what is wrong.
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] == now[i])
      continue;
    if ((*sizes)[i] % before[i] != 0)
      return makeError(Code::NotResizable, "resizes " + shapeText(before) + " to " +
                                               shapeText(*sizes) + ", which is no whole multiple");
    (*sizes)[i] = (*sizes)[i] / before[i] * now[i];
  }
  const auto rank = int64_t(sizes->size());
  replace(node, 3,
          TensorData::make<int64_t>({ElementType::S64, {rank}, std::nullopt}, Extents(*sizes)));
  return llvm::Error::success();
}

llvm::Error Resizing::adaptElementwise(Node &node) {
  for (unsigned side : {0u, 1u}) {
    const Value *constant = node.input(side), *other = node.input(1 - side);
    if (!constant || !other || !constant->isConstant() || other->isConstant())
      continue;
    const Value *then = original.find(other->name);
    if (!then)
      continue;
    TensorDataRef data = constant->data;
    const int64_t offset = then->type.rank() - constant->type.rank();
    if (then->type.rank() != other->type.rank() || offset < 0)
      return llvm::Error::success(); // Left to the shape rule.
    for (int64_t axis = 0; axis < constant->type.rank(); ++axis) {
      const int64_t before = then->type.shape[axis + offset];
      const int64_t now = other->type.shape[axis + offset];
      if (before == now || data->type.shape[axis] == 1)
        continue;
      if (data->type.element == ElementType::F32 && data->type.shape[axis] == before)
        data = continued(*data, axis, now);
      else
        data = nullptr;
      if (!data)
        return makeError(Code::NotResizable,
                         operandText(node, side) + ", " + typeText(constant->type) +
                             ", holds numbers of its own for each cell of this size");
    }
    if (data != constant->data)
      replace(node, side, data);
  }
  return llvm::Error::success();
}

/// An end that is written down as the extent of the axis may mean "to the end", or just that
/// number.
llvm::Error Resizing::checkSlice(const Node &node, const Shape &before) const {
  const Value *ends = node.input(2), *axes = node.input(3);
  if (!ends || !ends->isConstant() || (axes && !axes->isConstant()))
    return llvm::Error::success();
  const Shape &now = node.input(0)->type.shape;
  for (int64_t i = 0; i < ends->type.count(); ++i) {
    int64_t axis = axes ? int64_t(axes->data->at(i)) : i;
    axis += axis < 0 ? int64_t(before.size()) : 0;
    if (axis < 0 || axis >= int64_t(before.size()) || before[axis] == now[axis])
      continue;
    if (const double end = ends->data->at(i); end >= 0 && end <= double(before[axis]))
      return makeError(Code::NotResizable,
                       "cuts axis " + llvm::Twine(axis) + " at " + llvm::Twine(int64_t(end)) +
                           ", which was meant for an extent of " + llvm::Twine(before[axis]));
  }
  return llvm::Error::success();
}

llvm::Error Resizing::adapt(Node &node) {
  if (node.inputs().empty() || !node.input(0))
    return llvm::Error::success();
  if (opInfo(node.op).family == llvm::StringRef("Elementwise") && node.inputs().size() == 2)
    return adaptElementwise(node);
  const Value *then = original.find(node.input(0)->name);
  if (!then || node.input(0)->isConstant() || then->type.shape == node.input(0)->type.shape)
    return llvm::Error::success();
  if (node.op == OpKind::Reshape)
    return adaptReshape(node, then->type.shape);
  if (node.op == OpKind::Resize)
    return adaptResize(node, then->type.shape);
  if (node.op == OpKind::Slice)
    return checkSlice(node, then->type.shape);
  return llvm::Error::success();
}

} // namespace bstc
