#include "ir/graph.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {

/// A float in the fewest digits that read back as the same number.
static std::string shortest(float value) {
  for (int digits = 1; digits <= 9; ++digits) {
    std::string text;
    llvm::raw_string_ostream(text) << llvm::format("%.*g", digits, double(value));
    if (std::strtof(text.c_str(), nullptr) == value || digits == 9)
      return text;
  }
  return "nan";
}

template <typename T> static void printList(llvm::raw_ostream &os, const T &list) {
  os << '[';
  const char *separator = "";
  for (auto item : list) {
    os << separator;
    if constexpr (std::is_same_v<decltype(item), float>)
      os << shortest(item);
    else
      os << item;
    separator = ",";
  }
  os << ']';
}

static void printType(llvm::raw_ostream &os, const TensorType &type) {
  os << elementTypeName(type.element);
  printList(os, type.shape);
  if (!type.quant)
    return;
  if (type.quant->perTensor())
    os << " q(" << shortest(type.quant->scale()) << ',' << type.quant->zeroPoint() << ')';
  else
    os << " q(axis=" << type.quant->axis << ",n=" << type.quant->scales.size() << ')';
}

namespace {
/// Prints the attributes of one node as "{key=value, ...}".
struct AttributePrinter {
  llvm::raw_ostream &os;
  const char *separator = " {";

  llvm::raw_ostream &key(const char *name) {
    os << separator << name << '=';
    separator = ", ";
    return os;
  }
  void pair(const char *name, const int64_t (&values)[2]) {
    key(name) << values[0] << 'x' << values[1];
  }
  template <typename T> void list(const char *name, const T &values) {
    key(name);
    printList(os, values);
  }
  void window(const WindowAttrs &window) {
    pair("kernel", window.kernel);
    pair("stride", window.stride);
    key("pads") << '[' << window.padBegin[0] << ',' << window.padBegin[1] << ',' << window.padEnd[0]
                << ',' << window.padEnd[1] << ']';
    if (window.dilation[0] != 1 || window.dilation[1] != 1)
      pair("dilation", window.dilation);
  }
  void bounds(const Bounds &bounds) {
    if (!bounds.none())
      key("clamp") << '[' << shortest(bounds.lo) << ',' << shortest(bounds.hi) << ']';
  }

