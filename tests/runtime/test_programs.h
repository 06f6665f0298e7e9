#ifndef BST_TESTS_RUNTIME_TEST_PROGRAMS_H
#define BST_TESTS_RUNTIME_TEST_PROGRAMS_H

#include "runtime/program/program.h"

#include <memory>
#include <optional>
#include <span>

namespace bst::testing {

/// Sixty-four bytes, aligned alike: vectors of them are aligned memory.
struct alignas(64) Block {
  std::byte bytes[64] = {};
};

/// A program and the weights it points to. Copies share the weights.
struct TestProgram {
  Program program;
  std::shared_ptr<std::vector<Block>> weights;
};

/// Makes programs in which every arena tensor has bytes of its own.
class ProgramBuilder {
public:
  uint32_t floats(std::string name, std::vector<int32_t> shape);
  /// An 8-bit tensor of scale > 0; Nhwc where the rank is 4.
  uint32_t quantised(std::string name, std::vector<int32_t> shape, DType dtype, float scale,
                     int32_t zeroPoint);
  /// u8 row by row, without a scale: pixels.
  uint32_t bytes(std::string name, std::vector<int32_t> shape);
  /// Another name for the bytes of `tensor`, in its layout unless told otherwise.
  uint32_t alias(std::string name, std::vector<int32_t> shape, uint32_t tensor,
                 std::optional<Layout> layout = std::nullopt);
  /// A constant; its bytes count up from a start that differs from constant to constant (floats:
  /// between -1 and 1).
  uint32_t constant(std::string name, std::vector<int32_t> shape, DType dtype, Layout layout);
  /// Depends on the commands that made its inputs.
  void command(Engine engine, std::string name, std::vector<uint32_t> inputs, uint32_t output,
               Params params);
  TestProgram finish(std::vector<uint32_t> inputs, std::vector<uint32_t> outputs);

private:
  uint32_t add(Tensor tensor);
  Program program;
  std::vector<Block> blocks;
};

/// quantize -> conv -> dequantize: 'images' [1,2,4,4] to 'output' [1,3,4,4].
TestProgram smallProgram();

/// smallProgram with its tile operations: the convolution in two bands of two rows.
TestProgram tiledProgram();

/// A valid program with every type of command once, an alias, s8 and u8, two outputs.
TestProgram completeProgram();

/// Not valid: every field of every structure has a value of its own, to see that it is kept.
TestProgram distinctProgram();

/// By name; a test's own mistake ends it.
uint32_t tensorIndex(const Program &program, std::string_view name);
Tensor &tensorNamed(Program &program, std::string_view name);
Command &commandNamed(Program &program, std::string_view name);
template <class P> P &paramsOf(Program &program, std::string_view command) {
  return std::get<P>(commandNamed(program, command).params);
}

/// Sets the shape and what follows from it: the size, a place of its own, the arena's size.
void reshape(Program &program, std::string_view tensor, std::vector<int32_t> shape);

/// Adjusts the arena's size to its tensors.
void fitArena(Program &program);

/// Package of a program that must be writable.
std::vector<std::byte> packageOf(const Program &program);

// Offsets in a package, by the layout that FlatBuffers documents.
size_t rootTable(std::span<const std::byte> package);
/// Of the `field`-th field of a table, in the order of package.fbs (a union takes two).
size_t fieldOf(std::span<const std::byte> package, size_t table, size_t field);
/// What the offset that is stored at `at` points to.
size_t follow(std::span<const std::byte> package, size_t at);

} // namespace bst::testing

#endif // BST_TESTS_RUNTIME_TEST_PROGRAMS_H
