#include "driver/fidelity.h"

#include "driver/detect_reading.h"
#include "driver/file_reading.h"
#include "driver/package_run.h"
#include "driver/sample_input.h"
#include "driver/tensor_meaning.h"
#include "driver/tensor_owners.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace bstc {

namespace {
/// What the file has for one tensor of the program.
struct Expected {
  const FileValue *value = nullptr; ///< Null where the file has no such number.
  Reading reading;
};
} // namespace

/// The result of a QuantizeLinear means what a DequantizeLinear of the file makes of it. Where it
/// has several meanings, the tensor's own is among them, or it is compared with the first: the
/// others are other tensors, and what reads this one is compared by itself. Other integers, and
/// other names of them, are compared step by step, whatever the program takes a step for: what
/// reads them shows that. So do floats that stand for integers of the file.
static Expected expectedOf(const bst::Tensor &tensor, bool isAlias, const FileReading &file) {
  const FileValue *value = file.find(originOf(tensor.name));
  if (!value || uint64_t(value->data->type.count()) != bst::elementCount(tensor) ||
      tensor.layout == bst::Layout::Picture)
    return {};
  if (value->data->type.isFloat())
    return {value, {}};
  if (tensor.scale == 0) // Bytes that are numbers, or integers of no engine.
    return {bst::elementSize(tensor.dtype) == 1 ? value : nullptr, {}};
  const Reading own = {tensor.scale, tensor.zeroPoint};
  const std::vector<Reading> &readings = value->readings;
  const bool byOwn = isAlias || readings.empty() || llvm::is_contained(readings, own);
  return {value, byOwn ? own : readings.front()};
}

/// How far `a` is from `b`: in steps, or relative to b for floats. A number that is
/// not one where the other is, is infinitely far.
static double differenceOf(float a, float b, float scale) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  const double unit = scale > 0 ? double(scale) : std::max(1.0, std::fabs(double(b)));
  const double difference = std::fabs(double(a) - double(b)) / unit;
  if (std::isnan(difference))
    return std::numeric_limits<double>::infinity();
  // Steps of one scale are whole except for float noise: the reals are products of float32.
  constexpr double noise = 1e-3;
  const double whole = std::round(difference);
  return scale > 0 && std::fabs(difference - whole) <= noise ? whole : difference;
}

/// Whether the command rounds by multiplier and shift, half up.
static bool requantises(const bst::Command &command) {
  return command.engine != bst::Engine::Dsp &&
         !std::holds_alternative<bst::LutParams>(command.params) &&
         !std::holds_alternative<bst::PictureParams>(command.params) &&
         !std::holds_alternative<bst::MaxPoolParams>(command.params) &&
         !std::holds_alternative<bst::ResizeParams>(command.params);
}

/// Compares what the simulator computed with the file's numbers, element by element.
static TensorFidelity compare(const bst::Tensor &tensor, const MapForm &form,
                              const std::byte *actual, const Expected &expected) {
  const FileValue &file = *expected.value;
  const std::vector<float> reals = file.reals(expected.reading);
  const TensorMeaning meaning(tensor, form);
  TensorFidelity result;
  result.tensor = tensor.name;
  result.quantised = meaning.isQuantised();
  result.elements = reals.size();
  const double tolerance = result.quantised ? 0 : floatTolerance;
  const double farOff = result.quantised ? 1 : TensorFidelity::farFloat;
  meaning.forEach([&](uint64_t index, uint64_t place) {
    const double difference = differenceOf(meaning.at(actual, place), reals[index], tensor.scale);
    result.maxDifference = std::max(result.maxDifference, difference);
    result.far += difference > farOff;
    if (difference <= tolerance)
      ++result.equal;
    else if (!file.halfway.empty() && file.halfway[index])
      result.ties += difference <= 1;
  });
  result.halves = file.halves;
  return result;
}

namespace {

/// Steps through a program with every command fed the file's numbers.
class FidelityCheck {
public:
  FidelityCheck(const Graph &imported, const Graph &placed, const bstrt::Package &package,
                const FileReading &file)
      : imported(imported), placed(placed), package(package), program(bst::programOf(package)),
        file(file), owner(tensorOwners(placed, program)), mapForm(mapForms(program)),
        forms(program.tensors.size()) {
    for (uint32_t i = 0; i < owner.size(); ++i)
      forms[owner[i]].push_back(i);
  }

