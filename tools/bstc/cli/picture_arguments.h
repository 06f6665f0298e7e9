#ifndef BSTC_TOOLS_BSTC_CLI_PICTURE_ARGUMENTS_H
#define BSTC_TOOLS_BSTC_CLI_PICTURE_ARGUMENTS_H

#include "detectors/contract.h"
#include "detectors/picture_options.h"
#include "tools/bstc/cli/arguments.h"

namespace bstc {

/// What the form of a network depends on, of those who compile it for pictures.
namespace option {
inline const Option preprocess = {
    "--preprocess", nullptr, "ITEMS",
    "How pictures become an input, as bgr,stretch,mean=0.485:0.456:0.406 (docs/pictures.md; "
    "default for YOLOv5: rgb,letterbox,pad=114,scale=1/255); once for each input.",
    true};
inline const Option pictureInput = {
    "--input",
    nullptr,
    "KIND",
    "What the network takes in place of its own input: u8: pixels, 1xHEIGHTxWIDTHx3, red first; "
    "nv12, nv12-full: Y and UV, 1x(HEIGHT*3/2)xWIDTH, Y from 16 to 235 or from 0 to 255. It "
    "normalises them itself, as --preprocess says (docs/pictures.md; default: file, the input as "
    "the file has it).",
    false,
    Takes::Text,
    pictureInputs()};
inline const Option decode = {
    "--decode",
    nullptr,
    "KIND",
    "What the outputs hold where no decode is recognised in the graph. The name of a family of "
    "detectors, as yolov5: the raw heads of such a network; the package says how hosts decode "
    "them. With -rows behind it, as yolov5-rows: rows that are decoded already (of YOLOv5 "
    "1xROWSx(5+CLASSES): x, y, w, h, objectness, classes).",
    false,
    Takes::Text,
    decodeKinds()};
} // namespace option

/// Reads --names, --preprocess, --input, --decode, --anchors, --predictions, --prototypes,
/// --with-nms, --conf, --iou, --max-det and --multi-label, as far as a subcommand has them.
/// UsageErrors but for names that cannot be read.
llvm::Error readPictureOptions(const Arguments &arguments, PictureOptions &options);

/// --conf, --iou, --max-det, --multi-label and --agnostic, as far as they are given.
llvm::Error readNmsOptions(const Arguments &arguments, bst::NmsOptions &options);

/// The suppression that leaves a model's detections: the arguments, else \p otherwise. A model that
/// suppresses by itself (stage Detections) keeps its own, which only a greater --conf and a smaller
/// --max-det can still narrow. An error where an argument asks such a model for what it has thrown
/// away, or for other overlaps.
llvm::Expected<bst::NmsOptions> suppressionOf(const Arguments &arguments, llvm::StringRef model,
                                              const DetectorContract &contract,
                                              const bst::NmsOptions &otherwise);

/// A text of help with the numbers of \p defaults in the places of {conf}, {iou} and {max-det}.
/// Lives as long as the program. Called when tables of options are made, by one thread.
const char *nmsHelp(llvm::StringRef text, const bst::NmsOptions &defaults = {});

/// "confidence 0.25, iou 0.45, at most 300 detections", and what differs from detect.py's habits.
std::string suppressionText(const bst::NmsOptions &options);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_PICTURE_ARGUMENTS_H
