#include "diagnose/network/program_network.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace bstc::diagnose {
namespace {

ElementType elementOf(bst::DType dtype) {
  switch (dtype) {
  case bst::DType::S8:
    return ElementType::S8;
  case bst::DType::U8:
    return ElementType::U8;
  case bst::DType::S32:
    return ElementType::S32;
  case bst::DType::F32:
    break;
  }
  return ElementType::F32;
}

Shape shapeOf(const bst::Tensor &tensor) { return {tensor.shape.begin(), tensor.shape.end()}; }

WindowAttrs windowOf(const bst::Window &window) {
  return {{window.kernelH, window.kernelW},
          {window.strideH, window.strideW},
          {window.padTop, window.padLeft},
          {window.padBottom, window.padRight},
          {window.dilationH, window.dilationW}};
}

/// The clamp of a command in real numbers. A bound at the end of the codes is none, unless it is
/// the 0 of a ReLU.
Bounds boundsOf(const bst::Tensor &result, int32_t lo, int32_t hi) {
  Bounds bounds;
  const ElementType element = elementOf(result.dtype);
  const auto real = [&](int32_t code) { return float(code - result.zeroPoint) * result.scale; };
  if (lo > minOf(element) || lo == result.zeroPoint)
    bounds.lo = real(lo);
  if (hi < maxOf(element))
    bounds.hi = real(hi);
  return bounds;
}

/// The operator and its attributes for each kind of command.
struct Translate {
  const bst::Program &program;
  const bst::Command &command;
  Layer &layer;

  const bst::Tensor &result() const { return program.tensors[command.outputs[0]]; }
  void set(OpKind op, Attributes attrs = {}) const {
    layer.op = op;
    layer.attrs = std::move(attrs);
  }
  void operator()(const bst::ConvParams &p) const {
    set(OpKind::Conv,
        ConvAttrs{windowOf(p.window), p.groups, boundsOf(result(), p.clampLo, p.clampHi)});
  }
  void operator()(const bst::FloatConvParams &p) const {
    set(OpKind::Conv, ConvAttrs{windowOf(p.window), p.groups, {p.clampLo, p.clampHi}});
  }
  void operator()(const bst::LutParams &p) const {
    set(OpKind::Erf); // A function that has no name here.
    for (const OpInfo &info : allOps())
      if (p.function == info.text)
        set(info.kind, ActivationAttrs{});
  }
  void operator()(const bst::AddParams &p) const {
    set(p.multiplierB < 0 ? OpKind::Sub : OpKind::Add,
        ElementwiseAttrs{boundsOf(result(), p.clampLo, p.clampHi)});
  }
  void operator()(const bst::MulParams &p) const {
    set(OpKind::Mul, ElementwiseAttrs{boundsOf(result(), p.clampLo, p.clampHi)});
  }
  void operator()(const bst::ConcatParams &p) const { set(OpKind::Concat, AxisAttrs{p.axis}); }
  void operator()(const bst::FloatConcatParams &p) const { set(OpKind::Concat, AxisAttrs{p.axis}); }
  void operator()(const bst::MaxPoolParams &p) const {
    set(OpKind::MaxPool, PoolAttrs{windowOf(p.window)});
  }
  void operator()(const bst::AveragePoolParams &p) const {
    set(OpKind::AveragePool, PoolAttrs{windowOf(p.window), p.countPadding});
  }
  void operator()(const bst::FloatPoolParams &p) const {
    set(p.fn == bst::PoolFn::Max ? OpKind::MaxPool : OpKind::AveragePool,
        PoolAttrs{windowOf(p.window), p.countPadding});
  }
  void operator()(const bst::ResizeParams &) const { set(OpKind::Resize, ResizeAttrs{}); }
  void operator()(const bst::FloatResizeParams &) const { set(OpKind::Resize, ResizeAttrs{}); }
  void operator()(const bst::FloatUnaryParams &p) const {
    static constexpr OpKind functions[] = {
#define BST_ACTIVATION(kind, ...) OpKind::kind,
#include "runtime/program/activations.def"
    };
    set(functions[size_t(p.fn)], ActivationAttrs{p.alpha, p.beta});
  }
  void operator()(const bst::FloatBinaryParams &p) const {
    static constexpr OpKind functions[] = {OpKind::Add, OpKind::Sub, OpKind::Mul, OpKind::Div,
                                           OpKind::Pow, OpKind::Max, OpKind::Min};
    set(functions[size_t(p.fn)], ElementwiseAttrs{});
  }
  void operator()(const bst::TransposeParams &p) const {
    set(OpKind::Transpose, TransposeAttrs{{p.perm.begin(), p.perm.end()}});
  }
  void operator()(const bst::SliceParams &p) const {
    set(OpKind::Slice,
        SliceAttrs{{p.start.begin(), p.start.end()}, {p.step.begin(), p.step.end()}, {}});
  }
  void operator()(const bst::SoftmaxParams &p) const { set(OpKind::Softmax, SoftmaxAttrs{p.axis}); }
  void operator()(const bst::MatMulParams &p) const {
    set(OpKind::Gemm, GemmAttrs{p.transposeA, p.transposeB, p.alpha, p.beta});
  }
  void operator()(const bst::FloatPadParams &p) const {
    set(OpKind::Pad,
        PadAttrs{{p.begin.begin(), p.begin.end()}, {}, PadAttrs::Mode(int(p.mode)), p.value});
  }
  void operator()(const bst::LrnParams &p) const {
    set(OpKind::Lrn, LrnAttrs{p.size, p.alpha, p.beta, p.bias});
  }
  static YoloDecodeAttrs decodeOf(const bst::YoloDecodeParams &p) {
    return {p.anchorsPerLevel, p.classes, p.masks, p.strides, p.anchors};
  }
  void operator()(const bst::YoloDecodeParams &p) const { set(OpKind::YoloDecode, decodeOf(p)); }
  void operator()(const bst::DetectParams &p) const { set(OpKind::YoloDecode, decodeOf(p.decode)); }
  void operator()(const bst::NmsParams &p) const {
    NmsAttrs attrs;
    attrs.classes = p.classes;
    attrs.masks = p.masks;
    attrs.confidence = p.options.confidence;
    attrs.iou = p.options.iou;
    attrs.maxDetections = p.options.maxDetections;
    set(OpKind::Nms, attrs);
  }
  void operator()(const bst::PictureParams &) const { set(OpKind::Picture); }
  void operator()(const bst::FloatPictureParams &) const { set(OpKind::Picture); }
  void operator()(const bst::Nv12Params &) const { set(OpKind::Nv12); }
  void operator()(const bst::QuantizeParams &) const { set(OpKind::Quantize); }
  void operator()(const bst::DequantizeParams &) const { set(OpKind::Dequantize); }
};

class Reader {
public:
  Reader(const bst::Program &program, llvm::StringRef source) : program(program) {
    network.source = source.str();
  }

