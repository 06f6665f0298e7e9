#ifndef BSTC_VISION_IMAGE_IMAGE_FORMATS_H
#define BSTC_VISION_IMAGE_IMAGE_FORMATS_H

#include "vision/image/image.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace bstc {

// One decoder per format, for image_file.cpp. Errors say what is wrong with the bytes, without a
// path.
llvm::Expected<Image> decodeJpeg(llvm::StringRef bytes);
llvm::Expected<Image> decodePng(llvm::StringRef bytes);
llvm::Expected<Image> decodeBmp(llvm::StringRef bytes);

/// Room for a picture of this size, black. Errors: no pixels, or more than maxImagePixels.
llvm::Expected<Image> makeImage(uint64_t width, uint64_t height);

/// The EXIF orientation (1 to 8) in the EXIF data of a JPEG file (all its bytes) or in a block that
/// begins with "Exif\0\0"; 1, upright, where there is none.
int exifOrientation(llvm::StringRef bytes);
/// `image` as it is meant to be seen, from how it is stored: EXIF 2.32, tag 0x0112.
Image turnUpright(Image image, int orientation);

} // namespace bstc

#endif // BSTC_VISION_IMAGE_IMAGE_FORMATS_H
