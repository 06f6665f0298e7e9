#include "partitioner/tile_units.h"

#include "runtime/program/tile_parts.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

namespace {

/// Cuts a program into units, in its order.
class Cutter {
public:
  Cutter(const bst::Program &program, llvm::ArrayRef<uint32_t> roots, const Target &target)
      : program(program), roots(roots), target(target), writer(program.tensors.size(), noUnit),
        reads(program.tensors.size()) {
    for (const bst::Command &command : program.commands)
      for (uint32_t input : command.inputs)
        ++reads[roots[input]];
    for (uint32_t output : program.outputs)
      ++reads[roots[output]];
  }

  std::vector<TileUnit> run() {
    for (uint32_t index = 0; index < program.commands.size(); ++index)
      if (!rides(index))
        add(index);
      else
        ride(index);
    for (uint32_t output : program.outputs)
      if (uint32_t unit = writer[roots[output]]; unit != noUnit)
        units[unit].leaves = true;
    return std::move(units);
  }

private:
  bool rides(uint32_t index) const;
  void add(uint32_t index);
  void ride(uint32_t index);
  void read(TileUnit &unit, uint32_t at, uint32_t command, uint32_t index);
  void setResult(TileUnit &unit, const bst::Command &command);
  void findInputsParts(TileUnit &unit, const bst::Command &command);

  const bst::Program &program;
  llvm::ArrayRef<uint32_t> roots;
  const Target &target;
  std::vector<uint32_t> writer; ///< By root tensor.
  std::vector<uint32_t> reads;  ///< By root tensor: how often.
  std::vector<TileUnit> units;
};

} // namespace

/// A sum that comes directly after a convolution whose only reader it is.
bool Cutter::rides(uint32_t index) const {
  if (!index || !target.maca.fusedAdd)
    return false;
  const bst::Command &sum = program.commands[index], &conv = program.commands[index - 1];
  const uint32_t between = conv.outputs[0];
  return std::holds_alternative<bst::AddParams>(sum.params) &&
         std::holds_alternative<bst::ConvParams>(conv.params) &&
         llvm::is_contained(sum.inputs, between) && reads[between] == 1 &&
         bst::worksInBands(program, conv) && bst::worksInBands(program, sum);
}

void Cutter::setResult(TileUnit &unit, const bst::Command &command) {
  unit.tensor = command.outputs[0];
  const bst::Tensor &result = program.tensors[unit.tensor];
  const bst::Part whole = bst::wholePart(result);
  unit.rows = whole.rows;
  if (unit.inBands)
    unit.rowBytes =
        bst::partBytes(result, {0, 1, 0, whole.channels}, uint32_t(target.maca.outChannelQuantum));
}

void Cutter::read(TileUnit &unit, uint32_t at, uint32_t command, uint32_t index) {
  const uint32_t tensor = program.commands[command].inputs[index];
  if (bst::isConvConstant(program.tensors[tensor]) && unit.inBands) {
    unit.weightBytes =
        bst::partBytes(program.tensors[tensor], bst::wholePart(program.tensors[tensor]), 1);
    return;
  }
  const uint32_t producer = writer[roots[tensor]];
  const bool alias = roots[tensor] != tensor;
  if (producer != noUnit) {
    units[producer].lastReader = at;
    units[producer].leaves |= alias || !unit.inBands;
  }
  unit.inputs.push_back({tensor, command, index, producer, alias});
  unit.inputs.back().onlyReader = reads[roots[tensor]] == 1;
  const bst::Params &params = program.commands[command].params;
  unit.inputs.back().elementwise = !alias && (std::holds_alternative<bst::LutParams>(params) ||
                                              std::holds_alternative<bst::AddParams>(params) ||
                                              std::holds_alternative<bst::MulParams>(params));
}

void Cutter::add(uint32_t index) {
  const bst::Command &command = program.commands[index];
  TileUnit unit;
  unit.commands = {index};
  unit.inBands = bst::worksInBands(program, command);
  for (uint32_t i = 0; i < command.inputs.size(); ++i)
    read(unit, uint32_t(units.size()), index, i);
  setResult(unit, command);
  findInputsParts(unit, command);
  writer[unit.tensor] = uint32_t(units.size());
  units.push_back(std::move(unit));
}

void Cutter::findInputsParts(TileUnit &unit, const bst::Command &command) {
  const std::vector<int32_t> channels = bst::channelsOfInputs(program, command);
  unit.table = unit.inBands && std::holds_alternative<bst::LutParams>(command.params);
  if (!unit.inBands || channels.empty() || llvm::any_of(channels, [&](int32_t channel) {
        return channel != channels.back() && channel % target.maca.outChannelQuantum;
      }))
    return;
  unit.byInput = true;
  const auto &concat = std::get<bst::ConcatParams>(command.params);
  for (size_t i = 0; i < unit.inputs.size(); ++i) {
    UnitInput &input = unit.inputs[i];
    input.channel = channels[i];
    input.sameBytes = concat.copy[i] && reads[roots[input.tensor]] == 1 && !input.alias;
  }
}

void Cutter::ride(uint32_t index) {
  const bst::Command &sum = program.commands[index];
  TileUnit &unit = units.back();
  const uint32_t at = uint32_t(units.size() - 1);
  unit.commands.push_back(index);
  for (uint32_t i = 0; i < sum.inputs.size(); ++i)
    if (sum.inputs[i] != unit.tensor)
      read(unit, at, index, i);
  setResult(unit, sum);
  writer[unit.tensor] = at;
}

std::vector<TileUnit> tileUnits(const bst::Program &program, llvm::ArrayRef<uint32_t> roots,
                                const Target &target) {
  return Cutter(program, roots, target).run();
}

RowRange rowsNeeded(const bst::Program &program, const UnitInput &input, RowRange rows) {
  if (!rows.count())
    return {};
  // A sum that rides keeps the rows of its convolution.
  const bst::Part part = bst::partNeeded(program, program.commands[input.command], input.index,
                                         {rows.begin, rows.count(), 0, 1});
  return {part.row, part.row + part.rows};
}

double UnitTimes::seconds(const TileUnit &unit, int32_t rows, int32_t channels) {
  if (channels == program.tensors[unit.tensor].shape[1])
    return seconds(unit, rows);
  auto [entry, isNew] =
      pieces.try_emplace({unit.commands[0], uint32_t(rows), uint32_t(channels)}, 0);
  if (isNew)
    entry->second = compute(unit, rows, channels);
  return entry->second;
}

double UnitTimes::compute(const TileUnit &unit, int32_t rows, int32_t channels) const {
  const uint32_t first = unit.commands[0];
  const bst::Command &command = program.commands[first];
  if (!rows || riders.free(first))
    return 0;
  const bst::Part part = {0, rows, 0, channels};
  const Work work = backendOf(command.engine).partCost(program, command, part, target);
  const uint64_t values =
      bst::partBytes(program.tensors[unit.tensor], part, uint32_t(target.maca.outChannelQuantum));
  return double(work.overheadCycles) / clockHz(command.engine, target) +
         arithmeticSeconds(riders, first, work.cycles, values, command.engine, target);
}

} // namespace bstc
