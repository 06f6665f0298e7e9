// BMP by stb_image, which takes missing bytes for zeros: so the length is checked here.
#include "ir/error.h"
#include "vision/image/image_formats.h"

#include "llvm/Support/Endian.h"

#include <cstring>
#include <memory>

// stb_image is compiled as a part of this file. It leaves functions of its own unused and compares
// signed with unsigned numbers; we change neither.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-compare"
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace bstc {

namespace {
/// What the headers (BITMAPFILEHEADER; BITMAPCOREHEADER or BITMAPINFOHEADER and its successors)
/// say.
struct BmpHeader {
  uint64_t pixelsAt = 0;         ///< Bytes from the start of the file.
  int64_t width = 0, height = 0; ///< The height is negative where rows go from top to bottom.
  uint64_t bits = 0;             ///< Per pixel.
};
} // namespace

static BmpHeader readBmpHeader(llvm::StringRef bytes) {
  using namespace llvm::support::endian;
  BmpHeader header;
  header.pixelsAt = read32le(bytes.data() + 10);
  if (read32le(bytes.data() + 14) == 12) {
    header.width = read16le(bytes.data() + 18);
    header.height = read16le(bytes.data() + 20);
    header.bits = read16le(bytes.data() + 24);
  } else {
    header.width = int32_t(read32le(bytes.data() + 18));
    header.height = int32_t(read32le(bytes.data() + 22));
    header.bits = read16le(bytes.data() + 28);
  }
  return header;
}

llvm::Expected<Image> decodeBmp(llvm::StringRef bytes) {
  constexpr const char *tooShort = "the file ends too early";
  if (bytes.size() < 30)
    return makeError(Code::BadPicture, tooShort);
  const BmpHeader header = readBmpHeader(bytes);
  llvm::Expected<Image> image =
      makeImage(uint64_t(std::max<int64_t>(0, header.width)), uint64_t(std::abs(header.height)));
  if (!image)
    return image;
  const uint64_t rowBytes = (uint64_t(header.width) * header.bits + 31) / 32 * 4;
  if (header.pixelsAt + rowBytes * uint64_t(image->height) > bytes.size())
    return makeError(Code::BadPicture, tooShort);
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc *>(bytes.data()), int(bytes.size()),
                            &width, &height, &channels, 3),
      stbi_image_free);
  if (!pixels)
    return makeError(Code::BadPicture, llvm::Twine("this kind of BMP is not supported (") +
                                           stbi_failure_reason() +
                                           "); save it uncompressed, with 8, 24 or 32 bits");
  if (width != image->width || height != image->height)
    return makeError(Code::BadPicture, "its headers contradict each other");
  std::memcpy(image->pixels.data(), pixels.get(), image->pixels.size());
  return image;
}

} // namespace bstc
