#include "vision/image/image_file.h"

#include "ir/error.h"
#include "vision/image/image_formats.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <fcntl.h>
#include <unistd.h>

namespace bstc {

llvm::Expected<std::string> readImageBytes(llvm::StringRef path) {
  const auto failure = [&](const llvm::Twine &reason) {
    return makeError(Code::PictureUnreadable, "cannot read " + path + ": " + reason);
  };
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status))
    return failure(code.message());
  if (!llvm::sys::fs::is_regular_file(status))
    return failure("it is no regular file");
  if (status.getSize() > maxImageBytes)
    return failure("it is larger than an image file may be (512 MiB)");
  // Volatile: read, not mapped, so that a file that shrinks meanwhile is short, not a fault.
  auto buffer = llvm::MemoryBuffer::getFile(path, false, false, /*IsVolatile=*/true);
  if (!buffer)
    return failure(buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

void expectRead(llvm::StringRef path) {
  const int file = ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return;
  ::posix_fadvise(file, 0, 0, POSIX_FADV_WILLNEED);
  ::close(file);
}

static llvm::Expected<Image> decode(llvm::StringRef bytes) {
  if (bytes.startswith("\xff\xd8"))
    return decodeJpeg(bytes);
  if (bytes.startswith("\x89PNG"))
    return decodePng(bytes);
  if (bytes.startswith("BM"))
    return decodeBmp(bytes);
  return makeError(Code::BadPicture,
                   bytes.empty() ? "the file is empty" : "it is neither JPEG nor PNG nor BMP");
}

llvm::Expected<Image> decodeImage(llvm::StringRef bytes, llvm::StringRef path) {
  llvm::Expected<Image> image = decode(bytes);
  if (!image)
    return prefixError("cannot read " + path, image.takeError());
  return image;
}

llvm::Expected<Image> readImage(llvm::StringRef path) {
  llvm::Expected<std::string> bytes = readImageBytes(path);
  if (!bytes)
    return bytes.takeError();
  return decodeImage(*bytes, path);
}

bool hasImageSuffix(llvm::StringRef path) {
  for (const char *suffix : {".jpg", ".jpeg", ".png", ".bmp"})
    if (path.endswith_insensitive(suffix))
      return true;
  return false;
}

llvm::Expected<Image> makeImage(uint64_t width, uint64_t height) {
  if (width == 0 || height == 0)
    return makeError(Code::PictureTooLarge, "it has no pixels");
  if (width > uint64_t(maxImagePixels) || height > uint64_t(maxImagePixels) ||
      width * height > uint64_t(maxImagePixels))
    return makeError(Code::PictureTooLarge, llvm::Twine(width) + "x" + llvm::Twine(height) +
                                                " pixels are more than the limit of " +
                                                llvm::Twine(maxImagePixels));
  Image image;
  image.width = int(width);
  image.height = int(height);
  image.pixels.resize(size_t(width * height * 3));
  return image;
}

} // namespace bstc
