/// YOLOv5 v6/v7 (yolov5{n,s,m,l,x}.yaml and their -seg forms) as data, unrolled into one list of
/// primitive steps that the exporter and the summary both walk.
#ifndef BSTC_TOOLS_ZOO_YOLOV5_TOPOLOGY_H
#define BSTC_TOOLS_ZOO_YOLOV5_TOPOLOGY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace bstc::zoo {

constexpr int classes = 80;
constexpr int masks = 32;
constexpr int boxValues = 5; ///< x, y, w, h, objectness; then come classes and masks
constexpr int anchorsPerLevel = 3;
constexpr int headLevels = 3;

/// Square convolution or pooling window.
struct Window {
  int kernel = 1;
  int stride = 1;
  int pad = 0;
};

/// One primitive operation on feature maps; its result is named by its index in Network::steps.
struct Step {
  enum class Kind { Image, Conv, HeadConv, Add, Concat, MaxPool, Upsample };
  Kind kind = Kind::Image;
  std::string scope; ///< as torch.onnx names it: "/model.2/m/m.0/cv1"
  llvm::SmallVector<unsigned, 4> inputs;
  int channels = 0;
  int stride = 1;              ///< image pixels per element of the result, in each direction
  Window window;               ///< convolutions and pooling
  bool residualBranch = false; ///< a convolution whose result is added to a shortcut
};

struct Network {
  std::vector<Step> steps;
  std::array<unsigned, headLevels> heads{}; ///< HeadConv steps of strides 8, 16, 32
  std::optional<unsigned> prototypes;       ///< Segment: the step whose result is `output1`
  int valuesPerAnchor = 0;                  ///< 85, with masks 117
  int modules = 0;                          ///< see ZooSummary::layers
};

/// Anchor sizes of one head level (width, height per anchor, pixels): the published P5 anchors.
llvm::ArrayRef<std::array<float, 2>> anchorsOfLevel(int level);

/// Names of the known networks, smallest first.
llvm::ArrayRef<llvm::StringRef> yolov5Names();

/// Unrolls a network; nothing when the name is unknown.
std::optional<Network> unrollYolov5(llvm::StringRef name, bool segment);

} // namespace bstc::zoo

#endif // BSTC_TOOLS_ZOO_YOLOV5_TOPOLOGY_H
