#include "driver/sample_input.h"

namespace bstc {

/// The same patches of whole numbers; the channels of a picture are innermost.
static TensorDataRef sampleBytes(const TensorType &type) {
  TensorType real(ElementType::F32, type.shape, std::nullopt);
  const bool isPicture = type.rank() == 4 && type.shape[3] == 3 && type.shape[1] != 3;
  const int64_t pixels = isPicture ? type.shape[1] * type.shape[2] : 1;
  if (isPicture)
    real.shape = {type.shape[0], 3, type.shape[1], type.shape[2]};
  const TensorDataRef values = sampleInput(real, {0, 255});
  auto data = std::make_shared<TensorData>(ArrayType(type));
  llvm::MutableArrayRef<uint8_t> bytes = data->mutableValues<uint8_t>();
  for (int64_t i = 0; i < type.count(); ++i) {
    const int64_t place = isPicture ? (i / (3 * pixels) * 3 + i % 3) * pixels + i / 3 % pixels : i;
    const auto value = int32_t(values->values<float>()[size_t(place)] + 0.5f);
    bytes[size_t(i)] = uint8_t(value + minOf(type.element));
  }
  return data;
}

TensorDataRef sampleInput(const TensorType &type, SampleRange range) {
  if (!type.isFloat())
    return sampleBytes(type);
  auto data = std::make_shared<TensorData>(type);
  auto hash = [](uint64_t x) { // splitmix64 (Steele, Lea, Flood 2014).
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  };
  int64_t width = type.rank() ? type.shape.back() : 1;
  int64_t height = type.rank() > 1 ? type.shape[type.rank() - 2] : 1;
  const int64_t patchSize = std::clamp<int64_t>(std::min(width, height) / 4, 1, 16);
  for (int64_t i = 0; i < type.count(); ++i) {
    int64_t x = i % width, y = i / width % height, plane = i / width / height;
    uint64_t patch = hash(uint64_t((plane * 4096 + y / patchSize) * 4096 + x / patchSize)) % 224;
    const float level = float(patch + hash(uint64_t(i)) % 32) / 255.0f;
    data->mutableValues<float>()[i] = range.low + level * (range.high - range.low);
  }
  return data;
}

/// An operator whose result has the numbers of its first operand, in another order or in part.
static bool movesNumbers(OpKind op) {
  switch (op) {
  case OpKind::Reshape:
  case OpKind::Flatten:
  case OpKind::Squeeze:
  case OpKind::Unsqueeze:
  case OpKind::Transpose:
  case OpKind::Identity:
  case OpKind::Dropout:
  case OpKind::Slice:
  case OpKind::Split:
  case OpKind::Concat:
  case OpKind::Pad:
  case OpKind::MaxPool:
  case OpKind::Resize:
  case OpKind::Upsample:
    return true;
  default:
    return false;
  }
}

/// The QuantizeLinear that reads `input`, as it is or moved (the slices of a Focus), or null.
static const Node *quantiserBehind(const Value &input) {
  constexpr size_t mostForms = 64;
  llvm::SmallVector<const Value *, 8> forms = {&input};
  for (size_t i = 0; i < forms.size() && i < mostForms; ++i)
    for (const Node *user : forms[i]->users()) {
      if (user->op == OpKind::Quantize)
        return user;
      if (movesNumbers(user->op))
        forms.append(user->outputs().begin(), user->outputs().end());
    }
  return nullptr;
}

SampleRange inputRange(const Value &input) {
  const Node *quantise = quantiserBehind(input);
  if (!quantise || !quantise->output()->type.isQuantised() ||
      !quantise->output()->type.quant->perTensor())
    return {-4, 4};
  const TensorType &type = quantise->output()->type;
  const auto real = [&](int32_t code) {
    return float(code - type.quant->zeroPoint()) * type.quant->scale();
  };
  return {real(minOf(type.element)), real(maxOf(type.element))};
}

} // namespace bstc
