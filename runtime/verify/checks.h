#ifndef BST_RUNTIME_VERIFY_CHECKS_H
#define BST_RUNTIME_VERIFY_CHECKS_H

#include "runtime/program/labels.h"
#include "runtime/program/limits.h"
#include "runtime/program/program.h"
#include "runtime/support/status.h"
#include "runtime/support/text.h"

#include <optional>

// The parts of verifyProgram (verify.h). Internal to the runtime.
namespace bst {

/// Elements of a shape; nothing where an extent is below 1 or the product is above 2^53.
std::optional<uint64_t> checkedElementCount(const std::vector<int32_t> &shape);

/// Shape, dtype, layout, quantisation, place and size of every tensor; the arena's size.
Status verifyTensors(const Program &program);

/// Operands and parameters of command `index`. Its tensor indices are in range and its tensors are
/// verified.
Status verifyCommand(const Program &program, uint32_t index);

/// Who writes and who reads which bytes of the arena: nothing is read before it is written or
/// after it was overwritten, and the program's outputs are there in the end. Indices are in range
/// and tensors are verified.
Status verifyDataFlow(const Program &program);

/// The tile-level program, where there is one: every operation by itself, the work of all, and what
/// flows through the memories (tile_flow.h). Everything else of the program is verified.
Status verifyTiles(const Program &program, const Limits &limits);

/// Adds up the work of a run, and compares it with the limit.
class WorkMeter {
public:
  explicit WorkMeter(const Limits &limits) : limits(limits) {}
  /// Takes in command `index`, which is verified. The error names the command with which the work,
  /// or the memory for its window, passes the limit.
  Status add(const Program &program, uint32_t index);
  /// Takes in tile operation `index`, which is verified.
  Status addTile(const Program &program, uint32_t index);

private:
  Limits limits;
  uint64_t work = 0;
};

/// What the package says about its pictures (runtime/program/picture.h): numbers in their ranges,
/// and inputs and outputs that are there and have the shapes said of them. Tensors and contract are
/// verified.
Status verifyPictures(const Program &program);
/// Are the options in their ranges?
Status verifyNmsOptions(const NmsOptions &options);

/// One command under check. A check is a conjunction of conditions that end with the first false
/// one; the first failure makes the message.
class CommandCheck {
public:
  CommandCheck(const Program &program, uint32_t index)
      : program(program), command(program.commands[index]), index(index) {}

  const Tensor &in(size_t i) const { return program.tensors[command.inputs[i]]; }
  const Tensor &out() const { return program.tensors[command.outputs[0]]; }
  size_t inputCount() const { return command.inputs.size(); }
  template <class P> const P &params() const { return *std::get_if<P>(&command.params); }

  /// Records "command 3 'name' (conv): <text>" unless `condition`, and returns it.
  template <class... Parts>
  [[gnu::always_inline]] bool require(bool condition,
                                      TextFormat<std::type_identity_t<Parts>...> format,
                                      const Parts &...parts) {
    if (!condition) [[unlikely]] {
      const uint64_t words[] = {textKinds<Parts...>(), textWord(parts)...};
      fail({format.format, words});
    }
    return condition;
  }
  TensorLabel label(const Tensor &tensor) const { return {program, tensor}; }
  Status takeStatus() { return std::move(failure); }

  // Conditions on tensors.
  bool shapeIs(const Tensor &tensor, std::span<const int32_t> expected);
  bool shapeIs(const Tensor &tensor, std::initializer_list<int32_t> expected) {
    return shapeIs(tensor, std::span(expected.begin(), expected.size()));
  }
  bool rankIs(const Tensor &tensor, size_t rank);
  bool floating(const Tensor &tensor);   ///< f32, row-major.
  bool floatMap(const Tensor &tensor);   ///< f32, row-major, rank 4.
  bool quantised(const Tensor &tensor);  ///< s8 or u8 with a scale.
  bool featureMap(const Tensor &tensor); ///< s8 or u8 with a scale, Nhwc.
  bool sameShape(const Tensor &a, const Tensor &b);
  bool sameLayout(const Tensor &a, const Tensor &b);
  bool sameType(const Tensor &a, const Tensor &b); ///< dtype, scale and zero point.
  // Conditions on parameters.
  bool countIs(const char *field, size_t actual, size_t expected, const char *of);
  bool inRange(const char *field, int64_t value, int64_t lowest, int64_t highest);
  bool requantValid(const char *field, const Requant &requant, int32_t mostOffset);
  bool clampFits(int32_t lo, int32_t hi, const Tensor &tensor);

private:
  void fail(Text what);

  const Program &program;
  const Command &command;
  uint32_t index;
  Status failure;
};

/// A check of one type of command, by the name of its parameters.
using CheckFunction = bool (*)(CommandCheck &);
bool checkConv(CommandCheck &c);
bool checkLut(CommandCheck &c);
bool checkAdd(CommandCheck &c);
bool checkMul(CommandCheck &c);
bool checkConcat(CommandCheck &c);
bool checkMaxPool(CommandCheck &c);
bool checkResize(CommandCheck &c);
bool checkQuantize(CommandCheck &c);
bool checkDequantize(CommandCheck &c);
bool checkFloatConv(CommandCheck &c);
bool checkFloatUnary(CommandCheck &c);
bool checkFloatBinary(CommandCheck &c);
bool checkTranspose(CommandCheck &c);
bool checkSlice(CommandCheck &c);
bool checkFloatConcat(CommandCheck &c);
bool checkFloatPool(CommandCheck &c);
bool checkFloatResize(CommandCheck &c);
bool checkSoftmax(CommandCheck &c);
bool checkMatMul(CommandCheck &c);
bool checkYoloDecode(CommandCheck &c);
bool checkDetect(CommandCheck &c);
bool checkAveragePool(CommandCheck &c);
bool checkFloatPad(CommandCheck &c);
bool checkLrn(CommandCheck &c);
bool checkNms(CommandCheck &c);
bool checkPicture(CommandCheck &c);
bool checkFloatPicture(CommandCheck &c);
bool checkNv12(CommandCheck &c);

// Rules that the integer and the float commands share.

/// The window's fields, and that it takes a map of input's rows and columns to output's.
bool checkWindow(CommandCheck &c, const Window &window, const Tensor &input, const Tensor &output);
/// Every position of the window sees at least one element of the input (checkWindow holds).
bool checkWindowNeverEmpty(CommandCheck &c, const Window &window, const Tensor &input,
                           const Tensor &output);
/// Groups, and input channels, weights [O, I/groups, kh, kw] and output channels to each other.
bool checkConvChannels(CommandCheck &c, const Window &window, int32_t groups);
/// Source rows and columns of a nearest resize, for rank-4 tensors.
bool checkResizeIndices(CommandCheck &c, const std::vector<int32_t> &rows,
                        const std::vector<int32_t> &columns);
/// Inputs of one rank that add up to the output along `axis`, equal elsewhere.
bool checkJoin(CommandCheck &c, int32_t axis);
/// The shape of `x` with the values of block x block positions as channels of one.
bool hasBlocksOf(CommandCheck &c, const Tensor &x, const Tensor &y, int64_t block);
constexpr int32_t mostBlock = 64; ///< Positions along a side of such a block.
/// Every value is finite and above 0: strides and anchors.
bool allPositive(const std::vector<float> &values);

} // namespace bst

#endif // BST_RUNTIME_VERIFY_CHECKS_H
