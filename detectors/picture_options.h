#ifndef BSTC_DETECTORS_PICTURE_OPTIONS_H
#define BSTC_DETECTORS_PICTURE_OPTIONS_H

#include "detectors/families.h"
#include "runtime/program/picture.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace bst {
struct Program;
}

namespace bstc {

/// What a user says of the pictures that a network takes, and of what it makes of them.
struct PictureOptions {
  /// Preprocessing of inputs as parsePreprocess() takes it; empty: a detector's is its family's.
  std::vector<std::string> preprocess;
  std::vector<std::string> classNames; ///< Empty: those in the ONNX file, if any.
  /// What a package without NMS recommends to hosts, and a network with it does.
  bst::NmsOptions nms = {};
  bool withNms = false; ///< The network ends in non-maximum suppression.
  /// What is known of its outputs. Graph: what is recognised in the graph, nothing else. Heads:
  /// they are the raw heads of a network of `family` (Family::findRawHeads). Rows: one holds rows
  /// as the decode of `family` gives them (Family::numbersOf, Family::row).
  enum class Decode { Graph, Heads, Rows } decode = Decode::Graph;
  /// What the network is given (takePictures()). File: the file's own input. U8: pixels, red first,
  /// u8 [N, height, width, 3]. Nv12, Nv12Full: bst::PictureForm.
  enum class Input { File, U8, Nv12, Nv12Full } input = Input::File;
  const Family *family = families().front(); ///< Whose heads or rows.
  AnchorLevels anchors;                      ///< Of the heads; empty: the family's own.
  std::string predictions; ///< Output that holds the rows; empty: there is only one.
  std::string prototypes;  ///< Output that holds the masks' prototypes; "none"; empty: not said.
};

/// Sets `decode` and `family` from the name of a family, for its raw heads, or the name with
/// "-rows" behind it. False where \p kind is neither.
bool parseDecodeKind(llvm::StringRef kind, PictureOptions &options);
/// What parseDecodeKind() takes: "yolov5", "yolov5-rows", ...
llvm::ArrayRef<const char *> decodeKinds();

/// Sets `input` from its name. False where \p name is none of pictureInputs().
bool parsePictureInput(llvm::StringRef name, PictureOptions &options);
/// "file", "u8", "nv12", "nv12-full": by the order of PictureOptions::Input.
llvm::ArrayRef<const char *> pictureInputs();

/// One input's preprocessing.
struct PreprocessSpec {
  std::string input;                ///< Name; empty: the network's only one.
  std::optional<bool> channelsLast; ///< Not said: by the shape.
  bool normalises = false;          ///< A factor, mean or deviation is said.
  bst::Preprocess values;
};

/// Reads items with commas between them; what is not said is as YOLOv5 has it:
///   rgb | bgr                       order of the channels
///   letterbox | stretch | exact     bst::PictureFit
///   pad=114                         pixel value around a letterboxed picture
///   scale=1/255                     factor of pixel values, a number or a fraction
///   mean=M | mean=R:G:B, std=...    then (value - mean) / std, in the order of the channels
///   nchw | nhwc                     layout; by default the one that the shape allows
///   input=NAME                      for networks of several inputs
/// Errors name the item.
llvm::Expected<PreprocessSpec> parsePreprocess(llvm::StringRef text);

/// The preprocessing that the specifications give the inputs of `program`; u8 inputs take pixels as
/// they are. An error where an input is not there, is no picture, is described twice, or is u8 and
/// normalised all the same.
llvm::Expected<std::vector<bst::Preprocess>>
preprocessOf(const bst::Program &program, llvm::ArrayRef<std::string> specifications);

/// That of \p family, for the program's only input where it is such a picture, f32 or u8; none
/// otherwise.
std::vector<bst::Preprocess> defaultPreprocess(const bst::Program &program, const Family &family);

} // namespace bstc

#endif // BSTC_DETECTORS_PICTURE_OPTIONS_H
