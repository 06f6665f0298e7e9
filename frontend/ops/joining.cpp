// Concat, Split, Slice: parts of tensors put together and taken apart.
#include "frontend/ops/support.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <onnx/onnx_pb.h>

namespace bstc {

static llvm::Error importConcat(AttributeReader &reader, Node &node) {
  if (llvm::Error error = expectOperands(node, 1, std::numeric_limits<unsigned>::max()))
    return error;
  if (llvm::is_contained(node.inputs(), nullptr))
    return makeError(Code::OperandCount, "an input is left empty, but is not optional");
  if (!reader.has("axis"))
    return makeError(Code::BadAttribute, "attribute 'axis' is missing");
  auto axis = resolveAxis(reader.integer("axis", 0), node.input(0)->type.rank());
  if (!axis)
    return axis.takeError();
  node.attrs = AxisAttrs{*axis};
  return reader.finish();
}

/// `count` parts as equal as ONNX asks for.
static llvm::Expected<std::vector<int64_t>> equalParts(int64_t extent, int64_t count) {
  if (count == 0 || extent % count != 0)
    return makeError(Code::BadAttribute, "an extent of " + llvm::Twine(extent) +
                                             " cannot be split into " + llvm::Twine(count) +
                                             " equal parts");
  return std::vector<int64_t>(count, extent / count);
}

static llvm::Expected<std::vector<int64_t>> readPartSizes(AttributeReader &reader, int64_t opset,
                                                          int64_t extent, int64_t parts,
                                                          const Node &node) {
  if (node.input(1))
    return constantIntegers(node, 1, "part sizes");
  if (opset < 13 && reader.has("split"))
    return reader.integers("split");
  return equalParts(extent, parts);
}

static llvm::Error importSplit(AttributeReader &reader, int64_t opset, int64_t parts, Node &node) {
  if (llvm::Error error = expectOperands(node, 1, opset < 13 ? 1 : 2))
    return error;
  const Shape &shape = node.input(0)->type.shape;
  auto axis = resolveAxis(reader.integer("axis", 0), shape.size());
  if (!axis)
    return axis.takeError();
  auto sizes = readPartSizes(reader, opset, shape[*axis], parts, node);
  if (!sizes)
    return sizes.takeError();
  if (int64_t(sizes->size()) != parts)
    return makeError(Code::OperandCount,
                     "has " + llvm::Twine(parts) + " outputs, but part sizes " + shapeText(*sizes));
  node.attrs = SplitAttrs{*axis, *sizes};
  return reader.finish();
}

/// One axis of a Slice, counted and clamped as ONNX says. Returns the extent of the result.
static int64_t clampRange(int64_t extent, int64_t step, int64_t &start, int64_t end) {
  int64_t last = step > 0 ? extent : extent - 1;
  start = std::clamp<int64_t>(start < 0 ? start + extent : start, 0, std::max<int64_t>(last, 0));
  end = std::clamp<int64_t>(end < 0 ? end + extent : end, step > 0 ? 0 : -1, last);
  if (step > 0)
    return end > start ? (end - start - 1) / step + 1 : 0;
  return end < start ? (start - end - 1) / -step + 1 : 0;
}

/// The four lists of a Slice, the last two with their defaults.
struct SliceLists {
  std::vector<int64_t> starts, ends, axes, steps;
};

/// Attributes before opset 10, when there were no steps; operands since.
static llvm::Error readSliceOperands(AttributeReader &reader, int64_t opset, const Node &node,
                                     SliceLists &lists) {
  if (llvm::Error error = expectOperands(node, opset < 10 ? 1 : 3, opset < 10 ? 1 : 5))
    return error;
  if (opset < 10) {
    lists = {reader.integers("starts"), reader.integers("ends"), reader.integers("axes"), {}};
    return llvm::Error::success();
  }
  std::vector<int64_t> *fields[] = {&lists.starts, &lists.ends, &lists.axes, &lists.steps};
  const char *roles[] = {"starts", "ends", "axes", "steps"};
  for (unsigned i = 0; i < 4; ++i) {
    if (i >= 2 && !node.input(1 + i))
      continue;
    auto values = constantIntegers(node, 1 + i, roles[i]);
    if (!values)
      return values.takeError();
    *fields[i] = *values;
  }
  return llvm::Error::success();
}

static llvm::Expected<SliceLists> readSliceLists(AttributeReader &reader, int64_t opset,
                                                 const Node &node) {
  SliceLists lists;
  if (llvm::Error error = readSliceOperands(reader, opset, node, lists))
    return error;
  bool hasAxes = opset < 10 ? reader.has("axes") : node.input(3) != nullptr;
  if (!hasAxes) {
    lists.axes.resize(lists.starts.size());
    std::iota(lists.axes.begin(), lists.axes.end(), 0);
  }
  if (!node.input(4))
    lists.steps.assign(lists.starts.size(), 1);
  for (const auto *field : {&lists.ends, &lists.axes, &lists.steps})
    if (field->size() != lists.starts.size())
      return makeError(Code::BadAttribute, "starts, ends, axes and steps have different lengths");
  return lists;
}

static llvm::Error importSlice(AttributeReader &reader, int64_t opset, Node &node) {
  auto lists = readSliceLists(reader, opset, node);
  if (!lists)
    return lists.takeError();
  const TensorType &x = node.input(0)->type;
  if (auto distinct = resolveAxes(lists->axes, x.rank()); !distinct)
    return distinct.takeError();
  SliceAttrs attrs{std::vector<int64_t>(x.shape.size(), 0),
                   std::vector<int64_t>(x.shape.size(), 1),
                   {x.shape.begin(), x.shape.end()}};
  for (size_t i = 0; i < lists->axes.size(); ++i) {
    int64_t axis = llvm::cantFail(resolveAxis(lists->axes[i], x.rank()));
    int64_t start = lists->starts[i], step = lists->steps[i];
    if (step == 0 || step == std::numeric_limits<int64_t>::min())
      return makeError(Code::BadAttribute, "a step of " + llvm::Twine(step) + " is not possible");
    attrs.extent[axis] = clampRange(x.shape[axis], step, start, lists->ends[i]);
    attrs.start[axis] = start;
    attrs.step[axis] = attrs.extent[axis] > 1 ? step : 1; // One element has no next.
  }
  node.attrs = attrs;
  return reader.finish();
}

llvm::Error importJoining(const onnx::NodeProto &proto, int64_t opset, Node &node) {
  AttributeReader reader(proto);
  if (node.op == OpKind::Concat)
    return importConcat(reader, node);
  if (node.op == OpKind::Split)
    return importSplit(reader, opset, proto.output_size(), node);
  return importSlice(reader, opset, node);
}

static llvm::Error inferConcat(const Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  int64_t axis = node.as<AxisAttrs>().axis;
  TensorType joined = node.input(0)->type;
  joined.shape[axis] = 0;
  for (const Value *input : node.inputs()) {
    Shape rest = input->type.shape;
    if (input->type.element != joined.element || rest.size() != joined.shape.size())
      return makeError(Code::OperandMismatch, "'" + input->name + "' is " + typeText(input->type) +
                                                  ", which cannot be joined to " +
                                                  typeText(node.input(0)->type));
    joined.shape[axis] += rest[axis];
    rest[axis] = joined.shape[axis];
    if (rest != joined.shape)
      return makeError(Code::OperandMismatch, "'" + input->name + "' is " + typeText(input->type) +
                                                  ", which does not fit " +
                                                  typeText(node.input(0)->type) +
                                                  " outside of axis " + llvm::Twine(axis));
    if (!(input->type.quant == joined.quant) || (joined.quant && !joined.quant->perTensor()))
      joined.quant.reset();
  }
  results.push_back(joined);
  return llvm::Error::success();
}

static llvm::Error inferSplit(const Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const SplitAttrs &attrs = node.as<SplitAttrs>();
  const TensorType &x = node.input(0)->type;
  int64_t left = x.shape[attrs.axis];
  for (int64_t size : attrs.sizes) {
    if (size < 0 || size > left)
      break;
    left -= size;
    Shape shape = x.shape;
    shape[attrs.axis] = size;
    results.push_back(movedType(x, shape));
  }
  if (left != 0 || results.size() != attrs.sizes.size())
    return makeError(Code::BadAttribute, "part sizes " + shapeText(attrs.sizes) +
                                             " do not add up to axis " + llvm::Twine(attrs.axis) +
                                             " of " + typeText(x));
  return llvm::Error::success();
}

llvm::Error inferJoining(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  if (node.op == OpKind::Concat)
    return inferConcat(node, results);
  if (node.op == OpKind::Split)
    return inferSplit(node, results);
  const std::vector<int64_t> &extent = node.as<SliceAttrs>().extent;
  results.push_back(movedType(node.input(0)->type, Shape(extent.begin(), extent.end())));
  return llvm::Error::success();
}

/// Bytes of one index of `axis` and all axes behind it.
static uint64_t sliceBytes(const ArrayType &type, int64_t axis) {
  return uint64_t(rowMajorStrides(type.shape)[axis]) * elementSize(type.element);
}

static void concat(int64_t axis, llvm::ArrayRef<const TensorData *> operands, TensorData &y) {
  std::byte *out = y.mutableValues<std::byte>().data();
  uint64_t pitch = sliceBytes(y.type, axis) * y.type.shape[axis];
  for (const TensorData *x : operands) {
    uint64_t chunk = sliceBytes(x->type, axis) * x->type.shape[axis];
    for (uint64_t i = 0; i * chunk < x->size(); ++i)
      std::memcpy(out + i * pitch, x->data() + i * chunk, chunk);
    out += chunk;
  }
}

llvm::Error evaluateJoining(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                            llvm::MutableArrayRef<TensorData *> results) {
  if (node.op == OpKind::Concat) {
    concat(node.as<AxisAttrs>().axis, operands, *results[0]);
    return llvm::Error::success();
  }
  const TensorData &x = *operands[0];
  uint64_t bytes = elementSize(x.type.element);
  auto strides = rowMajorStrides(x.type.shape);
  const std::byte *source = x.data();
  if (const auto *slice = std::get_if<SliceAttrs>(&node.attrs))
    for (size_t axis = 0; axis < strides.size(); ++axis) {
      source += slice->start[axis] * strides[axis] * int64_t(bytes);
      strides[axis] *= slice->step[axis];
    }
  for (TensorData *result : results) {
    copyStrided(source, result->type.shape, strides, bytes,
                result->mutableValues<std::byte>().data());
    if (const auto *split = std::get_if<SplitAttrs>(&node.attrs))
      source += result->type.shape[split->axis] * int64_t(sliceBytes(x.type, split->axis));
  }
  return llvm::Error::success();
}

} // namespace bstc
