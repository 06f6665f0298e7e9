// JPEG by libjpeg-turbo: accurate inverse transform and smooth upsampling, its defaults and those
// of OpenCV, so that pixels are equal.
#include "ir/error.h"
#include "vision/image/image_file.h"
#include "vision/image/image_formats.h"

#include <memory>
#include <turbojpeg.h>

namespace bstc {

namespace {
struct Destroy {
  void operator()(void *handle) const { tjDestroy(handle); }
};
using Handle = std::unique_ptr<void, Destroy>;
} // namespace

/// Whether a warning of the decoder is about a sloppy file that every viewer shows. Others tell of
/// pixels that are missing or wrong. (An error that follows a warning is called a warning, too.)
static bool isHarmless(llvm::StringRef warning) {
  return warning.contains("extraneous bytes before marker") ||
         warning.contains("Unknown Adobe color transform") ||
         warning.contains("Invalid SOS parameters for sequential JPEG");
}

/// The ink of CMYK files is stored inverted, as Adobe's programs do it; no colour profile is used.
static void printInk(const std::vector<uint8_t> &ink, Image &image) {
  for (size_t pixel = 0; pixel < ink.size() / 4; ++pixel) {
    const int black = ink[pixel * 4 + 3];
    for (size_t channel = 0; channel < 3; ++channel)
      image.pixels[pixel * 3 + channel] =
          uint8_t(black - ((255 - ink[pixel * 4 + channel]) * black >> 8));
  }
}

llvm::Expected<Image> decodeJpeg(llvm::StringRef bytes) {
  const Handle decoder(tjInitDecompress());
  if (!decoder)
    return makeError(Code::OutOfMemory, "the JPEG decoder does not start");
  const auto *data = reinterpret_cast<const unsigned char *>(bytes.data());
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &subsampling,
                          &colours) != 0)
    return makeError(Code::BadPicture, tjGetErrorStr2(decoder.get()));
  llvm::Expected<Image> image = makeImage(uint64_t(width), uint64_t(height));
  if (!image)
    return image;
  const bool isInk = colours == TJCS_CMYK || colours == TJCS_YCCK;
  std::vector<uint8_t> ink(isInk ? size_t(width) * size_t(height) * 4 : 0);
  // The limit of scans keeps small files from taking minutes.
  if (tjDecompress2(decoder.get(), data, bytes.size(), isInk ? ink.data() : image->pixels.data(),
                    width, 0, height, isInk ? TJPF_CMYK : TJPF_RGB, TJFLAG_LIMITSCANS) != 0) {
    const llvm::StringRef problem = tjGetErrorStr2(decoder.get());
    if (tjGetErrorCode(decoder.get()) != TJERR_WARNING || !isHarmless(problem))
      return makeError(Code::BadPicture, problem);
  }
  if (isInk)
    printInk(ink, *image);
  return turnUpright(std::move(*image), exifOrientation(bytes));
}

llvm::Expected<std::string> encodeJpeg(const Image &image) {
  const Handle encoder(tjInitCompress());
  if (!encoder)
    return makeError(Code::PictureNotWritten, "the JPEG encoder does not start");
  unsigned char *data = nullptr;
  unsigned long size = 0;
  const int failed = tjCompress2(encoder.get(), image.pixels.data(), image.width, 0, image.height,
                                 TJPF_RGB, &data, &size, TJSAMP_444, 95, 0);
  const std::unique_ptr<unsigned char, decltype(&tjFree)> owner(data, tjFree);
  if (failed)
    return makeError(Code::PictureNotWritten,
                     llvm::Twine("cannot encode JPEG: ") + tjGetErrorStr2(encoder.get()));
  return std::string(reinterpret_cast<const char *>(data), size);
}

} // namespace bstc