  llvm::Error run(FidelityReceipt &receipt);

private:
  llvm::Error prepare();
  /// Compares one form of the bytes that `command` (null: the host, or the file) wrote.
  void compareForm(uint32_t form, const bst::Command *command, FidelityReceipt &receipt) const;
  /// Compares what a Detect command decodes with the file's predictions, and what it keeps of them
  /// with the plain suppression of those. False where it is another command.
  bool compareDetect(const bst::Command &command, FidelityReceipt &receipt) const;
  /// Compares every form of the bytes of `tensor`, which `command` (null: the host) wrote, and
  /// puts the file's numbers in their place.
  void settle(uint32_t tensor, const bst::Command *command, FidelityReceipt &receipt);
  /// Puts the file's numbers where `tensor` lies, in its own form, or in that of another name where
  /// the file knows only that one.
  void feed(uint32_t tensor);

  const Graph &imported, &placed;
  const bstrt::Package &package;
  const bst::Program &program;
  const FileReading &file;
  std::unique_ptr<CommandSteps> steps;
  std::vector<uint32_t> owner;  ///< By tensor: itself, or the one whose bytes it names.
  std::vector<MapForm> mapForm; ///< By tensor.
  std::vector<llvm::SmallVector<uint32_t, 1>> forms; ///< By owner: itself and its other names.
  std::vector<AlignedBytes> values; ///< By owner: what the commands read and write.
};

} // namespace

/// Memory of its own for every tensor, unlike in an arena: each holds its value to the end. Another
/// name for the same bytes stays one.
llvm::Error FidelityCheck::prepare() {
  values.resize(program.tensors.size());
  std::vector<void *> tensors;
  for (uint32_t i = 0; i < program.tensors.size(); ++i) {
    const bst::Tensor &tensor = program.tensors[i];
    AlignedBytes &memory = values[owner[i]];
    bool isWeights = tensor.storage == bst::Storage::Weights;
    if (!isWeights && !memory)
      memory = allocateAligned(tensor.size);
    tensors.push_back(isWeights ? const_cast<std::byte *>(program.weights) + tensor.offset
                                : memory.get());
  }
  auto created = CommandSteps::create(package, tensors);
  if (!created)
    return created.takeError();
  steps = std::move(*created);
  return llvm::Error::success();
}

/// The node that gives another name to a tensor's bytes.
static std::string aliasNode(const Graph &placed, const bst::Tensor &tensor) {
  const Value *value = placed.find(tensor.name);
  return value && value->producer() ? value->producer()->name : tensor.name;
}

void FidelityCheck::compareForm(uint32_t form, const bst::Command *command,
                                FidelityReceipt &receipt) const {
  const bst::Tensor &tensor = program.tensors[form];
  const Expected expected = expectedOf(tensor, owner[form] != form, file);
  if (!expected.value)
    return;
  TensorFidelity result = compare(tensor, mapForm[form], values[owner[form]].get(), expected);
  result.isAlias = owner[form] != form;
  result.command = result.isAlias ? aliasNode(placed, tensor) : command->name;
  if (!command || !requantises(*command))
    result.halves = result.ties = 0;
  receipt.tensors.push_back(std::move(result));
}

bool FidelityCheck::compareDetect(const bst::Command &command, FidelityReceipt &receipt) const {
  const Value *predictions = predictionsOf(imported, program, command);
  if (!predictions)
    return false;
  std::vector<const std::byte *> heads;
  for (uint32_t head : command.inputs)
    heads.push_back(values[owner[head]].get());
  PlainDetection plain = plainDetection(program, command, heads);
  plain.rows.name = predictions->name;
  if (const FileValue *value = file.find(predictions->name);
      value && value->data->type.count() == int64_t(plain.predictions.size())) {
    receipt.tensors.push_back(compare(plain.rows, {},
                                      reinterpret_cast<const std::byte *>(plain.predictions.data()),
                                      {value, {}}));
    receipt.tensors.back().command = command.name;
  }
  TensorFidelity kept;
  kept.tensor = program.tensors[command.outputs[0]].name;
  kept.command = command.name;
  kept.elements = plain.detections.size();
  const bool same = std::memcmp(values[owner[command.outputs[0]]].get(), plain.detections.data(),
                                plain.detections.size() * sizeof(float)) == 0;
  (same ? kept.equal : kept.far) = kept.elements;
  kept.maxDifference = same ? 0 : std::numeric_limits<double>::infinity();
  receipt.tensors.push_back(std::move(kept));
  return true;
}

