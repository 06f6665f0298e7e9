#ifndef BSTC_DETECTORS_PICTURE_INPUT_H
#define BSTC_DETECTORS_PICTURE_INPUT_H

#include "detectors/picture_options.h"
#include "ir/graph.h"

namespace bstc {

/// Puts the normalisation in front of the inputs that are pictures, as far as the options ask for
/// it (PictureOptions::input): each becomes u8 [N, height, width, 3], red first, or NV12, and keeps
/// its name and place. How they are normalised is what the options say, else what \p family does
/// (null: none is known). Returns what a host has left to do for each input (bst::Preprocess:
/// nothing but its size); empty where the options ask for nothing. Inputs that are bytes already
/// stay, and nothing needs to be known of them, but for NV12. Errors: it is not known how pictures
/// become the input; it is no picture, or has no size that NV12 has.
llvm::Expected<std::vector<bst::Preprocess>> takePictures(Graph &graph, const Family *family,
                                                          const PictureOptions &options);

} // namespace bstc

#endif // BSTC_DETECTORS_PICTURE_INPUT_H