  Network read() {
    writers.assign(program.tensors.size(), {});
    for (const uint32_t index : program.inputs) {
      const bst::Tensor &tensor = program.tensors[index];
      Wire wire;
      wire.input = int(network.inputs.size());
      write(index, wire);
      network.inputs.push_back(
          {tensor.name, TensorType(elementOf(tensor.dtype), shapeOf(tensor), std::nullopt)});
    }
    for (const bst::Command &command : program.commands)
      add(command);
    for (const uint32_t index : program.outputs) {
      network.outputs.push_back(wireOf(index));
      network.outputNames.push_back(program.tensors[index].name);
    }
    for (size_t i = 0; i < network.layers.size(); ++i)
      for (const Wire &wire : network.layers[i].inputs)
        if (wire.layer >= 0) {
          std::vector<int> &readers = network.layers[size_t(wire.layer)].readers[wire.result];
          if (!llvm::is_contained(readers, int(i)))
            readers.push_back(int(i));
        }
    network.quantised = llvm::any_of(program.tensors, [](const bst::Tensor &t) {
      return t.scale > 0 && t.storage == bst::Storage::Arena;
    });
    return std::move(network);
  }

private:
  /// What lies in a tensor's bytes now, and since which command.
  struct Written {
    std::optional<Wire> wire;
    size_t time = 0;
  };

  void write(uint32_t index, Wire wire) { writers[index] = {std::move(wire), ++clock}; }

  /// A tensor's value is the one that was written last to exactly its bytes: that of another name
  /// (a reshape) where it has no writer of its own.
  const Written *writerOf(uint32_t index) const {
    if (writers[index].wire)
      return &writers[index];
    const bst::Tensor &tensor = program.tensors[index];
    const Written *last = nullptr;
    for (size_t i = 0; i < writers.size(); ++i) {
      const bst::Tensor &other = program.tensors[i];
      if (writers[i].wire && other.offset == tensor.offset && other.size == tensor.size &&
          (!last || writers[i].time > last->time))
        last = &writers[i];
    }
    return last;
  }

  Wire wireOf(uint32_t index) const {
    const bst::Tensor &tensor = program.tensors[index];
    Wire wire;
    if (tensor.storage == bst::Storage::Weights) {
      wire.constant = constantOf(tensor);
    } else if (const Written *writer = writerOf(index)) {
      wire = *writer->wire;
      if (tensor.scale > 0 && wire.pairs.empty()) {
        Pair pair;
        pair.element = elementOf(tensor.dtype);
        pair.written = pair.read = {{tensor.scale}, {tensor.zeroPoint}, -1};
        pair.leastCode = minOf(pair.element);
        pair.greatestCode = maxOf(pair.element);
        wire.pairs.push_back(std::move(pair));
      }
    }
    wire.value = tensor.name;
    return wire;
  }

  TensorDataRef constantOf(const bst::Tensor &tensor) const {
    if (tensor.dtype != bst::DType::F32)
      return nullptr;
    std::vector<float> values(size_t(bst::elementCount(tensor)));
    std::memcpy(values.data(), program.weights + tensor.offset, values.size() * sizeof(float));
    return TensorData::make<float>({ElementType::F32, shapeOf(tensor)}, values);
  }

