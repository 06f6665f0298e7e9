#include "detectors/shared/coco_classes.h"

#include <algorithm>
#include <cassert>

namespace bstc {

llvm::ArrayRef<std::string> cocoNames() {
  static const std::string names[] = {"person",        "bicycle",      "car",
                                      "motorcycle",    "airplane",     "bus",
                                      "train",         "truck",        "boat",
                                      "traffic light", "fire hydrant", "stop sign",
                                      "parking meter", "bench",        "bird",
                                      "cat",           "dog",          "horse",
                                      "sheep",         "cow",          "elephant",
                                      "bear",          "zebra",        "giraffe",
                                      "backpack",      "umbrella",     "handbag",
                                      "tie",           "suitcase",     "frisbee",
                                      "skis",          "snowboard",    "sports ball",
                                      "kite",          "baseball bat", "baseball glove",
                                      "skateboard",    "surfboard",    "tennis racket",
                                      "bottle",        "wine glass",   "cup",
                                      "fork",          "knife",        "spoon",
                                      "bowl",          "banana",       "apple",
                                      "sandwich",      "orange",       "broccoli",
                                      "carrot",        "hot dog",      "pizza",
                                      "donut",         "cake",         "chair",
                                      "couch",         "potted plant", "bed",
                                      "dining table",  "toilet",       "tv",
                                      "laptop",        "mouse",        "remote",
                                      "keyboard",      "cell phone",   "microwave",
                                      "oven",          "toaster",      "sink",
                                      "refrigerator",  "book",         "clock",
                                      "vase",          "scissors",     "teddy bear",
                                      "hair drier",    "toothbrush"};
  return names;
}

int32_t cocoCategory(int32_t classIndex) {
  assert(classIndex >= 0 && classIndex < 80);
  // Categories that no picture of the published sets has: street sign, hat, shoe, ...
  static constexpr int32_t unused[] = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83};
  int32_t category = classIndex + 1;
  for (int32_t number : unused)
    category += number <= category ? 1 : 0;
  return category;
}

} // namespace bstc
