#ifndef BSTC_TESTS_VISION_PICTURES_H
#define BSTC_TESTS_VISION_PICTURES_H

#include "vision/image/image_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace bstc::test {

inline std::string dataFile(const std::string &name) {
  std::ifstream stream("vision/data/" + name, std::ios::binary);
  std::stringstream bytes;
  bytes << stream.rdbuf();
  EXPECT_FALSE(bytes.str().empty()) << name;
  return bytes.str();
}

/// A picture that data/record.py left (binary PPM).
inline Image recorded(const std::string &name) {
  const std::string bytes = dataFile(name + ".ppm");
  std::istringstream stream(bytes);
  std::string magic;
  int most = 0;
  Image image;
  stream >> magic >> image.width >> image.height >> most;
  EXPECT_EQ(magic, "P6");
  EXPECT_EQ(most, 255);
  image.pixels.assign(bytes.end() - ptrdiff_t(image.width) * image.height * 3, bytes.end());
  return image;
}

/// Where the two differ first, or nothing.
inline void expectEqual(const Image &image, const Image &expected, const std::string &what) {
  ASSERT_EQ(image.width, expected.width) << what;
  ASSERT_EQ(image.height, expected.height) << what;
  ASSERT_EQ(image.pixels.size(), expected.pixels.size()) << what;
  for (size_t i = 0; i < image.pixels.size(); ++i)
    ASSERT_EQ(int(image.pixels[i]), int(expected.pixels[i]))
        << what << ": channel " << i % 3 << " of pixel " << i / 3 % size_t(image.width) << ", "
        << i / 3 / size_t(image.width);
}

inline Image plain(int width, int height, uint8_t grey) {
  Image image;
  image.width = width;
  image.height = height;
  image.pixels.assign(size_t(width) * size_t(height) * 3, grey);
  return image;
}

} // namespace bstc::test

#endif // BSTC_TESTS_VISION_PICTURES_H
