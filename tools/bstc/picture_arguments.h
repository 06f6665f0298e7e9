#ifndef BSTC_TOOLS_BSTC_PICTURE_ARGUMENTS_H
#define BSTC_TOOLS_BSTC_PICTURE_ARGUMENTS_H

#include "driver/picture_options.h"
#include "tools/bstc/arguments.h"

namespace bstc {

/// Reads --names, --preprocess, --decode, --anchors, --with-nms, --conf, --iou and --max-det.
/// UsageErrors but for names that cannot be read.
llvm::Error readPictureOptions(const Arguments &arguments, PictureOptions &options);

/// --conf, --iou and --max-det, as far as they are given.
llvm::Error readNmsOptions(const Arguments &arguments, bst::NmsOptions &options);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_PICTURE_ARGUMENTS_H
