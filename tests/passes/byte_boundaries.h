#ifndef BSTC_TESTS_PASSES_BYTE_BOUNDARIES_H
#define BSTC_TESTS_PASSES_BYTE_BOUNDARIES_H

#include "tests/passes/imported.h"
#include "tests/support/compiled_run.h"
#include "tests/support/strict.h"

#include "llvm/ADT/STLExtras.h"

// Networks whose inputs and outputs are integers, on maps of 2 channels, 2 rows and 3 columns.
namespace bstc::test {

using Integers = std::vector<int>;
using Bytes = std::vector<std::byte>;

constexpr int s8Type = onnx::TensorProto::INT8, u8Type = onnx::TensorProto::UINT8;
constexpr int channels = 2, rows = 2, columns = 3, positions = rows * columns,
              count = channels * positions;
inline const Dims planes = {1, channels, rows, columns}, pixels = {1, rows, columns, channels};
inline const Dims toPlanes = {0, 3, 1, 2}, toPixels = {0, 2, 3, 1};

/// Bytes from far apart; `which` of several inputs.
inline Integers someBytes(int type, int which) {
  Integers values;
  for (int i = 0; i < count; ++i)
    values.push_back((i * 89 + which * 31 + 7) % 256 - (type == s8Type ? 128 : 0));
  return values;
}

/// Element `i` of a map, [2, 2, 3], in the order [2, 3, 2].
inline int amongPixels(int i) { return i % positions * channels + i / positions; }

inline std::string moved(OnnxBuilder &model, const std::string &x, const std::string &y,
                         const Dims &perm) {
  set(model.node("Transpose", {x}, {y}), "perm", perm);
  return y;
}

inline std::string cast(OnnxBuilder &model, const std::string &x, const std::string &y) {
  set(model.node("Cast", {x}, {y}), "to", int64_t(onnx::TensorProto::FLOAT));
  return y;
}

inline std::string reshaped(OnnxBuilder &model, const std::string &x, const std::string &y,
                            const Dims &shape) {
  model.ints(y + ".shape", {int64_t(shape.size())}, shape);
  model.node("Reshape", {x, y + ".shape"}, {y});
  return y;
}

/// Integers that pass a pair of QuantizeLinear and DequantizeLinear of scale `scale` as they are.
inline std::string paired(QdqBuilder &model, const std::string &x, float scale, int zero,
                          int type) {
  return model.dequantize(model.quantize(x, x + ".q", scale, zero, type), x + ".dq", scale, zero,
                          type);
}

inline Bytes bytesOf(const Integers &integers) {
  Bytes bytes;
  for (int value : integers)
    bytes.push_back(std::byte(value));
  return bytes;
}

inline Bytes bytesOf(const std::vector<float> &reals) {
  Bytes bytes(reals.size() * sizeof(float));
  std::memcpy(bytes.data(), reals.data(), bytes.size());
  return bytes;
}

inline void fill(std::span<std::byte> memory, const Bytes &bytes) {
  ASSERT_EQ(memory.size(), bytes.size());
  llvm::copy(bytes, memory.begin());
}

/// The outputs of the commands; those of the tiles must be the same.
inline std::vector<Bytes> outputsOf(const Compilation &compilation, llvm::ArrayRef<Integers> x) {
  const auto session = bst::testing::sessionOf(bst::testing::openBytes(compilation.package));
  const bst::Program &program = session->program();
  const auto simulator = bst::createSimulator();
  std::unique_ptr<bst::StrictRun> strict;
  bst::testing::require(bst::StrictRun::create(program, *simulator, strict));
  for (size_t i = 0; i < x.size(); ++i) {
    fill(session->data(program.inputs[i]), bytesOf(x[i]));
    fill(strict->data(program.inputs[i]), bytesOf(x[i]));
  }
  bst::testing::require(session->run());
  bst::testing::require(strict->run(bst::TileOrder::LoadsFirst));
  std::vector<Bytes> outputs;
  for (uint32_t output : program.outputs) {
    const auto bytes = std::as_const(*session).data(output);
    outputs.emplace_back(bytes.begin(), bytes.end());
    EXPECT_TRUE(std::ranges::equal(outputs.back(), strict->data(output)))
        << program.tensors[output].name << " in a strict run";
  }
  return outputs;
}

inline Compilation compiledFile(const OnnxBuilder &model, const CompileOptions &options = {}) {
  auto compilation = compile(imported(model), options);
  EXPECT_TRUE(bool(compilation)) << llvm::toString(compilation.takeError());
  return compilation ? std::move(*compilation) : Compilation();
}

inline std::string textOf(const std::vector<Bytes> &outputs) {
  std::string text;
  for (const Bytes &bytes : outputs) {
    for (std::byte byte : bytes)
      text += std::to_string(int(byte)) + " ";
    text += "| ";
  }
  return text;
}

} // namespace bstc::test

#endif // BSTC_TESTS_PASSES_BYTE_BOUNDARIES_H
