#ifndef BSTC_VISION_IMAGE_IMAGE_FILE_H
#define BSTC_VISION_IMAGE_IMAGE_FILE_H

#include "vision/image/image.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace bstc {

/// Pixels that a picture may have; larger ones are refused before memory is taken for them.
constexpr int64_t maxImagePixels = int64_t(1) << 27;
/// Bytes that an image file may have.
constexpr uint64_t maxImageBytes = uint64_t(1) << 29;

/// The bytes of an image file. Errors name the path: what cannot be opened, what is no regular
/// file, what is larger than maxImageBytes.
llvm::Expected<std::string> readImageBytes(llvm::StringRef path);

/// The picture in the bytes of a JPEG, PNG or BMP file (the bytes decide which), turned upright as
/// its EXIF orientation asks. Pixels are those that OpenCV's imread gives, as RGB: grey becomes
/// three equal channels, 16 bits lose the lower 8, alpha is left out, CMYK is converted as if
/// printed. Errors begin with `path` and say what is wrong: damaged or truncated data, another
/// format, too many pixels.
llvm::Expected<Image> decodeImage(llvm::StringRef bytes, llvm::StringRef path);

/// Tells the system that the file will be read soon; nothing happens where it cannot be.
void expectRead(llvm::StringRef path);

/// readImageBytes and decodeImage in one.
llvm::Expected<Image> readImage(llvm::StringRef path);

/// Whether the name ends like that of an image file that decodeImage may read: .jpg, .jpeg, .png,
/// .bmp, in any case.
bool hasImageSuffix(llvm::StringRef path);

/// `image` as the bytes of a JPEG file of quality 95 with colour at full resolution.
llvm::Expected<std::string> encodeJpeg(const Image &image);
/// `image` as the bytes of a PNG file.
llvm::Expected<std::string> encodePng(const Image &image);

} // namespace bstc

#endif // BSTC_VISION_IMAGE_IMAGE_FILE_H
