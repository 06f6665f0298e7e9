#include "vision/image/image_formats.h"

#include <algorithm>
#include <libexif/exif-data.h>
#include <memory>

namespace bstc {

int exifOrientation(llvm::StringRef bytes) {
  const std::unique_ptr<ExifData, decltype(&exif_data_unref)> data(
      exif_data_new_from_data(reinterpret_cast<const unsigned char *>(bytes.data()),
                              unsigned(bytes.size())),
      exif_data_unref);
  if (!data)
    return 1;
  const ExifEntry *entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (!entry || entry->format != EXIF_FORMAT_SHORT || entry->size < 2)
    return 1;
  const int orientation = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

Image turnUpright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8)
    return image;
  // 5 to 8 are stored with rows and columns exchanged.
  const bool exchanged = orientation >= 5;
  const bool mirroredX =
      orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool mirroredY =
      orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  Image upright;
  upright.width = exchanged ? image.height : image.width;
  upright.height = exchanged ? image.width : image.height;
  upright.pixels.resize(image.pixels.size());
  for (int y = 0; y < upright.height; ++y)
    for (int x = 0; x < upright.width; ++x) {
      const int column = mirroredX ? upright.width - 1 - x : x;
      const int row = mirroredY ? upright.height - 1 - y : y;
      const uint8_t *from = exchanged ? image.at(row, column) : image.at(column, row);
      std::copy_n(from, 3, upright.at(x, y));
    }
  return upright;
}

} // namespace bstc
