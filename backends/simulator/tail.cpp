#include "backends/simulator/tail.h"

#include <algorithm>

namespace bst {

ChainTail::ChainTail(const Program &program, const Chain &chain,
                     std::span<const TensorView> tensors, Isa isa, Memory *memory)
    : isa(isa), stages(memory), result(program.commands[chain.commands.back()].outputs[0]),
      stride(program.tensors[result].shape[1]) {
  uint32_t tensor = program.commands[chain.conv].outputs[0];
  for (uint32_t index : chain.commands) {
    const Command &command = program.commands[index];
    if (const auto *lut = std::get_if<LutParams>(&command.params))
      addTable(lutTable(*lut, program.tensors[tensor]));
    else if (std::holds_alternative<AddParams>(command.params))
      addSum(program, command, tensor, tensors);
    else
      endInConcat(program, command, tensor);
    tensor = command.outputs[0];
  }
  target = tensors[result].data + offset;
}

ChainTail::ChainTail(const ChainTail &other, Memory *memory)
    : isa(other.isa), stages(other.stages, memory), result(other.result), offset(other.offset),
      target(other.target), stride(other.stride) {}

void ChainTail::bind(void *const *tensors) {
  target = static_cast<std::byte *>(tensors[result]) + offset;
  for (auto &stage : stages)
    if (auto *sum = std::get_if<Sum>(&stage))
      sum->other = static_cast<const uint8_t *>(tensors[sum->tensor]);
}

/// A table behind a table is one table.
void ChainTail::addTable(const ByteTable &table) {
  if (stages.empty() || !std::holds_alternative<ByteTable>(stages.back())) {
    stages.emplace_back(table);
    return;
  }
  for (uint8_t &entry : std::get<ByteTable>(stages.back()).entry)
    entry = table.entry[entry];
}

void ChainTail::addSum(const Program &program, const Command &command, uint32_t tensor,
                       std::span<const TensorView> tensors) {
  const bool first = command.inputs[0] == tensor;
  const uint32_t operand = command.inputs[first ? 1 : 0];
  const TensorView &other = tensors[operand];
  const Adder add(std::get<AddParams>(command.params), program.tensors[command.inputs[0]],
                  program.tensors[command.inputs[1]], program.tensors[command.outputs[0]], isa);
  stages.emplace_back(Sum{.add = add,
                          .tensor = operand,
                          .other = reinterpret_cast<const uint8_t *>(other.data),
                          .otherStride = other.tensor->shape[1],
                          .first = first});
}

void ChainTail::endInConcat(const Program &program, const Command &command, uint32_t tensor) {
  const auto &params = std::get<ConcatParams>(command.params);
  for (size_t i = 0; command.inputs[i] != tensor; ++i)
    offset += program.tensors[command.inputs[i]].shape[1];
  const size_t part = size_t(std::find(command.inputs.begin(), command.inputs.end(), tensor) -
                             command.inputs.begin());
  if (!params.copy[part])
    addTable(rescaleTable(program.tensors[tensor], program.tensors[command.outputs[0]],
                          params.requant[part]));
}

void ChainTail::apply(const ConvOutputs &outputs) const {
  const auto &[y, pitch, pixel, pixels, channel, channels] = outputs;
  for (const auto &stage : stages) {
    if (const auto *table = std::get_if<ByteTable>(&stage)) {
      const bool dense = pitch == channels;
      applyTable(*table, y, y,
                 dense ? ByteRows{.bytes = pixels * channels}
                       : ByteRows{pixels, channels, pitch, pitch},
                 isa);
      continue;
    }
    const Sum &sum = std::get<Sum>(stage);
    const uint8_t *other = sum.other + pixel * sum.otherStride + channel;
    AddRows rows = {.a = y,
                    .b = other,
                    .y = y,
                    .count = pixels,
                    .bytes = channels,
                    .strideA = pitch,
                    .strideB = sum.otherStride,
                    .strideY = pitch};
    if (pitch == channels && sum.otherStride == channels)
      rows.count = 1, rows.bytes = pixels * channels;
    if (!sum.first)
      std::swap(rows.a, rows.b), std::swap(rows.strideA, rows.strideB);
    sum.add(rows);
  }
}

static bool overlap(const TensorView &a, const TensorView &b) {
  return a.data < b.data + b.tensor->size && b.data < a.data + a.tensor->size;
}

bool canRunInOnePass(const Program &program, const Chain &chain,
                     std::span<const TensorView> tensors, Memory *memory) {
  const uint32_t last = chain.commands.back(), result = program.commands[last].outputs[0];
  std::pmr::vector<bool> between(tensors.size(), false, memory);
  std::pmr::vector<bool> written(tensors.size(), false, memory);
  between[program.commands[chain.conv].outputs[0]] = true;
  for (uint32_t index : chain.commands)
    between[program.commands[index].outputs[0]] = index != last;
  for (uint32_t input : program.inputs)
    written[input] = true;
  for (const Command &command : program.commands)
    for (uint32_t output : command.outputs)
      written[output] = true;
  // Tensors that nobody writes are aliases, or constants, whose memory is their own.
  for (uint32_t i = 0; i < tensors.size(); ++i)
    for (uint32_t j = 0; j < tensors.size(); ++j)
      if (between[i] && !written[j] && overlap(tensors[i], tensors[j]))
        return false;
  for (uint32_t index = chain.conv; index <= last; ++index) {
    const Command &command = program.commands[index];
    const auto inTheWay = [&](uint32_t tensor) {
      return tensor != result && !between[tensor] && overlap(tensors[tensor], tensors[result]);
    };
    if (std::any_of(command.inputs.begin(), command.inputs.end(), inTheWay) ||
        std::any_of(command.outputs.begin(), command.outputs.end(), inTheWay))
      return false;
  }
  return true;
}

} // namespace bst
