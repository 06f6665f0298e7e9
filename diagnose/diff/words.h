#ifndef BSTC_DIAGNOSE_DIFF_WORDS_H
#define BSTC_DIAGNOSE_DIFF_WORDS_H

#include "diagnose/match/kinds.h"

namespace bstc::diagnose {

/// What a reader calls an operator: "Conv", "SiLU", "LeakyReLU(0.1)".
std::string operatorText(const Layer &layer);
/// A layer by its module path, and by its operator where that is none of a convolution:
/// "model.6.cv2", "model.6's Concat".
std::string layerText(const Network &network, int layer);
/// What a wire carries: "model.6.cv2's output", "the input images".
std::string sourceText(const Network &network, const Source &source);
/// "Conv, SiLU and Add", of many "12 layers (3 Conv, 3 SiLU, ...)".
std::string layersText(const Network &network, llvm::ArrayRef<int> layers);

/// Four significant digits: "0.03137".
std::string numberText(double number);
/// "1x3x320x320".
std::string shapeText(llvm::ArrayRef<int64_t> shape);
/// How much of `whose` a factor is: "20 times A's", "1/8 of A's", "0.3 times A's".
std::string timesText(double factor, llvm::StringRef whose);
/// "3.1%".
std::string percentText(double share);

/// All places of an edit by block: "by block: model.6 (9), model.7".
std::string placesText(llvm::ArrayRef<std::string> places);
/// The other places of an edit, as briefly as they can be told apart from the first:
/// "17, 20, 23" for model.13.m.0, model.17.m.0, ...; of many, by block.
std::string otherPlacesText(llvm::ArrayRef<std::string> places);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_DIFF_WORDS_H
