#ifndef BSTC_VISION_DATA_DATASET_H
#define BSTC_VISION_DATA_DATASET_H

#include "detectors/shared/detection.h"
#include "vision/image/run_length_mask.h"

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
  /// box is known, or where `runs` says it. It may go beyond the picture.
  std::vector<std::vector<float>> polygons;
  RunLengthMask runs; ///< Its mask on a picture of this size.
  bool hasMask() const { return !polygons.empty() || !runs.counts.empty(); }
};

/// A picture's file and what is to be found on it.
struct LabelledImage {
  std::string path;
  std::vector<Label> labels;
  std::string labelFile;        ///< Where the labels are from; empty where the picture has none.
  double width = 0, height = 0; ///< Of the picture, as `labelFile` says; 0: it does not say.
};

/// Whether a picture of one size may be one of the other brought to its size: the sides are in
/// proportion, to within a pixel of each. Coordinates as fractions are good for both then.
bool haveSameShape(double width, double height, double otherWidth, double otherHeight);

/// Pictures with labels.
struct Dataset {
  std::vector<std::string> names;    ///< Of the classes; empty where the data do not say.
  std::string namesFile;             ///< Where the names are from.
  std::vector<LabelledImage> images; ///< By path.
  std::vector<std::string> files;    ///< All that it consists of, whether it counts or not.
  std::vector<std::string> leftOut;  ///< "FILE:LINE: reason" of each picture with bad labels.
  size_t background = 0;             ///< Pictures that have no labels.
  size_t duplicates = 0;             ///< Labels that were there twice; they count once.
  size_t crowds = 0;                 ///< COCO's marks of whole crowds; they do not count.
  size_t empty = 0; ///< COCO's boxes of which nothing is in the picture; they do not count.
  size_t labels = 0;
  size_t masks = 0; ///< Labels with an outline.
  /// The part that was read, where nobody asked for it and the YAML file has no "val".
  std::string insteadOfVal;
};

struct DatasetOptions {
  /// Which part: a name in the YAML file or of a folder in images/ ("val"), or a list of pictures,
  /// a folder or a COCO file, from the dataset's folder or from here. Empty: "val" of a YAML file
  /// (else "test", else "train"), all of a folder.
  std::string split;
  std::string imageFolder; ///< Of COCO files' pictures; empty: looked for.
  size_t limit = SIZE_MAX; ///< No more pictures than this, the first by path.
};

/// Reads the labels of a dataset, which is one of
///  - a YAML file as YOLOv5 has them: `path`, `train`, `val`, `test` (each a folder, a list of
///    pictures, a COCO file, or several of these) and `names`, as a list or by number;
///  - a folder with images/ and labels/ (and perhaps classes.txt with the names);
///  - a COCO file (instances_*.json).
/// A picture's labels are in the COCO file that lists it, or else in the .txt file of its name
/// beside it, or under labels/ where its path has images/. As in YOLOv5: a picture without a file
/// has no labels; one whose labels are not good is left out, and the rest counts. Labels of COCO
/// files have the numbers that numberClasses() gives them (class_numbering.h). Errors: nothing to
/// be read, no pictures, no labels at all, a picture with labels in two places, COCO files that
/// number their classes differently or lack names of the dataset.
llvm::Expected<Dataset> readDataset(llvm::StringRef path, const DatasetOptions &options);

} // namespace bstc

#endif // BSTC_VISION_DATA_DATASET_H
