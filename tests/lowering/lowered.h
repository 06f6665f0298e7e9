#ifndef BSTC_TESTS_LOWERING_LOWERED_H
#define BSTC_TESTS_LOWERING_LOWERED_H

#include "driver/compile.h"
#include "tests/reference/requant.h"
#include "tests/support/onnx_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bstc::test {

using Quant = bst::reference::Quantisation;

/// Networks as exporters write them: float operators between QuantizeLinear and DequantizeLinear.
class QdqModel : public OnnxBuilder {
public:
  using OnnxBuilder::OnnxBuilder;

  /// Q and DQ of `from`; the result has the name `to`, its integers `to`q.
  void pair(const std::string &from, const std::string &to, const Quant &quant) {
    const bool isUnsigned = quant.dtype == bst::DType::U8;
    floats(to + "s", {}, {quant.scale});
    bytes(to + "z", {}, {quant.zeroPoint},
          isUnsigned ? onnx::TensorProto::UINT8 : onnx::TensorProto::INT8);
    node("QuantizeLinear", {from, to + "s", to + "z"}, {to + "q"});
    node("DequantizeLinear", {to + "q", to + "s", to + "z"}, {to});
  }
  /// A graph input `name`0 and its pair `name`.
  void quantisedInput(const std::string &name, const Dims &dims, const Quant &quant) {
    input(name + "0", dims);
    pair(name + "0", name, quant);
  }
  /// The pair of `from` as the graph output "y".
  void quantisedOutput(const std::string &from, const Quant &quant) {
    pair(from, "y", quant);
    output("y");
  }

  llvm::Expected<Compilation> compiled() const {
    auto graph = import();
    if (!graph)
      return graph.takeError();
    CompileOptions options;
    options.fidelity = false;
    return compile(std::move(*graph), options);
  }
};

/// The only command of the compiled network with parameters of type P, and its tensors.
template <typename P> struct Lowered {
  Compilation compilation;
  P params;
  std::vector<bst::Tensor> inputs;
  bst::Tensor output;
};

template <typename P> inline std::optional<Lowered<P>> lowered(const QdqModel &model) {
  auto compilation = model.compiled();
  if (!compilation) {
    ADD_FAILURE() << llvm::toString(compilation.takeError());
    return std::nullopt;
  }
  Lowered<P> result{std::move(*compilation), {}, {}, {}};
  const bst::Program &program = result.compilation.compiled->program;
  size_t found = 0;
  for (const bst::Command &command : program.commands)
    if (const P *params = std::get_if<P>(&command.params)) {
      ++found;
      result.params = *params;
      for (uint32_t input : command.inputs)
        result.inputs.push_back(program.tensors[input]);
      result.output = program.tensors[command.outputs[0]];
    }
  EXPECT_EQ(found, 1u) << toString(result.compilation.placed);
  return found == 1 ? std::optional(std::move(result)) : std::nullopt;
}

/// The same numbers on every run.
class Draw {
public:
  explicit Draw(uint64_t seed) : state(seed) {}
  uint64_t next() { // splitmix64
    uint64_t x = state += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }
  int64_t between(int64_t low, int64_t high) {
    return low + int64_t(next() % uint64_t(high - low + 1));
  }
  /// A scale as calibration gives it: any float32 between 2^-12 and 1.
  float scale() {
    return std::ldexp(1 + float(next() % (1 << 23)) / float(1 << 23), int(between(-12, -1)));
  }
  Quant quant() {
    const bool isUnsigned = next() % 2;
    const int64_t zero = isUnsigned ? between(0, 255) : between(-128, 127);
    return {isUnsigned ? bst::DType::U8 : bst::DType::S8, scale(), int32_t(zero)};
  }

private:
  uint64_t state;
};

/// What the lowered tensor says its integers mean.
inline void expectMeans(const bst::Tensor &tensor, const Quant &quant) {
  EXPECT_EQ(tensor.dtype, quant.dtype) << tensor.name;
  EXPECT_EQ(tensor.scale, quant.scale) << tensor.name;
  EXPECT_EQ(tensor.zeroPoint, quant.zeroPoint) << tensor.name;
}

} // namespace bstc::test

#endif // BSTC_TESTS_LOWERING_LOWERED_H
