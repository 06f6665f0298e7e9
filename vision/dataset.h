#ifndef BSTC_VISION_DATASET_H
#define BSTC_VISION_DATASET_H

#include "vision/detection.h"
#include "vision/run_length_mask.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bstc {

/// An object that somebody marked in a picture. Coordinates are fractions of the picture's width
/// and height.
struct Label {
  int32_t classIndex = 0;
  Box box;
  /// Its outline, x and y in turn; an object in several pieces has several. Empty where only the
  /// box is known, or where `runs` says it.
  std::vector<std::vector<float>> polygons;
  RunLengthMask runs; ///< Its mask on a picture of this size.
  bool hasMask() const { return !polygons.empty() || !runs.counts.empty(); }
};

/// A picture's file and what is to be found on it.
struct LabelledImage {
  std::string path;
  std::vector<Label> labels;
};

/// Pictures with labels.
struct Dataset {
  std::vector<std::string> names;    ///< Of the classes; empty where the data do not say.
  std::vector<LabelledImage> images; ///< By path.
  std::vector<std::string> leftOut;  ///< "FILE:LINE: reason" of each picture with bad labels.
  size_t background = 0;             ///< Pictures that have no labels.
  size_t duplicates = 0;             ///< Labels that were there twice; they count once.
  size_t crowds = 0;                 ///< COCO's marks of whole crowds; they do not count.
  size_t labels = 0;
  size_t masks = 0; ///< Labels with an outline.
};

struct DatasetOptions {
  /// Which part: a name in the YAML file or of a folder in images/ ("val"), or a list of pictures,
  /// a folder or a COCO file, from the dataset's folder or from here. Empty: "val" of a YAML file
  /// (else "test", else "train"), all of a folder.
  std::string split;
  std::string imageFolder; ///< Of a COCO file's pictures; empty: looked for.
  size_t limit = SIZE_MAX; ///< No more pictures than this, the first by path.
};

/// Reads the labels of a dataset, which is one of
///  - a YAML file as YOLOv5 has them: `path`, `train`, `val`, `test` (each a folder, a list of
///    pictures, a COCO file, or several of these) and `names`, as a list or by number;
///  - a folder with images/ and labels/ (and perhaps classes.txt with the names);
///  - a COCO file (instances_*.json).
/// A picture's labels are in the .txt file of its name beside it, or under labels/ where its path
/// has images/. As in YOLOv5: a picture without a file has no labels; one whose labels are not
/// good is left out, and the rest counts. Errors: nothing to be read, no pictures, no labels at
/// all.
llvm::Expected<Dataset> readDataset(llvm::StringRef path, const DatasetOptions &options);

} // namespace bstc

#endif // BSTC_VISION_DATASET_H
