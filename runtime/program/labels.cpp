#include "runtime/program/labels.h"

namespace bst {

void TensorLabel::describe(TextSink &out) const {
  appendText(out, "tensor {} {}", size_t(&tensor - program.tensors.data()), quoted(tensor.name));
}

void CommandLabel::describe(TextSink &out) const {
  const Command &command = program.commands[index];
  appendText(out, "command {} {}", index, quoted(command.name));
  if (opcode)
    appendText(out, " ({})", opcodeName(command.params));
}

void OpLabel::describe(TextSink &out) const {
  const TileOp &op = program.tiles.ops[index];
  appendText(out, "{} operation {} (", queueNames[size_t(op.queue)], index);
  for (size_t i = 0; i < op.commands.size(); ++i)
    appendText(out, "{}{}", i ? ", " : "", CommandLabel(program, op.commands[i]));
  out.append(")");
}

void SliceLabel::describe(TextSink &out) const {
  const Part &part = slice.part;
  if (part.rows)
    appendText(out, "rows {} to {}, ", part.row, part.row + part.rows - 1);
  if (part.channels)
    appendText(out, "channels {} to {} of ", part.channel, part.channel + part.channels - 1);
  const TensorLabel tensor(program, program.tensors[slice.tensor]);
  if (slice.onChip)
    appendText(out, "{} in {} memory at {}", tensor, onChipNames[size_t(slice.memory)],
               slice.offset);
  else
    appendText(out, "{} in DRAM", tensor);
}

void HashLabel::describe(TextSink &out) const {
  for (int shift = 60; shift >= 0; shift -= 4)
    out.append({&"0123456789abcdef"[hash >> shift & 15], 1});
}

} // namespace bst
