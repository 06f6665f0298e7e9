#ifndef BSTC_TOOLS_BSTC_CLI_PICTURE_ARGUMENTS_H
#define BSTC_TOOLS_BSTC_CLI_PICTURE_ARGUMENTS_H

#include "detectors/contract.h"
#include "detectors/picture_options.h"
#include "tools/bstc/cli/arguments.h"

namespace bstc {

/// Reads --names, --preprocess, --input, --decode, --anchors, --predictions, --prototypes,
/// --with-nms,
/// --conf, --iou, --max-det and --multi-label. UsageErrors but for names that cannot be read.
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
