#include "frontend/ops/window.h"

namespace bstc {

/// Nothing real comes near it, and products of two such numbers stay inside int64.
static constexpr int64_t largestParameter = int64_t(1) << 30;

/// Copies attribute `values` into `out`, which keeps its defaults where the attribute is absent.
static llvm::Error assign(llvm::StringRef name, llvm::ArrayRef<int64_t> values, int64_t least,
                          llvm::MutableArrayRef<int64_t> out) {
  if (values.empty())
    return llvm::Error::success();
  if (values.size() != out.size())
    return makeError(Code::UnsupportedForm, name + " " + shapeText(values) + " must have " +
                                                llvm::Twine(out.size()) +
                                                " elements (only 2-D windows are supported)");
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < least || values[i] > largestParameter)
      return makeError(Code::BadAttribute, name + " " + shapeText(values) + " is out of range");
    out[i] = values[i];
  }
  return llvm::Error::success();
}

/// Extent of the dilated kernel.
static int64_t reach(const WindowAttrs &window, int axis) {
  return (window.kernel[axis] - 1) * window.dilation[axis] + 1;
}

static void padToSame(const Shape &input, bool extraAtEnd, WindowAttrs &window) {
  for (int axis = 0; axis < 2; ++axis) {
    int64_t in = input[2 + axis], stride = window.stride[axis];
    int64_t out = (in + stride - 1) / stride;
    int64_t total = std::max<int64_t>((out - 1) * stride + reach(window, axis) - in, 0);
    window.padBegin[axis] = extraAtEnd ? total / 2 : total - total / 2;
    window.padEnd[axis] = total - window.padBegin[axis];
  }
}

static llvm::Error readPads(AttributeReader &reader, const Shape &input, WindowAttrs &window) {
  std::string mode = reader.text("auto_pad", "NOTSET");
  int64_t pads[4] = {};
  if (llvm::Error error = assign("pads", reader.integers("pads"), 0, pads))
    return error;
  if (mode == "NOTSET") {
    std::copy_n(pads, 2, window.padBegin);
    std::copy_n(pads + 2, 2, window.padEnd);
    return llvm::Error::success();
  }
  if (pads[0] || pads[1] || pads[2] || pads[3])
    return makeError(Code::BadAttribute, "pads and auto_pad = " + mode + " exclude each other");
  if (mode == "SAME_UPPER" || mode == "SAME_LOWER")
    padToSame(input, mode == "SAME_UPPER", window);
  else if (mode != "VALID")
    return makeError(Code::BadAttribute, "auto_pad = " + mode + " is not one of ONNX's");
  return llvm::Error::success();
}

llvm::Error readWindow(AttributeReader &reader, const Shape &input, llvm::ArrayRef<int64_t> kernel,
                       WindowAttrs &window) {
  std::vector<int64_t> given = reader.integers("kernel_shape");
  if (given.empty() && kernel.empty())
    return makeError(Code::BadAttribute, "attribute 'kernel_shape' is missing");
  if (!given.empty() && !kernel.empty() && kernel != llvm::makeArrayRef(given))
    return makeError(Code::BadAttribute, "kernel_shape " + shapeText(given) +
                                             " differs from that of the weights, " +
                                             shapeText(kernel));
  if (given.empty())
    given = kernel.vec();
  if (llvm::Error error = assign("kernel_shape", given, 1, window.kernel))
    return error;
  if (llvm::Error error = assign("strides", reader.integers("strides"), 1, window.stride))
    return error;
  if (llvm::Error error = assign("dilations", reader.integers("dilations"), 1, window.dilation))
    return error;
  return readPads(reader, input, window);
}

bool growToCeil(const Shape &input, WindowAttrs &window) {
  bool grew = false;
  for (int axis = 0; axis < 2; ++axis) {
    int64_t in = input[2 + axis], stride = window.stride[axis];
    int64_t room = in + window.padBegin[axis] + window.padEnd[axis] - reach(window, axis);
    if (room < 0 || room % stride == 0)
      continue;
    int64_t lastStart = (room / stride + 1) * stride;
    if (lastStart >= in + window.padBegin[axis])
      continue;
    window.padEnd[axis] += lastStart - room;
    grew = true;
  }
  return grew;
}

llvm::Expected<Shape> windowResult(const WindowAttrs &window, const Shape &input,
                                   int64_t channels) {
  Shape result = {input[0], channels};
  for (int axis = 0; axis < 2; ++axis) {
    int64_t padded = input[2 + axis] + window.padBegin[axis] + window.padEnd[axis];
    if (reach(window, axis) > padded)
      return makeError(Code::OperandMismatch,
                       "a kernel that reaches over " + llvm::Twine(reach(window, axis)) +
                           " elements does not fit into " + llvm::Twine(padded) +
                           " (padded extent of input " + shapeText(input) + ")");
    result.push_back((padded - reach(window, axis)) / window.stride[axis] + 1);
  }
  return result;
}

} // namespace bstc
