#include "driver/fidelity.h"

#include "backends/simulator/simulator.h"
#include "driver/sample_input.h"
#include "frontend/evaluate.h"
#include "ir/error.h"
#include "runtime/device.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <numeric>

namespace bstc {

namespace {

/// 64-byte aligned bytes, as a device expects them.
struct AlignedFree {
  void operator()(std::byte *bytes) const { ::operator delete[](bytes, std::align_val_t(64)); }
};
using AlignedBytes = std::unique_ptr<std::byte[], AlignedFree>;

AlignedBytes allocate(uint64_t size) {
  return AlignedBytes(new (std::align_val_t(64)) std::byte[std::max<uint64_t>(size, 1)]);
}

} // namespace

/// Index in memory of the element that stands at `index` in ONNX (row-major NCHW) order.
static uint64_t memoryIndex(const bst::Tensor &tensor, uint64_t index) {
  if (tensor.layout != bst::Layout::Nhwc)
    return index;
  uint64_t channels = uint64_t(tensor.shape[1]);
  uint64_t plane = uint64_t(tensor.shape[2]) * uint64_t(tensor.shape[3]);
  uint64_t pixel = index % plane, channel = index / plane % channels, n = index / plane / channels;
  return (n * plane + pixel) * channels + channel;
}

/// ONNX QuantizeLinear to the tensor's own scale and zero point.
static uint8_t quantised(const bst::Tensor &tensor, float real) {
  float low = tensor.dtype == bst::DType::U8 ? 0 : -128, high = low + 255;
  float steps = std::nearbyintf(real / tensor.scale) + float(tensor.zeroPoint);
  return uint8_t(int32_t(std::clamp(steps, low, high)));
}

/// By tensor: itself or, for the result of a node that costs nothing, the tensor that it renames.
static std::vector<uint32_t> ownersOf(const Graph &placed, const bst::Program &program) {
  std::vector<uint32_t> owner(program.tensors.size());
  std::iota(owner.begin(), owner.end(), 0);
  llvm::StringMap<uint32_t> index;
  for (uint32_t i = 0; i < program.tensors.size(); ++i)
    if (program.tensors[i].storage == bst::Storage::Arena)
      index[program.tensors[i].name] = i;
  for (const auto &node : placed.nodes())
    if (node->placement->engine == "none")
      owner[index.lookup(node->output()->name)] = owner[index.lookup(node->input(0)->name)];
  return owner;
}

/// By tensor: extent of the blocks of positions that it has as channels (bst::QuantizeParams).
static std::vector<uint64_t> blocksOf(const bst::Program &program) {
  std::vector<uint64_t> blocks(program.tensors.size(), 1);
  for (const bst::Command &command : program.commands)
    if (const auto *quantize = std::get_if<bst::QuantizeParams>(&command.params))
      blocks[command.outputs[0]] = uint64_t(quantize->block);
  return blocks;
}

/// Index in the reference, row-major NCHW, of what the tensor has at `index` of the same order.
static uint64_t referenceIndex(const bst::Tensor &tensor, uint64_t block, uint64_t index) {
  if (block == 1)
    return index;
  const auto columns = uint64_t(tensor.shape[3]), rows = uint64_t(tensor.shape[2]);
  const uint64_t channels = uint64_t(tensor.shape[1]) / (block * block);
  const uint64_t column = index % columns, row = index / columns % rows;
  const uint64_t position = index / (columns * rows) / channels % (block * block);
  const uint64_t channel = index / (columns * rows) % channels;
  const uint64_t n = index / (columns * rows * channels * block * block);
  return ((n * channels + channel) * rows * block + row * block + position / block) * columns *
             block +
         column * block + position % block;
}

/// The reference value in the tensor's element type and layout.
static AlignedBytes toTensor(const bst::Tensor &tensor, uint64_t block,
                             const TensorData &reference) {
  AlignedBytes bytes = allocate(tensor.size);
  uint64_t count = bst::elementCount(tensor);
  if (reference.size() == tensor.size && !tensor.scale) {
    std::memcpy(bytes.get(), reference.data(), tensor.size);
    return bytes;
  }
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t from = referenceIndex(tensor, block, i);
    bytes[memoryIndex(tensor, i)] =
        reference.type.isFloat() ? std::byte(quantised(tensor, reference.values<float>()[from]))
                                 : reference.data()[from];
  }
  return bytes;
}

