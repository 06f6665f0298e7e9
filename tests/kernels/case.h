#ifndef BSTC_TESTS_KERNELS_CASE_H
#define BSTC_TESTS_KERNELS_CASE_H

#include "backends/simulator/simulator.h"

#include <memory>
#include <new>
#include <string>
#include <vector>

namespace bst::problems {

/// 64-byte aligned memory of exactly `size` bytes, so that AddressSanitizer sees the first byte
/// beyond it.
class Bytes {
public:
  Bytes() = default;
  explicit Bytes(size_t size)
      : memory(static_cast<std::byte *>(::operator new(size, std::align_val_t(64)))), length(size) {
  }
  std::byte *data() const { return memory.get(); }
  size_t size() const { return length; }

private:
  struct Free {
    void operator()(std::byte *pointer) const { ::operator delete(pointer, std::align_val_t(64)); }
  };
  std::unique_ptr<std::byte, Free> memory;
  size_t length = 0;
};

/// A program of one command, and the contents of its inputs.
class Case {
public:
  /// Adds an input or the output. Shape in ONNX order; `scale` and `zeroPoint` for 8-bit types.
  /// Tensors in Storage::Weights go into the program's weights. Returns the index.
  uint32_t add(DType dtype, Layout layout, std::vector<int64_t> shape, float scale = 0,
               int32_t zeroPoint = 0, Storage storage = Storage::Arena);
  /// Adds the weights of a convolution, OIHW `shape` and elements in OHWI order, in the layout that
  /// `params` asks for.
  void addWeights(const std::vector<int64_t> &shape, const std::vector<int8_t> &ohwi,
                  const ConvParams &params);
  /// Sets the elements of an input, in memory order.
  template <typename T> void fill(uint32_t tensor, const std::vector<T> &values);
  /// Makes the command: the last tensor added is its output, the others its inputs in order.
  void finish(Engine engine, Params params);

  const Program &program() const { return contents; }
  const Command &command() const { return contents.commands[0]; }
  const Tensor &tensor(uint32_t index) const { return contents.tensors[index]; }
  uint32_t outputIndex() const { return uint32_t(contents.tensors.size() - 1); }
  const Bytes &input(uint32_t index) const { return data[index]; }

private:
  void setBytes(uint32_t tensor, const void *from, size_t size);

  Program contents;
  std::vector<Bytes> data; ///< By tensor; the output's is empty.
  Bytes weights;
};

template <typename T> void Case::fill(uint32_t tensor, const std::vector<T> &values) {
  setBytes(tensor, values.data(), values.size() * sizeof(T));
}

/// Runs the case on `simulator`, with garbage in the output before. \p error is set when it
/// failed or wrote into an input.
Bytes runOn(const Case &test, Simulator &simulator, std::string &error, unsigned threads = 1);

/// What the reference says about a case: its output, and how far another may be from each element
/// (see runReference).
struct Expected {
  Bytes output;
  std::vector<double> tolerance;
};
Expected expectedOf(const Case &test);

/// How `actual` differs from what was expected: the first element that is further off than
/// allowed, and how many are; empty when they agree.
std::string difference(const Case &test, const Expected &expected, const Bytes &actual);

} // namespace bst::problems

#endif // BSTC_TESTS_KERNELS_CASE_H