void FidelityCheck::settle(uint32_t tensor, const bst::Command *command, FidelityReceipt &receipt) {
  if (command && !compareDetect(*command, receipt))
    compareForm(tensor, command, receipt);
  // Where the file knows the bytes in their own form, other names are compared with what it has:
  // a rounding is counted once.
  const bool isKnown = !command || expectedOf(program.tensors[tensor], false, file).value;
  if (isKnown)
    feed(tensor);
  for (uint32_t form : forms[tensor])
    if (form != tensor)
      compareForm(form, isKnown ? nullptr : command, receipt);
  if (!isKnown)
    feed(tensor);
}

void FidelityCheck::feed(uint32_t tensor) {
  for (uint32_t form : forms[tensor]) { // Its own comes first.
    const Expected expected = expectedOf(program.tensors[form], form != tensor, file);
    if (!expected.value)
      continue;
    const std::vector<float> reals = expected.value->reals(expected.reading);
    const TensorMeaning meaning(program.tensors[form], mapForm[form]);
    meaning.forEach([&](uint64_t index, uint64_t place) {
      meaning.set(values[tensor].get(), place, reals[index]);
    });
    return;
  } // Else it is a number that the file does not have: the next command takes the simulator's.
}

llvm::Error FidelityCheck::run(FidelityReceipt &receipt) {
  if (llvm::Error error = prepare())
    return error;
  for (uint32_t input : program.inputs)
    settle(input, nullptr, receipt);
  for (uint32_t index = 0; index < program.commands.size(); ++index) {
    const bst::Command &command = program.commands[index];
    if (llvm::Error error = steps->run(index))
      return error;
    for (uint32_t output : command.outputs)
      settle(output, &command, receipt);
  }
  for (const TensorFidelity &tensor : receipt.tensors) {
    receipt.elements += tensor.elements;
    receipt.equal += tensor.equal;
    (tensor.quantised ? receipt.anyQuantised : receipt.anyFloat) = true;
    double &most = tensor.quantised ? receipt.maxSteps : receipt.maxRelative;
    most = std::max(most, tensor.maxDifference);
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
    } else if (const auto *average = std::get_if<bst::AveragePoolParams>(&command.params)) {
      for (size_t i = 0; i < average->counts.size(); ++i)
        countRatio(receipt, average->requant[i], sx / (sy * average->counts[i]));
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
                                              const bstrt::Package &package,
                                              llvm::ArrayRef<TensorDataRef> inputs) {
  const bst::Program &program = bst::programOf(package);
  std::vector<TensorDataRef> samples;
  if (inputs.empty())
    for (const Value *input : imported.inputs())
      samples.push_back(sampleInput(input->type, inputRange(*input)));
  if (inputs.empty())
    inputs = samples;
  llvm::StringSet<> names;
  for (const bst::Tensor &tensor : program.tensors)
    if (tensor.storage == bst::Storage::Arena)
      names.insert(originOf(tensor.name));
  for (const bst::Command &command : program.commands)
    if (const Value *predictions = predictionsOf(imported, program, command))
      names.insert(predictions->name);
  FileReading file(imported);
  if (llvm::Error error =
          file.evaluate(inputs, [&](const Value &value) { return names.contains(value.name); }))
    return error;
  FidelityReceipt receipt;
  if (llvm::Error error = FidelityCheck(imported, placed, package, file).run(receipt))
    return error;
  llvm::Expected<bstrt::Device> simulator = openSimulator();
  if (!simulator)
    return simulator.takeError();
  auto outputs = compareEndToEnd(imported, file, package, *simulator, inputs);
  if (!outputs)
    return outputs.takeError();
  receipt.outputs = std::move(*outputs);
  countRoundedScales(receipt, placed, program);
  countKeptScales(receipt, imported, program);
  return receipt;
}

} // namespace bstc
