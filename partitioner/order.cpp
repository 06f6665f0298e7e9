#include "partitioner/order.h"

#include "runtime/program/tile_parts.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace bstc {
namespace {

constexpr int64_t never = -1;

/// A command and what follows it element by element.
struct Group {
  std::vector<bst::Command> commands;
  std::vector<uint32_t> inputs; ///< Roots, from outside of the group.
  bool moves = false;           ///< Works in bands.
};

/// The groups of a program, and who makes and reads each tensor.
class Order {
public:
  Order(bst::Program &program, llvm::ArrayRef<uint32_t> roots);
  void run();

private:
  void tablesFirst();
  bool joins(const bst::Command &command) const;
  void findUses();
  int64_t bytes(uint32_t tensor) const { return int64_t(program.tensors[tensor].size); }
  uint32_t outputOf(size_t at) const { return roots[groups[at].commands.back().outputs[0]]; }
  bool staysOnChip(uint32_t tensor) const;
  int64_t gain(size_t from, size_t to) const;
  void place(size_t at);

  bst::Program &program;
  llvm::ArrayRef<uint32_t> roots;
  std::vector<Group> groups;
  std::vector<int64_t> writer;               ///< By root: group, or never.
  std::vector<std::vector<int64_t>> readers; ///< By root: groups, ascending.
  std::vector<bool> leaves;                  ///< By root: an output of the program.
};

} // namespace

Order::Order(bst::Program &program, llvm::ArrayRef<uint32_t> roots)
    : program(program), roots(roots), leaves(program.tensors.size()) {
  for (uint32_t output : program.outputs)
    leaves[roots[output]] = true;
  tablesFirst();
  for (bst::Command &command : program.commands) {
    const bool inBands = bst::worksInBands(program, command);
    if (!groups.empty() && groups.back().moves && inBands && joins(command))
      groups.back().commands.push_back(command);
    else
      groups.push_back({{command}, {}, inBands});
  }
  findUses();
}

/// Puts each table behind what it is made of, where that is one command.
void Order::tablesFirst() {
  std::vector<int64_t> makers(program.tensors.size(), never);
  for (size_t at = 0; at < program.commands.size(); ++at) {
    const bst::Command &command = program.commands[at];
    const int64_t maker = command.inputs.empty() ? never : makers[roots[command.inputs[0]]];
    size_t to = at;
    if (std::holds_alternative<bst::LutParams>(command.params) && maker != never &&
        size_t(maker) + 1 < at) {
      to = size_t(maker) + 1;
      const auto begin = program.commands.begin();
      std::rotate(begin + ptrdiff_t(to), begin + ptrdiff_t(at), begin + ptrdiff_t(at) + 1);
      for (int64_t &other : makers)
        other += other >= int64_t(to);
    }
    for (uint32_t output : program.commands[to].outputs)
      makers[roots[output]] = int64_t(to);
  }
}

/// Does it continue the last group: a table or a sum?
bool Order::joins(const bst::Command &command) const {
  const uint32_t before = groups.back().commands.back().outputs[0];
  return (std::holds_alternative<bst::LutParams>(command.params) ||
          std::holds_alternative<bst::AddParams>(command.params)) &&
         llvm::is_contained(command.inputs, before);
}

void Order::findUses() {
  writer.assign(program.tensors.size(), never);
  readers.assign(program.tensors.size(), {});
  for (size_t at = 0; at < groups.size(); ++at) {
    Group &group = groups[at];
    group.inputs.clear();
    for (const bst::Command &command : group.commands) {
      for (uint32_t input : command.inputs) {
        const uint32_t root = roots[input];
        if (writer[root] == int64_t(at) || program.tensors[root].storage != bst::Storage::Arena)
          continue;
        group.inputs.push_back(root);
        readers[root].push_back(int64_t(at));
      }
      for (uint32_t output : command.outputs)
        writer[roots[output]] = int64_t(at);
    }
  }
}

/// Else it goes to DRAM whoever reads it when.
bool Order::staysOnChip(uint32_t tensor) const {
  return !leaves[tensor] && llvm::all_of(readers[tensor], [&](int64_t reader) {
    return groups[size_t(reader)].moves;
  });
}

/// Bytes times groups that need not be kept if group `from` came before group `to` instead.
int64_t Order::gain(size_t from, size_t to) const {
  const uint32_t output = outputOf(from);
  const auto steps = int64_t(from - to);
  int64_t result = staysOnChip(output) ? -bytes(output) * steps : 0;
  for (uint32_t input : groups[from].inputs) {
    if (leaves[input])
      continue;
    int64_t other = never; // The last reader but this one.
    for (int64_t reader : readers[input])
      if (reader != int64_t(from))
        other = reader;
    other += other >= int64_t(to); // It moves back by one.
    result += bytes(input) * std::max<int64_t>(int64_t(from) - std::max(int64_t(to), other), 0);
  }
  return result;
}

/// Moves the group to where that gains most.
void Order::place(size_t at) {
  int64_t earliest = 0;
  for (uint32_t input : groups[at].inputs)
    earliest = std::max(earliest, writer[input] + 1);
  size_t best = at;
  int64_t most = 0;
  for (size_t to = at; to-- > size_t(earliest);)
    if (const int64_t value = gain(at, to); value > most) {
      most = value;
      best = to;
    }
  if (best == at)
    return;
  const auto first = groups.begin();
  std::rotate(first + ptrdiff_t(best), first + ptrdiff_t(at), first + ptrdiff_t(at) + 1);
  findUses();
}

void Order::run() {
  for (size_t at = 1; at < groups.size(); ++at)
    if (groups[at].moves)
      place(at);
  program.commands.clear();
  for (Group &group : groups)
    llvm::append_range(program.commands, group.commands);
}

void orderCommands(bst::Program &program, llvm::ArrayRef<uint32_t> roots) {
  Order(program, roots).run();
}

} // namespace bstc
