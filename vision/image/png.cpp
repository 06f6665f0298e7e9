// PNG by libpng. It leaves a failed call by longjmp, so everything that needs a destructor belongs
// to the caller of the function that is left.
#include "ir/error.h"
#include "vision/image/image_file.h"
#include "vision/image/image_formats.h"

#include <csetjmp>
#include <cstring>
#include <png.h>

namespace bstc {

namespace {
struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  llvm::StringRef rest; ///< Bytes not read yet.
  std::string problem;
  std::vector<png_bytep> rows;

  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};
} // namespace

static void readBytes(png_structp png, png_bytep bytes, size_t size) {
  auto *reader = static_cast<Reader *>(png_get_io_ptr(png));
  if (size > reader->rest.size())
    png_error(png, "the file ends too early");
  std::memcpy(bytes, reader->rest.data(), size);
  reader->rest = reader->rest.drop_front(size);
}

[[noreturn]] static void fail(png_structp png, const char *problem) {
  static_cast<Reader *>(png_get_error_ptr(png))->problem = problem;
  png_longjmp(png, 1);
}

static void ignoreWarning(png_structp, const char *) {}

/// Up to the first pixel; asks for 8-bit RGB, alpha and lower bytes cut off. False: reader.problem.
static bool readHeader(Reader &reader) {
  if (setjmp(png_jmpbuf(reader.png)))
    return false;
  png_set_read_fn(reader.png, &reader, readBytes);
  png_set_user_limits(reader.png, 0x7fffffff, 0x7fffffff); // makeImage has the limit.
  png_read_info(reader.png, reader.info);
  png_set_strip_16(reader.png);
  png_set_palette_to_rgb(reader.png);
  png_set_expand_gray_1_2_4_to_8(reader.png);
  png_set_gray_to_rgb(reader.png);
  png_set_strip_alpha(reader.png);
  png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
  return true;
}

/// Pixels and what comes after them.
static bool readPixels(Reader &reader) {
  if (setjmp(png_jmpbuf(reader.png)))
    return false;
  png_read_image(reader.png, reader.rows.data());
  png_read_end(reader.png, reader.info);
  return true;
}

static int orientationOf(const Reader &reader) {
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  if (!png_get_eXIf_1(reader.png, reader.info, &size, &exif) || !exif)
    return 1;
  return exifOrientation(std::string("Exif\0\0", 6) +
                         std::string(reinterpret_cast<const char *>(exif), size));
}

llvm::Expected<Image> decodePng(llvm::StringRef bytes) {
  Reader reader;
  reader.rest = bytes;
  reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, fail, ignoreWarning);
  reader.info = reader.png ? png_create_info_struct(reader.png) : nullptr;
  if (!reader.info)
    return makeError(Code::OutOfMemory, "the PNG decoder does not start");
  if (!readHeader(reader))
    return makeError(Code::BadPicture, reader.problem);
  llvm::Expected<Image> image = makeImage(png_get_image_width(reader.png, reader.info),
                                          png_get_image_height(reader.png, reader.info));
  if (!image)
    return image;
  if (png_get_rowbytes(reader.png, reader.info) != size_t(image->width) * 3)
    return makeError(Code::BadPicture, "its pixels do not become 8-bit RGB");
  for (int y = 0; y < image->height; ++y)
    reader.rows.push_back(image->at(0, y));
  if (!readPixels(reader))
    return makeError(Code::BadPicture, reader.problem);
  return turnUpright(std::move(*image), orientationOf(reader));
}

llvm::Expected<std::string> encodePng(const Image &image) {
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png.width = png_uint_32(image.width);
  png.height = png_uint_32(image.height);
  png.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&png, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr))
    return makeError(Code::PictureNotWritten, llvm::Twine("cannot encode PNG: ") + png.message);
  bytes.resize(size);
  return bytes;
}

} // namespace bstc
