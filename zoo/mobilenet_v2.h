#ifndef BSTC_ZOO_MOBILENET_V2_H
#define BSTC_ZOO_MOBILENET_V2_H

#include <cstdint>
#include <vector>

namespace bstc {

/// A node of MobileNetV2-1.0 at 224x224: a convolution, or a residual sum (which the vendor's
/// emulator counts as a node) of the node before it and of what its block began with.
struct MobilenetNode {
  bool sum = false;
  int32_t in = 0, out = 0, kernel = 1, stride = 1;
  int32_t size = 0; ///< Of the output.
  int32_t groups = 1;
  bool linear = false; ///< A convolution that no ReLU6 follows.
};

/// Nodes 0 to 61: everything before the global average pooling. The layers are those of the paper
/// (Sandler et al., 2018, table 2).
inline std::vector<MobilenetNode> mobilenetV2Nodes() {
  std::vector<MobilenetNode> nodes;
  int32_t size = 112, in = 32;
  nodes.push_back({false, 3, in, 3, 2, size});
  struct Stage {
    int32_t expansion, channels, repeats, stride;
  };
  for (Stage stage : {Stage{1, 16, 1, 1},
                      {6, 24, 2, 2},
                      {6, 32, 3, 2},
                      {6, 64, 4, 2},
                      {6, 96, 3, 1},
                      {6, 160, 3, 2},
                      {6, 320, 1, 1}})
    for (int32_t i = 0; i < stage.repeats; ++i) {
      const int32_t stride = i == 0 ? stage.stride : 1;
      const int32_t hidden = in * stage.expansion;
      if (stage.expansion != 1)
        nodes.push_back({false, in, hidden, 1, 1, size});
      size /= stride;
      nodes.push_back({false, hidden, hidden, 3, stride, size, hidden});
      nodes.push_back({false, hidden, stage.channels, 1, 1, size, 1, true});
      if (stride == 1 && in == stage.channels)
        nodes.push_back({true, in, in, 1, 1, size});
      in = stage.channels;
    }
  nodes.push_back({false, in, 1280, 1, 1, size});
  return nodes;
}

} // namespace bstc

#endif // BSTC_ZOO_MOBILENET_V2_H
