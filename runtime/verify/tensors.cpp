#include "runtime/verify/checks.h"

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

// The tensor's type.
static Status verifyType(const Tensor &t) {
  if (size_t(t.dtype) >= dtypeNames.size())
    return corrupt("dtype {} is unknown", uint32_t(t.dtype));
  if (size_t(t.layout) >= layoutNames.size())
    return corrupt("layout {} is unknown", uint32_t(t.layout));
  const bool eightBit = elementSize(t.dtype) == 1;
  if (t.layout != Layout::RowMajor && t.shape.size() != 4)
    return corrupt("layout is {} with rank {}, expected 4", layoutName(t.layout), t.shape.size());
  if (t.layout != Layout::RowMajor && !eightBit)
    return corrupt("layout is {} with dtype {}, expected s8 or u8", layoutName(t.layout),
                   dtypeName(t.dtype));
  if (t.layout == Layout::Picture && (t.dtype != DType::U8 || t.shape[1] != 3 || t.scale != 0))
    return corrupt("layout is picture with shape {} of {}, expected u8 [n,3,h,w] without a scale",
                   t.shape, dtypeName(t.dtype));
  if (!std::isfinite(t.scale) || t.scale < 0)
    return corrupt("scale is {}, expected a finite positive number or 0", double(t.scale));
  if (!eightBit && (t.scale != 0 || t.zeroPoint != 0))
    return corrupt("scale and zero point are {} and {} with dtype {}, expected 0", double(t.scale),
                   t.zeroPoint, dtypeName(t.dtype));
  const int32_t lowest = t.dtype == DType::U8 ? 0 : -128;
  if (eightBit && (t.zeroPoint < lowest || t.zeroPoint > lowest + 255))
    return corrupt("zero point is {}, expected {} to {}", t.zeroPoint, lowest, lowest + 255);
  return {};
}

// The tensor's shape, size and place.
static Status verifyPlace(const Program &program, const Tensor &t) {
  if (t.shape.size() > maxRank)
    return corrupt("rank is {}, at most {}", t.shape.size(), maxRank);
  const std::optional<uint64_t> count = checkedElementCount(t.shape);
  if (!count)
    return corrupt("shape is {}, expected extents from 1 and a product up to 2^53", t.shape);
  if (t.size != storedSize(t))
    return corrupt("size is {} bytes, shape {} of {} {} takes {}", t.size, t.shape,
                   dtypeName(t.dtype), layoutName(t.layout), storedSize(t));
  if (size_t(t.storage) > size_t(Storage::Weights))
    return corrupt("storage {} is unknown", uint32_t(t.storage));
  if (t.offset % alignment)
    return corrupt("offset is {}, expected a multiple of {}", t.offset, alignment);
  const bool arena = t.storage == Storage::Arena;
  const uint64_t room = arena ? program.arenaSize : program.weightsSize;
  // Not offset + size > room: the sum could overflow.
  if (t.offset > room || t.size > room - t.offset)
    return corrupt("takes {} bytes at offset {} of the {}, which have {}", t.size, t.offset,
                   arena ? "arena" : "weights", room);
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
    return corrupt("arena size is {} bytes, its tensors need {}", program.arenaSize, needed);
  if (program.arenaLowerBound > program.arenaSize)
    return corrupt("arena lower bound is {} bytes, the arena has {}", program.arenaLowerBound,
                   program.arenaSize);
  return Status();
}

Status verifyTensors(const Program &program) {
  for (const Tensor &tensor : program.tensors) {
    Status fault = verifyType(tensor);
    if (fault.ok())
      fault = verifyPlace(program, tensor);
    if (!fault.ok())
      return corrupt("{}: {}", TensorLabel(program, tensor), fault.message());
  }
  return verifyArena(program);
}

} // namespace bst
