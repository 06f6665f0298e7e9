#ifndef BST_RUNTIME_PROGRAM_TILE_PARTS_H
#define BST_RUNTIME_PROGRAM_TILE_PARTS_H

#include "runtime/program/program.h"

/// The geometry of tiles: which part of its inputs a part of a command's output needs, how many
/// bytes parts take, and an operation as a small program of its own. What plans tiles, what checks
/// them, what predicts their time and what executes them agree by asking here.
namespace bst {

/// A feature map, or a picture: its rows can be taken apart, a feature map's channels as well.
bool isMap(const Tensor &tensor);
/// Channels that a map is stored in blocks of, on chip: `channelBlock`, but all of a Picture's.
uint32_t onChipBlock(const Tensor &map, uint32_t channelBlock);
/// The constants of an int8 convolution: its output channels can be taken apart.
bool isConvConstant(const Tensor &tensor);
/// All of a tensor.
Part wholePart(const Tensor &tensor);

/// Can the command compute some rows of its output from some rows of its inputs? MACA's and EDP's
/// can on maps, except a concatenation of rows and windows that padding can fill. All others run as
/// a whole, on DRAM. The command has passed verifyCommand.
bool worksInBands(const Program &program, const Command &command);

/// What computing `part` of the output of a command that works in bands reads of its input
/// `input`. Not empty, and inside the tensor, where `part` is.
Part partNeeded(const Program &program, const Command &command, size_t input, const Part &part);

/// Partial sums: constants of a convolution whose Part has rows are the weights of the input
/// channels [row, row + rows) of its output channels, with their biases. An operation on them adds
/// to sums that stay in the array: operations for the input channels in their order, the first from
/// 0 on, follow each other on Maca. The last one adds the biases and leaves the output; the others
/// leave nothing that may be read.
///
/// The input channels [first, first + count) that an operation computes a convolution from, of
/// `all`; count 0: of all of them at once, or it is no convolution.
struct InputShare {
  int32_t first = 0, count = 0, all = 0;
  bool partial() const { return count > 0; }
  bool opens() const { return first == 0; }
  bool closes() const { return first + count == all; }
};
/// The operation has as many inputs as operandsOf() says.
InputShare inputShareOf(const Program &program, const TileOp &op);
/// Input channels that the constants of a convolution can be cut at multiples of; 0: they cannot.
int32_t inputStep(const Tensor &constants, uint32_t channelBlock);

/// Does computing `part` of the command's output read anything of input `input`? Channels of a
/// concatenation may be made input by input; everything else reads all of its inputs.
bool readsInput(const Program &program, const Command &command, size_t input, const Part &part);

/// The inputs of an operation's commands without what lies between the commands, and without those
/// that its part of the output does not read: tensor indices, in the order of TileOp::inputs.
std::vector<uint32_t> operandsOf(const Program &program, const TileOp &op);
/// What an operation that is not a transfer reads: a part for each of operandsOf().
std::vector<Part> neededParts(const Program &program, const TileOp &op);

/// Bytes of a part on chip, and of its traffic (Slice::size).
uint64_t partBytes(const Tensor &tensor, const Part &part, uint32_t channelBlock);

/// Output channels that a convolution can be cut at multiples of, so that weights, groups and
/// on-chip blocks all stay whole.
uint32_t channelStep(const Program &program, const Command &conv, uint32_t channelBlock);

/// First channels of the inputs of a concatenation of channels in its output, and the number of its
/// channels; empty for other commands.
std::vector<int32_t> channelsOfInputs(const Program &program, const Command &command);

/// The commands of an operation that is not a transfer as a program on tensors that have the sizes
/// of the parts it reads and writes: first one for each of neededParts(), then the results of the
/// commands, the last one the operation's output. Without memory: offsets are 0, `weights` is null.
Program tileProgram(const Program &program, const TileOp &op);

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_TILE_PARTS_H