/// Compares what the simulator computed with the reference, element by element.
static TensorFidelity compare(const bst::Tensor &tensor, const bst::Command &command,
                              const std::byte *actual, const std::byte *expected) {
  TensorFidelity result;
  result.tensor = tensor.name;
  result.command = command.name;
  result.quantised = tensor.scale > 0;
  result.elements = bst::elementCount(tensor);
  for (uint64_t i = 0; i < result.elements; ++i) {
    double difference;
    if (result.quantised) {
      int a = std::to_integer<int>(actual[i]), b = std::to_integer<int>(expected[i]);
      if (tensor.dtype == bst::DType::S8) {
        a = int8_t(a);
        b = int8_t(b);
      }
      difference = std::abs(a - b);
    } else {
      float a, b;
      std::memcpy(&a, actual + i * sizeof(float), sizeof(float));
      std::memcpy(&b, expected + i * sizeof(float), sizeof(float));
      bool same = a == b || (std::isnan(a) && std::isnan(b));
      difference =
          same ? 0 : std::fabs(double(a) - double(b)) / std::max(1.0, std::fabs(double(b)));
      if (std::isnan(difference))
        difference = std::numeric_limits<double>::infinity();
    }
    result.equal += result.quantised ? difference == 0 : difference <= floatTolerance;
    result.maxDifference = std::max(result.maxDifference, difference);
  }
  return result;
}

namespace {

/// Steps through a program with every command fed the reference's numbers.
class FidelityCheck {
public:
  FidelityCheck(const Graph &imported, const Graph &placed, const bst::Program &program)
      : imported(imported), program(program), device(bst::createSimulator()),
        owner(ownersOf(placed, program)) {}

  llvm::Error evaluateReference(llvm::ArrayRef<TensorDataRef> inputs);
  llvm::Error runCommands(FidelityReceipt &receipt);

private:
  llvm::Error prepare();
  llvm::Error runCommand(uint32_t index, FidelityReceipt &receipt);

  const Graph &imported;
  const bst::Program &program;
  std::unique_ptr<bst::Device> device;
  std::unique_ptr<bst::Execution> execution;
  std::vector<uint32_t> owner;         ///< By tensor: itself, or the one whose bytes it names.
  std::vector<AlignedBytes> values;    ///< By owner: what the commands read and write.
  std::vector<AlignedBytes> reference; ///< By owner; null where the file has no such value.
};

} // namespace

llvm::Error FidelityCheck::evaluateReference(llvm::ArrayRef<TensorDataRef> inputs) {
  reference.resize(program.tensors.size());
  const std::vector<uint64_t> blocks = blocksOf(program);
  llvm::StringMap<llvm::SmallVector<uint32_t, 1>> wanted;
  for (uint32_t i = 0; i < program.tensors.size(); ++i)
    if (program.tensors[i].storage == bst::Storage::Arena)
      wanted[originOf(program.tensors[i].name)].push_back(i);
  auto keep = [&](llvm::StringRef name, const TensorData &data) {
    auto found = wanted.find(name);
    if (found == wanted.end())
      return;
    for (uint32_t tensor : found->second) {
      bool fits = uint64_t(data.type.count()) == bst::elementCount(program.tensors[tensor]) &&
                  (data.type.isFloat() || program.tensors[tensor].scale > 0);
      if (fits && !reference[owner[tensor]])
        reference[owner[tensor]] = toTensor(program.tensors[tensor], blocks[tensor], data);
    }
  };
  for (auto [value, data] : llvm::zip(imported.inputs(), inputs))
    keep(value->name, *data);
  auto observer = [&](const Value &value, const TensorDataRef &data) { keep(value.name, *data); };
  return evaluate(imported, inputs, observer).takeError();
}

/// Memory of its own for every tensor, unlike in an arena: each holds its value to the end. Another
/// name for the same bytes stays one.
llvm::Error FidelityCheck::prepare() {
  values.resize(program.tensors.size());
  std::vector<bst::TensorView> views;
  for (uint32_t i = 0; i < program.tensors.size(); ++i) {
    const bst::Tensor &tensor = program.tensors[i];
    AlignedBytes &memory = values[owner[i]];
    bool isWeights = tensor.storage == bst::Storage::Weights;
    if (!isWeights && !memory)
      memory = allocate(tensor.size);
    views.push_back({&tensor, isWeights ? const_cast<std::byte *>(program.weights) + tensor.offset
                                        : memory.get()});
  }
  bst::Status status = device->prepare(program, views, {.keepTensors = true}, execution);
  return status.ok() ? llvm::Error::success() : makeError(std::string(status.message()));
}

llvm::Error FidelityCheck::runCommand(uint32_t index, FidelityReceipt &receipt) {
  const bst::Command &command = program.commands[index];
  bst::Status status = execution->run(index);
  if (!status.ok())
    return makeError("command '" + command.name + "': " + std::string(status.message()));
  for (uint32_t output : command.outputs)
    if (AlignedBytes expected = std::move(reference[output])) {
      const bst::Tensor &tensor = program.tensors[output];
      receipt.tensors.push_back(compare(tensor, command, values[output].get(), expected.get()));
      std::memcpy(values[output].get(), expected.get(), tensor.size);
    } // Else it is a number that the file does not have: the next command takes the simulator's.
  return llvm::Error::success();
}

