#include "runtime/program/self_test.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

namespace bst {

uint64_t checksumOf(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

namespace {

/// Sebastiano Vigna's SplitMix64.
struct SplitMix {
  uint64_t state;
  uint8_t highestByte() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return uint8_t((z ^ (z >> 31)) >> 56);
  }
};

template <class T, class Make>
void fill(std::span<std::byte> memory, SplitMix random, const Make &make) {
  for (size_t at = 0; at + sizeof(T) <= memory.size(); at += sizeof(T)) {
    const T value = make(random.highestByte());
    std::memcpy(memory.data() + at, &value, sizeof(T));
  }
}

} // namespace

void selfTestInput(uint64_t seed, uint32_t input, const Tensor &tensor,
                   std::span<std::byte> memory) {
  const SplitMix random{seed + input * 0x9e3779b97f4a7c15};
  switch (tensor.dtype) {
  case DType::F32:
    return fill<float>(memory, random, [](uint8_t b) { return float(b) / 256; });
  case DType::S8:
    return fill<int8_t>(memory, random, [](uint8_t b) { return int8_t(int(b) - 128); });
  case DType::U8:
    return fill<uint8_t>(memory, random, [](uint8_t b) { return b; });
  case DType::S32:
    return fill<int32_t>(memory, random, [](uint8_t b) { return int32_t(b); });
  }
}

void writeInput(const SelfTest &test, uint32_t input, const Tensor &tensor,
                std::span<std::byte> memory) {
  if (test.inputs.empty())
    return selfTestInput(test.seed, input, tensor, memory);
  std::copy(test.inputs[input].begin(), test.inputs[input].end(), memory.begin());
}

uint32_t writerOf(const Program &program, uint32_t index) {
  const Tensor &tensor = program.tensors[index];
  for (auto command = uint32_t(program.commands.size()); command-- > 0;) {
    const Tensor &written = program.tensors[program.commands[command].outputs[0]];
    if (written.offset == tensor.offset && written.size == tensor.size)
      return command;
  }
  return uint32_t(program.commands.size());
}

} // namespace bst