  /// Quantize and Dequantize are part of a wire.
  bool isConversion(const bst::Command &command) const {
    return std::holds_alternative<bst::QuantizeParams>(command.params) ||
           std::holds_alternative<bst::DequantizeParams>(command.params);
  }

  void add(const bst::Command &command) {
    if (isConversion(command)) {
      write(command.outputs[0], wireOf(command.inputs[0]));
      return;
    }
    Layer layer;
    std::visit(Translate{program, command, layer}, command.params);
    layer.node = command.name;
    layer.path = layerPath(command.name);
    for (size_t i = 0; i < command.inputs.size(); ++i)
      if (!addWeights(command, i, layer))
        layer.inputs.push_back(wireOf(command.inputs[i]));
    for (size_t i = 0; i < command.outputs.size(); ++i) {
      const bst::Tensor &tensor = program.tensors[command.outputs[i]];
      Wire wire;
      wire.layer = int(network.layers.size());
      wire.result = unsigned(i);
      write(command.outputs[i], wire);
      layer.results.push_back({ElementType::F32, shapeOf(tensor)});
      layer.values.push_back(tensor.name);
    }
    layer.readers.resize(layer.results.size());
    network.layers.push_back(std::move(layer));
  }

  bool addWeights(const bst::Command &command, size_t operand, Layer &layer) const {
    const bst::Tensor &tensor = program.tensors[command.inputs[operand]];
    if (tensor.storage != bst::Storage::Weights || operand == 0)
      return false;
    if (const auto *conv = std::get_if<bst::ConvParams>(&command.params)) {
      addIntegers(command, *conv, tensor, layer);
      return true;
    }
    const bool product = std::holds_alternative<bst::FloatConvParams>(command.params) ||
                         std::holds_alternative<bst::MatMulParams>(command.params);
    if (!product || tensor.dtype != bst::DType::F32)
      return false;
    Weights weights;
    weights.value = tensor.name;
    weights.shape = shapeOf(tensor);
    weights.floats = constantOf(tensor);
    (operand == 1 ? layer.weights : layer.bias) = std::move(weights);
    return true;
  }

  /// Scales of weights follow from the command's factors: scale of x * scale of w / scale of y.
  void addIntegers(const bst::Command &command, const bst::ConvParams &conv,
                   const bst::Tensor &tensor, Layer &layer) const {
    const bst::Tensor &x = program.tensors[command.inputs[0]];
    const bst::Tensor &y = program.tensors[command.outputs[0]];
    const size_t channels = conv.requant.size();
    Weights weights, bias;
    Pair pair;
    for (size_t o = 0; o < channels; ++o) {
      const bst::Requant &requant = conv.requant[o];
      const double factor = std::ldexp(double(requant.multiplier), -requant.shift);
      pair.read.scales.push_back(float(factor * y.scale / x.scale));
      pair.read.zeroPoints.push_back(conv.weightZeroPoint.empty() ? 0 : conv.weightZeroPoint[o]);
    }
    pair.read.axis = 0;
    pair.written = pair.read;
    weights.value = tensor.name;
    weights.shape = shapeOf(tensor);
    weights.integers = integersOf(tensor);
    std::vector<float> biases;
    for (size_t o = 0; o < conv.bias.size(); ++o)
      biases.push_back(float(double(conv.bias[o]) * pair.read.scales[o] * x.scale));
    weights.pair = std::move(pair);
    bias.shape = {int64_t(biases.size())};
    bias.floats = TensorData::make<float>(ArrayType{ElementType::F32, bias.shape}, biases);
    layer.weights = std::move(weights);
    if (!biases.empty())
      layer.bias = std::move(bias);
  }

  TensorDataRef integersOf(const bst::Tensor &tensor) const {
    const auto *bytes = reinterpret_cast<const int8_t *>(program.weights + tensor.offset);
    std::vector<int8_t> values;
    values.reserve(size_t(bst::elementCount(tensor)));
    for (int32_t o = 0; o < tensor.shape[0]; ++o)
      for (int32_t i = 0; i < tensor.shape[1]; ++i)
        for (int32_t h = 0; h < tensor.shape[2]; ++h)
          for (int32_t w = 0; w < tensor.shape[3]; ++w)
            values.push_back(bytes[bst::weightIndex(tensor, uint64_t(o), uint64_t(h), uint64_t(w),
                                                    uint64_t(i))]);
    return TensorData::make<int8_t>(ArrayType{ElementType::S8, shapeOf(tensor)}, values);
  }

  const bst::Program &program;
  Network network;
  std::vector<Written> writers; ///< By tensor.
  size_t clock = 0;
};

} // namespace

Network networkOfProgram(const bst::Program &program, llvm::StringRef source) {
  return Reader(program, source).read();
}

} // namespace bstc::diagnose
