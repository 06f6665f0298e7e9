#include "tools/bstc/inspect/inspect_tiles.h"

#include "tools/bstc/cli/table.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {
namespace {

std::string range(int32_t begin, int32_t count) {
  return std::to_string(begin) + "-" + std::to_string(begin + count - 1);
}

/// "12[rows 0-31 x 0-63] data@4096": tensor, rows, channels and place.
std::string sliceText(const bst::Program &program, const bst::Slice &slice) {
  std::string text = std::to_string(slice.tensor);
  if (slice.part.rows)
    text += " rows " + range(slice.part.row, slice.part.rows);
  const std::vector<int32_t> &shape = program.tensors[slice.tensor].shape;
  const int32_t all = shape.empty() ? 0 : shape[slice.part.rows ? 1 : 0];
  if (slice.part.channels && slice.part.channels != all)
    text += " ch " + range(slice.part.channel, slice.part.channels);
  if (!slice.onChip)
    return text + " dram";
  return text + " " + bst::onChipNames[size_t(slice.memory)] + "@" + std::to_string(slice.offset);
}

} // namespace

std::string indexList(llvm::ArrayRef<uint32_t> indices) {
  std::vector<std::string> texts;
  for (uint32_t index : indices)
    texts.push_back(std::to_string(index));
  return texts.empty() ? "-" : llvm::join(texts, " ");
}

void printTiles(const bst::Program &program, llvm::raw_ostream &stream) {
  const bst::TileProgram &tiles = program.tiles;
  stream << "tiles     " << withCommas(tiles.ops.size()) << " operations for "
         << bytesText(tiles.dataBytes) << " of data and " << bytesText(tiles.weightBytes)
         << " of weight memory, maps in blocks of " << tiles.channelBlock << " channels\n";
  if (tiles.once)
    stream << "          the first " << tiles.once << " load " << bytesText(tiles.keptBytes)
           << " of constants that stay for all frames\n";
  if (tiles.contexts > 1)
    stream << "          " << tiles.contexts << " frames at a time, each in a part of "
           << bytesText(tiles.dataPart()) << " of data and "
           << bytesText(tiles.weightPart() - tiles.keptBytes) << " of weight memory\n";
  stream << '\n';
  Table table({{"#", true},
               {"queue"},
               {"commands"},
               nameColumn("node", 36),
               {"reads"},
               {"writes"},
               {"bytes", true},
               {"after"}});
  for (size_t i = 0; i < tiles.ops.size(); ++i) {
    const bst::TileOp &op = tiles.ops[i];
    std::vector<std::string> inputs;
    for (const bst::Slice &input : op.inputs)
      inputs.push_back(sliceText(program, input));
    table.add({std::to_string(i), bst::queueNames[size_t(op.queue)], indexList(op.commands),
               program.commands[op.commands.back()].name, llvm::join(inputs, ", "),
               sliceText(program, op.output), withCommas(op.output.size), indexList(op.dependsOn)});
  }
  table.print(stream);
}

} // namespace bstc