  void operator()(std::monostate) {}
  void operator()(const ConvAttrs &a) {
    window(a.window);
    if (a.groups != 1)
      key("groups") << a.groups;
    bounds(a.bounds);
  }
  void operator()(const ElementwiseAttrs &a) { bounds(a.bounds); }
  void operator()(const ActivationAttrs &a) {
    key("alpha") << shortest(a.alpha);
    key("beta") << shortest(a.beta);
  }
  void operator()(const PoolAttrs &a) {
    window(a.window);
    if (a.countPadding)
      key("count_padding") << "true";
  }
  void operator()(const ResizeAttrs &a) { key("to") << a.rows.size() << 'x' << a.columns.size(); }
  void operator()(const AxisAttrs &a) { key("axis") << a.axis; }
  void operator()(const SoftmaxAttrs &a) {
    key("axis") << a.axis;
    if (a.toLast)
      key("to_last") << "true";
  }
  void operator()(const LrnAttrs &a) {
    key("size") << a.size;
    key("alpha") << shortest(a.alpha);
    key("beta") << shortest(a.beta);
    key("bias") << shortest(a.bias);
  }
  void operator()(const ReduceAttrs &a) {
    list("axes", a.axes);
    if (a.keepDims)
      key("keep_dims") << "true";
  }
  void operator()(const PadAttrs &a) {
    constexpr const char *modes[] = {"constant", "reflect", "edge"};
    list("begin", a.begin);
    list("end", a.end);
    key("mode") << modes[a.mode];
    if (a.mode == PadAttrs::Constant)
      key("value") << shortest(a.value);
  }
  void operator()(const SplitAttrs &a) {
    key("axis") << a.axis;
    list("sizes", a.sizes);
  }
  void operator()(const SliceAttrs &a) {
    list("start", a.start);
    list("step", a.step);
  }
  void operator()(const TransposeAttrs &a) { list("perm", a.perm); }
  void operator()(const BatchNormAttrs &a) { key("epsilon") << shortest(a.epsilon); }
  void operator()(const GemmAttrs &a) {
    key("trans") << int(a.transposeA) << int(a.transposeB);
    key("alpha") << shortest(a.alpha);
    key("beta") << shortest(a.beta);
  }
  void operator()(const CastAttrs &a) { key("to") << elementTypeName(a.to); }
  void operator()(const AxesAttrs &a) { list("axes", a.axes); }
  void operator()(const ConstantAttrs &a) { printType(key("value"), TensorType(a.value->type)); }
  void operator()(const YoloDecodeAttrs &a) {
    key("classes") << a.classes;
    key("masks") << a.masks;
    list("strides", a.strides);
    list("anchors", a.anchors);
  }
  void operator()(const NmsAttrs &a) {
    key("classes") << a.classes;
    key("masks") << a.masks;
    key("confidence") << shortest(a.confidence);
    key("iou") << llvm::format("%g", a.iou);
    key("most") << a.maxDetections;
    if (a.multiLabel)
      key("multi_label") << 1;
    if (a.classAgnostic)
      key("class_agnostic") << 1;
  }
  void operator()(const PictureAttrs &a) {
    if (!a.tables.empty()) {
      key("tables") << a.tables.size() / 256;
    } else {
      list("mean", llvm::map_range(a.mean, [](double v) { return float(v); }));
      list("scale", llvm::map_range(a.scale, [](double v) { return float(v); }));
    }
    if (a.reversed)
      key("reversed") << 1;
  }
  void operator()(const Nv12Attrs &a) {
    if (a.fullRange)
      key("full_range") << 1;
  }
  void operator()(const ReorderAttrs &a) {
    list("perm", a.perm);
    if (a.toFile)
      key("to_file") << 1;
  }
  void operator()(const DetectAttrs &a) {
    (*this)(a.nms);
    list("strides", a.decode.strides);
    list("anchors", a.decode.anchors);
    list("thresholds", a.thresholds);
    if (a.objectnessFirst)
      key("objectness_first") << 1;
  }
};
} // namespace

static void printOperand(llvm::raw_ostream &os, const Value *value) {
  if (!value)
    os << '_';
  else if (value->isConstant()) {
    os << '@' << value->name << ':';
    printType(os, value->type);
  } else
    os << '%' << value->name;
}

static void printNode(llvm::raw_ostream &os, const Node &node) {
  os << "  ";
  const char *separator = "";
  for (const Value *result : node.outputs()) {
    os << separator << '%' << result->name << ':';
    printType(os, result->type);
    separator = ", ";
  }
  os << " = " << opInfo(node.op).text << '(';
  separator = "";
  for (const Value *operand : node.inputs()) {
    os << separator;
    printOperand(os, operand);
    separator = ", ";
  }
  os << ')';
  AttributePrinter printer{os};
  std::visit([&](const auto &attrs) { printer(attrs); }, node.attrs);
  if (printer.separator[0] == ',')
    os << '}';
  if (node.placement)
    os << "  // " << engineName(node.placement->engine) << ": " << node.placement->reason;
  os << '\n';
}

void print(const Graph &graph, llvm::raw_ostream &os) {
  os << "graph \"" << graph.name << "\" {\n";
  for (const Value *input : graph.inputs()) {
    os << "  input %" << input->name << ':';
    printType(os, input->type);
    os << '\n';
  }
  for (const auto &node : graph.nodes())
    printNode(os, *node);
  for (const Value *output : graph.outputs())
    os << "  output " << (output->isConstant() ? '@' : '%') << output->name << '\n';
  os << "}\n";
}

std::string toString(const Graph &graph) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  print(graph, stream);
  return stream.str();
}

} // namespace bstc
