#include "driver/sample_input.h"

namespace bstc {

TensorDataRef sampleInput(const TensorType &type) {
  auto data = std::make_shared<TensorData>(type);
  auto hash = [](uint64_t x) { // splitmix64 (Steele, Lea, Flood 2014).
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  };
  int64_t width = type.rank() ? type.shape.back() : 1;
  int64_t height = type.rank() > 1 ? type.shape[type.rank() - 2] : 1;
  for (int64_t i = 0; i < type.count(); ++i) {
    int64_t x = i % width, y = i / width % height, plane = i / width / height;
    uint64_t patch = hash(uint64_t((plane * 4096 + y / 16) * 4096 + x / 16)) % 224;
    data->mutableValues<float>()[i] = float(patch + hash(uint64_t(i)) % 32) / 255.0f;
  }
  return data;
}

} // namespace bstc
