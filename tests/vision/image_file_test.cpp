// Expected pixels are OpenCV's, recorded by data/record.py.

#include "tests/vision/pictures.h"

#include "vision/image/image_formats.h"

#include <filesystem>
#include <random>

using namespace bstc;
using namespace bstc::test;

static std::string problemOf(llvm::Expected<Image> image) {
  return image ? std::string() : llvm::toString(image.takeError());
}

/// Names of the pictures in data/ that were made as files of this kind.
static std::vector<std::string> pictures() {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator("vision/data"))
    if (hasImageSuffix(entry.path().string()))
      names.push_back(entry.path().filename().string());
  return names;
}

TEST(ImageFile, EveryKindHasThePixelsOfOpenCv) {
  const std::vector<std::string> names = pictures();
  EXPECT_EQ(names.size(), 27u);
  for (const std::string &name : names) {
    llvm::Expected<Image> image = readImage("vision/data/" + name);
    ASSERT_TRUE(bool(image)) << llvm::toString(image.takeError());
    expectEqual(*image, recorded(name), name);
  }
}

TEST(ImageFile, TruncatedFilesAreRefusedWithTheirPath) {
  for (const std::string &name : pictures()) {
    const std::string bytes = dataFile(name);
    // The last two bytes of a JPEG, the last twelve of a PNG only say that this is the end; the
    // last row of a BMP is filled up to four bytes.
    for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 50) {
      const std::string problem = problemOf(decodeImage(bytes.substr(0, size), "folder/" + name));
      EXPECT_EQ(problem.rfind("cannot read folder/" + name + ": ", 0), 0u)
          << size << " of " << bytes.size() << " bytes of " << name << ": " << problem;
    }
  }
}

/// Nothing but a picture of a size within the limits, or an error, comes of damaged bytes; the
/// sanitizers watch.
TEST(ImageFile, DamagedFilesDoNoHarm) {
  std::mt19937 random(7);
  int refused = 0;
  for (const std::string &name : pictures()) {
    const std::string bytes = dataFile(name);
    for (int i = 0; i < 40; ++i) {
      std::string damaged = bytes;
      for (unsigned change = 0; change <= random() % 3; ++change)
        damaged[random() % damaged.size()] = char(random());
      llvm::Expected<Image> image = decodeImage(damaged, name);
      if (image) {
        EXPECT_EQ(image->pixels.size(), size_t(image->width) * size_t(image->height) * 3) << name;
        continue;
      }
      ++refused;
      EXPECT_NE(llvm::toString(image.takeError()), "cannot read " + name + ": ");
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(ImageFile, WhatIsNoPictureIsRefused) {
  EXPECT_EQ(problemOf(decodeImage("", "a.jpg")), "cannot read a.jpg: the file is empty");
  EXPECT_EQ(problemOf(decodeImage("GIF89a", "a.gif")),
            "cannot read a.gif: it is neither JPEG nor PNG nor BMP");
  EXPECT_EQ(problemOf(readImage("vision/data/missing.png")),
            "cannot read vision/data/missing.png: No such file or directory");
  EXPECT_EQ(problemOf(readImage("vision/data")), "cannot read vision/data: it is no regular file");
  EXPECT_EQ(problemOf(readImage("/dev/zero")), "cannot read /dev/zero: it is no regular file");
}

/// A header may promise more than there is memory for.
TEST(ImageFile, HugePicturesAreRefusedBeforeTheyTakeMemory) {
  std::string jpeg = dataFile("444.jpg");
  const size_t frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xff\xdc\xff\xdc");
  EXPECT_EQ(problemOf(decodeImage(jpeg, "a.jpg")),
            "cannot read a.jpg: 65500x65500 pixels are more than the limit of 134217728");
  std::string bmp = dataFile("rgb.bmp");
  bmp.replace(18, 8, std::string("\0\0\1\0\0\0\1\0", 8));
  EXPECT_EQ(problemOf(decodeImage(bmp, "a.bmp")),
            "cannot read a.bmp: 65536x65536 pixels are more than the limit of 134217728");
}

TEST(ImageFile, KindsOfBmpThatAreNotReadAreNamed) {
  std::string bmp = dataFile("palette.bmp");
  bmp[30] = 1; // Run-length compression.
  EXPECT_NE(problemOf(decodeImage(bmp, "a.bmp")).find("save it uncompressed"), std::string::npos);
}

TEST(ImageFile, SuffixesAreKnownInAnyCase) {
  for (const char *name : {"a.jpg", "b.JPEG", "c.Png", "x/y.bmp"})
    EXPECT_TRUE(hasImageSuffix(name)) << name;
  for (const char *name : {"a.gif", "jpg", "a.jpg.txt", ""})
    EXPECT_FALSE(hasImageSuffix(name)) << name;
}

TEST(ImageFile, PngKeepsEveryPixel) {
  const Image image = recorded("noise");
  llvm::Expected<std::string> bytes = encodePng(image);
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  llvm::Expected<Image> back = decodeImage(*bytes, "a.png");
  ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
  expectEqual(*back, image, "png");
}

TEST(ImageFile, JpegIsCloseToSmoothPictures) {
  const Image image = recorded("rgb.png");
  llvm::Expected<std::string> bytes = encodeJpeg(image);
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  llvm::Expected<Image> back = decodeImage(*bytes, "a.jpg");
  ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
  ASSERT_EQ(back->pixels.size(), image.pixels.size());
  for (size_t i = 0; i < image.pixels.size(); ++i)
    EXPECT_NEAR(back->pixels[i], image.pixels[i], 12) << i;
}

/// 16384 x 8192 are the limit.
TEST(ImageFile, OneRowAboveTheLimitIsRefused) {
  for (const auto &[width, height] :
       {std::pair<uint64_t, uint64_t>(16384, 8193), {uint64_t(1) << 40, uint64_t(1) << 40}}) {
    llvm::Expected<Image> image = makeImage(width, height);
    ASSERT_FALSE(bool(image));
    EXPECT_NE(llvm::toString(image.takeError()).find("more than the limit"), std::string::npos);
  }
  for (const auto &[width, height] : {std::pair<uint64_t, uint64_t>(0, 5), {5, 0}})
    EXPECT_EQ(llvm::toString(makeImage(width, height).takeError()), "it has no pixels");
}
