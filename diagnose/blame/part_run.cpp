#include "diagnose/blame/part_run.h"

#include "frontend/evaluate.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bstc::diagnose {

llvm::Expected<std::unique_ptr<PartRun>> PartRun::create(const RunnableNetwork &network,
                                                         const bstrt::Package &package) {
  std::unique_ptr<PartRun> run(new PartRun(network));
  const bst::Program &program = bst::programOf(package);
  run->forms = mapForms(program);
  run->values.resize(program.tensors.size());
  run->kept.resize(program.tensors.size());
  std::vector<void *> memory;
  for (uint32_t i = 0; i < program.tensors.size(); ++i) {
    const bst::Tensor &tensor = program.tensors[i];
    const uint32_t owner = network.owners()[i];
    if (tensor.storage == bst::Storage::Weights) {
      memory.push_back(const_cast<std::byte *>(program.weights) + tensor.offset);
      continue;
    }
    if (!run->values[owner]) {
      run->values[owner] = allocateAligned(program.tensors[owner].size);
      run->kept[owner] = allocateAligned(program.tensors[owner].size);
    }
    memory.push_back(run->values[owner].get());
  }
  auto steps = CommandSteps::create(package, memory);
  if (!steps)
    return steps.takeError();
  run->steps = std::move(*steps);
  return run;
}

std::span<std::byte> PartRun::data(uint32_t tensor) {
  return {values[network.owners()[tensor]].get(), network.program().tensors[tensor].size};
}

llvm::Error PartRun::run() {
  const bst::Program &program = network.program();
  changed.clear();
  for (uint32_t command = 0; command < program.commands.size(); ++command)
    if (llvm::Error error = steps->run(command))
      return error;
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i])
      std::memcpy(kept[i].get(), values[i].get(), program.tensors[i].size);
  return llvm::Error::success();
}

void PartRun::restore() {
  for (const uint32_t tensor : changed)
    std::memcpy(values[tensor].get(), kept[tensor].get(), network.program().tensors[tensor].size);
  changed.clear();
}

template <typename T>
static void readCodes(const TensorMeaning &meaning, const std::byte *bytes,
                      const Quantisation &quant, llvm::MutableArrayRef<T> codes) {
  const float scale = quant.scale(), zero = float(quant.zeroPoint());
  constexpr float low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
  meaning.forEach([&](uint64_t index, uint64_t place) {
    const float code = std::nearbyint(meaning.at(bytes, place) / scale) + zero;
    codes[index] = T(std::clamp(code, low, high));
  });
}

/// The numbers of a tensor as a value of the file has them.
TensorDataRef PartRun::read(const Value &value, uint32_t tensor) const {
  const TensorMeaning meaning(network.program().tensors[tensor], forms[tensor]);
  const std::byte *bytes = values[network.owners()[tensor]].get();
  auto data = std::make_shared<TensorData>(ArrayType(value.type));
  if (value.type.element == ElementType::S8)
    readCodes(meaning, bytes, *value.type.quant, data->mutableValues<int8_t>());
  else if (value.type.element == ElementType::U8)
    readCodes(meaning, bytes, *value.type.quant, data->mutableValues<uint8_t>());
  else
    meaning.forEach(
        [floats = data->mutableValues<float>(), &meaning, bytes](uint64_t index, uint64_t place) {
          floats[index] = meaning.at(bytes, place);
        });
  return data;
}

/// Inputs of the network, and what its tensors hold now.
TensorDataRef PartRun::known(const PartPlan &plan, const Value &value) const {
  const llvm::ArrayRef<Value *> inputs = plan.graph.inputs();
  if (const auto found = llvm::find(inputs, &value); found != inputs.end())
    return read(value, network.program().inputs[size_t(found - inputs.begin())]);
  const Node *maker = value.producer();
  if (maker && maker->op == OpKind::Quantize && network.isMapped(value))
    return read(value, network.tensorOf(value));
  return nullptr;
}

void PartRun::write(uint32_t tensor, const Value &value, const TensorData &data) {
  const TensorMeaning meaning(network.program().tensors[tensor], forms[tensor]);
  std::byte *bytes = values[network.owners()[tensor]].get();
  const auto put = [&](auto numberOf) {
    meaning.forEach(
        [&](uint64_t index, uint64_t place) { meaning.set(bytes, place, numberOf(index)); });
  };
  if (value.type.isFloat())
    return put([floats = data.values<float>()](uint64_t index) { return floats[index]; });
  const float scale = value.type.quant->scale();
  const int32_t zero = value.type.quant->zeroPoint();
  const auto putCodes = [&](auto codes) {
    put([=](uint64_t index) { return float(int32_t(codes[index]) - zero) * scale; });
  };
  if (value.type.element == ElementType::U8)
    putCodes(data.values<uint8_t>());
  else
    putCodes(data.values<int8_t>());
}

llvm::Error PartRun::compute(const PartPlan &plan, const PartPlan::Step &step) {
  llvm::SmallVector<const Value *, 2> wanted;
  for (const auto &[output, value] : step.computed)
    wanted.push_back(value);
  // What is wanted is made anew, although the program has a tensor for it.
  auto made = evaluateValues(plan.graph, wanted, [&](const Value &value) -> TensorDataRef {
    return llvm::is_contained(wanted, &value) ? nullptr : known(plan, value);
  });
  if (!made)
    return made.takeError();
  const bst::Command &command = network.program().commands[step.command];
  for (auto [computed, data] : llvm::zip(step.computed, *made))
    write(command.outputs[computed.first], *computed.second, *data);
  return llvm::Error::success();
}

llvm::Error PartRun::run(const PartPlan &plan) {
  restore();
  changed = plan.changed;
  for (const PartPlan::Step &step : plan.steps)
    if (llvm::Error error = step.computed.empty() ? steps->run(step.command) : compute(plan, step))
      return error;
  return llvm::Error::success();
}

} // namespace bstc::diagnose
