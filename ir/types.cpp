#include "ir/types.h"

#include <cassert>
#include <cstring>

namespace bstc {

uint64_t elementSize(ElementType type) {
  switch (type) {
  case ElementType::S8:
  case ElementType::U8:
  case ElementType::Bool:
    return 1;
  case ElementType::F32:
  case ElementType::S32:
    return 4;
  case ElementType::S64:
  case ElementType::F64:
    return 8;
  }
  return 0;
}

const char *elementTypeName(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return "f32";
  case ElementType::S8:
    return "s8";
  case ElementType::U8:
    return "u8";
  case ElementType::S32:
    return "s32";
  case ElementType::S64:
    return "s64";
  case ElementType::F64:
    return "f64";
  case ElementType::Bool:
    return "bool";
  }
  return "?";
}

int64_t ArrayType::count() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

TensorData::TensorData(ArrayType type, std::vector<std::byte> bytes)
    : type(std::move(type)), bytes(std::move(bytes)) {
  assert(this->bytes.size() == this->type.bytes());
}

TensorData::TensorData(ArrayType type) : type(std::move(type)) { bytes.resize(this->type.bytes()); }

template <typename T> static double readAt(const std::byte *bytes, int64_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof(T), sizeof(T));
  return double(value);
}

double TensorData::at(int64_t index) const {
  switch (type.element) {
  case ElementType::F32:
    return readAt<float>(bytes.data(), index);
  case ElementType::F64:
    return readAt<double>(bytes.data(), index);
  case ElementType::S8:
    return readAt<int8_t>(bytes.data(), index);
  case ElementType::U8:
  case ElementType::Bool:
    return readAt<uint8_t>(bytes.data(), index);
  case ElementType::S32:
    return readAt<int32_t>(bytes.data(), index);
  case ElementType::S64:
    return readAt<int64_t>(bytes.data(), index);
  }
  return 0;
}

} // namespace bstc
