#include "ir/space_to_depth.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// Channels that every array takes at one time: fewer leave a part of it idle.
constexpr int64_t channelsOfArray = 16;

int64_t spaceToDepthBlock(const WindowAttrs &window, int64_t groups,
                          llvm::ArrayRef<int64_t> shape) {
  const int64_t block = window.stride[0];
  if (groups != 1 || window.stride[1] != block || shape.size() != 4 ||
      shape[1] * block * block > channelsOfArray)
    return 1;
  for (int axis = 0; axis < 2; ++axis) {
    const int64_t extents[] = {window.kernel[axis], window.padBegin[axis], window.padEnd[axis],
                               shape[size_t(2 + axis)]};
    if (window.dilation[axis] != 1 ||
        llvm::any_of(extents, [&](int64_t extent) { return extent % block != 0; }))
      return 1;
  }
  return block;
}

} // namespace bstc