llvm::Error FidelityCheck::runCommands(FidelityReceipt &receipt) {
  if (llvm::Error error = prepare())
    return error;
  for (uint32_t input : program.inputs)
    std::memcpy(values[input].get(), reference[input].get(), program.tensors[input].size);
  for (uint32_t index = 0; index < program.commands.size(); ++index)
    if (llvm::Error error = runCommand(index, receipt))
      return error;
  for (const TensorFidelity &tensor : receipt.tensors)
    if (tensor.quantised) {
      receipt.elements += tensor.elements;
      receipt.equal += tensor.equal;
      receipt.maxSteps = std::max(receipt.maxSteps, tensor.maxDifference);
    }
  return llvm::Error::success();
}

/// Relative error of a multiplier and shift against the ratio it stands for.
static void countRatio(FidelityReceipt &receipt, const bst::Requant &requant, double ratio) {
  double error = std::fabs(std::ldexp(double(requant.multiplier), -requant.shift) / ratio - 1);
  receipt.scalesRounded += error > 0;
  receipt.worstScaleError = std::max(receipt.worstScaleError, error);
}

/// How the ratios of scales that the program multiplies with differ from the file's scales.
static void countRoundedScales(FidelityReceipt &receipt, const Graph &placed,
                               const bst::Program &program) {
  for (const bst::Command &command : program.commands) {
    double sy = program.tensors[command.outputs[0]].scale;
    double sx = program.tensors[command.inputs[0]].scale;
    if (const auto *conv = std::get_if<bst::ConvParams>(&command.params)) {
      const Value *result = placed.find(program.tensors[command.outputs[0]].name);
      const Quantisation &w = *result->producer()->input(1)->type.quant;
      for (size_t c = 0; c < conv->requant.size(); ++c)
        countRatio(receipt, conv->requant[c], sx * w.scales[w.perTensor() ? 0 : c] / sy);
    } else if (const auto *concat = std::get_if<bst::ConcatParams>(&command.params)) {
      for (size_t i = 0; i < concat->requant.size(); ++i)
        if (!concat->copy[i])
          countRatio(receipt, concat->requant[i],
                     double(program.tensors[command.inputs[i]].scale) / sy);
    } else if (const auto *add = std::get_if<bst::AddParams>(&command.params)) {
      countRatio(receipt, {std::abs(add->multiplierA), add->shift}, sx / sy);
      countRatio(receipt, {std::abs(add->multiplierB), add->shift},
                 program.tensors[command.inputs[1]].scale / sy);
    } else if (const auto *mul = std::get_if<bst::MulParams>(&command.params)) {
      countRatio(receipt, mul->requant, sx * program.tensors[command.inputs[1]].scale / sy);
    }
  }
}

/// Which of the file's activation Q/DQ pairs the program keeps as a tensor of that scale.
static void countKeptScales(FidelityReceipt &receipt, const Graph &imported,
                            const bst::Program &program) {
  llvm::StringMap<const bst::Tensor *> tensors;
  for (const bst::Tensor &tensor : program.tensors)
    tensors[originOf(tensor.name)] = &tensor;
  for (const auto &node : imported.nodes()) {
    if (node->op != OpKind::Quantize || !node->output()->type.quant ||
        !node->output()->type.quant->perTensor() || node->input(0)->isConstant())
      continue;
    const Quantisation &quant = *node->output()->type.quant;
    const bst::Tensor *tensor = tensors.lookup(node->output()->name);
    if (tensor && tensor->scale == quant.scale() && tensor->zeroPoint == quant.zeroPoint())
      ++receipt.scalesKept;
    else
      ++receipt.scalesMerged;
  }
}

const TensorFidelity *FidelityReceipt::worst() const {
  auto better = [](const TensorFidelity &a, const TensorFidelity &b) {
    return std::pair(a.equalShare(), -a.maxDifference) <
           std::pair(b.equalShare(), -b.maxDifference);
  };
  auto least = std::min_element(tensors.begin(), tensors.end(), better);
  return least == tensors.end() ? nullptr : &*least;
}

llvm::Expected<FidelityReceipt> checkFidelity(const Graph &imported, const Graph &placed,
                                              const bst::Program &program,
                                              llvm::ArrayRef<TensorDataRef> inputs) {
  std::vector<TensorDataRef> samples;
  if (inputs.empty())
    for (const Value *input : imported.inputs())
      samples.push_back(sampleInput(input->type));
  FidelityReceipt receipt;
  FidelityCheck check(imported, placed, program);
  if (inputs.empty())
    inputs = samples;
  if (llvm::Error error = check.evaluateReference(inputs))
    return error;
  if (llvm::Error error = check.runCommands(receipt))
    return error;
  countRoundedScales(receipt, placed, program);
  countKeptScales(receipt, imported, program);
  return receipt;
}

} // namespace bstc
