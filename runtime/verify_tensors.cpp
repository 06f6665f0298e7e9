#include "runtime/verify.h"

#include <algorithm>
#include <cmath>

namespace bst {

constexpr uint64_t alignment = 64;

// The limit leaves room for what a layout adds (storedSize).
std::optional<uint64_t> checkedElementCount(const std::vector<int32_t> &shape) {
  constexpr uint64_t limit = uint64_t(1) << 53;
  uint64_t count = 1;
  for (int32_t extent : shape) {
    if (extent < 1 || count > limit / uint64_t(extent))
      return std::nullopt;
    count *= uint64_t(extent);
  }
  return count;
}

std::string describe(const Program &program, const Tensor &tensor) {
  return text("tensor ", uint64_t(&tensor - program.tensors.data()), " ", quoted(tensor.name));
}

// What is wrong with the tensor's type, or nothing.
static std::string typeFault(const Tensor &t) {
  if (size_t(t.dtype) >= dtypeNames.size())
    return text("dtype ", uint32_t(t.dtype), " is unknown");
  if (size_t(t.layout) >= layoutNames.size())
    return text("layout ", uint32_t(t.layout), " is unknown");
  const bool eightBit = elementSize(t.dtype) == 1;
  if (t.layout != Layout::RowMajor && t.shape.size() != 4)
    return text("layout is ", layoutName(t.layout), " with rank ", t.shape.size(), ", expected 4");
  if (t.layout != Layout::RowMajor && !eightBit)
    return text("layout is ", layoutName(t.layout), " with dtype ", dtypeName(t.dtype),
                ", expected s8 or u8");
  if (!std::isfinite(t.scale) || t.scale < 0)
    return text("scale is ", double(t.scale), ", expected a finite positive number or 0");
  if (!eightBit && (t.scale != 0 || t.zeroPoint != 0))
    return text("scale and zero point are ", double(t.scale), " and ", t.zeroPoint, " with dtype ",
                dtypeName(t.dtype), ", expected 0");
  const int32_t lowest = t.dtype == DType::U8 ? 0 : -128;
  if (eightBit && (t.zeroPoint < lowest || t.zeroPoint > lowest + 255))
    return text("zero point is ", t.zeroPoint, ", expected ", lowest, " to ", lowest + 255);
  return {};
}

// What is wrong with the tensor's shape, size or place, or nothing.
static std::string placeFault(const Program &program, const Tensor &t) {
  if (t.shape.size() > maxRank)
    return text("rank is ", t.shape.size(), ", at most ", maxRank);
  const std::optional<uint64_t> count = checkedElementCount(t.shape);
  if (!count)
    return text("shape is ", t.shape, ", expected extents from 1 and a product up to 2^53");
  if (t.size != storedSize(t))
    return text("size is ", t.size, " bytes, shape ", t.shape, " of ", dtypeName(t.dtype), " ",
                layoutName(t.layout), " takes ", storedSize(t));
  if (size_t(t.storage) > size_t(Storage::Weights))
    return text("storage ", uint32_t(t.storage), " is unknown");
  if (t.offset % alignment)
    return text("offset is ", t.offset, ", expected a multiple of ", alignment);
  const bool arena = t.storage == Storage::Arena;
  const uint64_t room = arena ? program.arenaSize : program.weightsSize;
  // Not offset + size > room: the sum could overflow.
  if (t.offset > room || t.size > room - t.offset)
    return text("takes ", t.size, " bytes at offset ", t.offset, " of the ",
                arena ? "arena" : "weights", ", which have ", room);
  return {};
}

static Status verifyArena(const Program &program) {
  uint64_t end = 0;
  for (const Tensor &t : program.tensors)
    if (t.storage == Storage::Arena)
      end = std::max(end, t.offset + t.size);
  // Not more than needed either: a wrong number must not cost a host its memory.
  const uint64_t needed = (end + alignment - 1) / alignment * alignment;
  if (program.arenaSize != needed)
    return Status(StatusCode::CorruptPackage,
                  text("arena size is ", program.arenaSize, " bytes, its tensors need ", needed));
  if (program.arenaLowerBound > program.arenaSize)
    return Status(StatusCode::CorruptPackage, text("arena lower bound is ", program.arenaLowerBound,
                                                   " bytes, the arena has ", program.arenaSize));
  return Status();
}

Status verifyTensors(const Program &program) {
  for (const Tensor &tensor : program.tensors) {
    std::string fault = typeFault(tensor);
    if (fault.empty())
      fault = placeFault(program, tensor);
    if (!fault.empty())
      return Status(StatusCode::CorruptPackage, describe(program, tensor) + ": " + fault);
  }
  return verifyArena(program);
}

} // namespace bst
