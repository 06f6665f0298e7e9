// Arguments of bst/picture.h that cannot be: a status and a sentence, and nothing is written.
#include "canvas.h"

#include <cstring>

namespace bst::testing {
namespace {

using ::testing::HasSubstr;

/// A write that is right, to be spoilt.
struct Write {
  Canvas from = Canvas(BST_PIXELS_RGB, 6, 4), to = Canvas(BST_PIXELS_RGB, 8, 8);
  bst_placement placement = place(from, to, BST_FIT_LETTERBOX);
  std::vector<uint64_t> scratch = std::vector<uint64_t>(64);
  void *memory = scratch.data();
  size_t size = scratch.size() * 8;

  /// The code, the message and the number of bytes that the library asks for.
  void expect(bst_status status, const char *message, bool asksForScratch = false) {
    bst_error error = {};
    EXPECT_EQ(bst_picture_write(from.get(), &placement, 114, to.get(), memory, size, &error),
              status)
        << message;
    EXPECT_EQ(error.code, status);
    EXPECT_THAT(error.message, HasSubstr(message));
    EXPECT_EQ(bst_picture_write(from.get(), &placement, 114, to.get(), memory, size, nullptr),
              status);
    EXPECT_EQ(bst_picture_scratch_size(from.get(), &placement, to.get()) > 0, asksForScratch)
        << message;
    for (size_t y = 0; y < to.height; ++y)
      for (size_t i = 0; i < to.stride; ++i)
        ASSERT_EQ(to.row(y)[i], Canvas::untouched) << message;
  }
  void refused(const char *message) { expect(BST_ERROR_INVALID_ARGUMENT, message); }
};

/// A write of NV12 pictures.
struct Nv12Write : Write {
  Nv12Write() {
    from->format = BST_PIXELS_NV12; // 4 rows of 18 bytes are more than 6 rows of 6.
  }
};

std::string placeRefusal(uint32_t width, uint32_t height, uint32_t inputWidth, uint32_t inputHeight,
                         uint32_t fit) {
  bst_placement placement = BST_INIT(bst_placement);
  bst_error error = {};
  EXPECT_EQ(bst_picture_place(width, height, inputWidth, inputHeight, fit, &placement, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(bst_picture_place(width, height, inputWidth, inputHeight, fit, &placement, nullptr),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(error.code, BST_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(placement.width, 0u) << "nothing is filled in";
  return error.message;
}

} // namespace

TEST(PictureRefusals, ExtentsThatNoPictureHas) {
  const uint32_t large = BST_PICTURE_MAX + 1;
  EXPECT_EQ(placeRefusal(0, 5, 8, 8, BST_FIT_LETTERBOX),
            "picture: is 0 x 5, expected extents of 1 to 16777215");
  for (const uint32_t wrong : {uint32_t(0), large, UINT32_MAX})
    for (const uint32_t fit : {BST_FIT_EXACT, BST_FIT_STRETCH, BST_FIT_LETTERBOX}) {
      EXPECT_THAT(placeRefusal(wrong, 5, 8, 8, fit), HasSubstr("picture: is "));
      EXPECT_THAT(placeRefusal(5, wrong, 8, 8, fit), HasSubstr("picture: is 5 x "));
      EXPECT_THAT(placeRefusal(5, 5, wrong, 8, fit), HasSubstr("input: is "));
      EXPECT_THAT(placeRefusal(5, 5, 8, wrong, fit), HasSubstr("input: is 8 x "));
    }
  EXPECT_EQ(placeRefusal(5, 5, 8, 8, 3), "fit: 3 is unknown");
  EXPECT_EQ(placeRefusal(5, 8, 8, 8, BST_FIT_EXACT),
            "the picture is 5x8, but the network takes only 8x8");
  EXPECT_EQ(placeRefusal(8, 5, 8, 8, BST_FIT_EXACT),
            "the picture is 8x5, but the network takes only 8x8");
}

TEST(PictureRefusals, PlacementsThatAreNotGivenOrNotInitialised) {
  bst_error error = {};
  EXPECT_EQ(bst_picture_place(5, 5, 8, 8, BST_FIT_LETTERBOX, nullptr, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "placement is NULL");
  bst_placement placement = {};
  EXPECT_EQ(bst_picture_place(5, 5, 8, 8, BST_FIT_LETTERBOX, &placement, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("placement->struct_size is 0"));
  float box[4] = {1, 2, 3, 4};
  bst_picture_boxes(&placement, box, 1);
  EXPECT_EQ(box[0], 1) << "left as it is";
}

TEST(PictureRefusals, NullIsRefusedByItsArgumentsName) {
  Write w;
  bst_error e = {};
  const auto names = [&](const char *argument, bst_status status) {
    EXPECT_EQ(status, BST_ERROR_INVALID_ARGUMENT) << argument;
    EXPECT_EQ(e.message, std::string(argument) + " is NULL");
  };
  const bst_picture *from = w.from.get(), *to = w.to.get();
  names("from", bst_picture_write(nullptr, &w.placement, 0, to, w.memory, w.size, &e));
  names("placement", bst_picture_write(from, nullptr, 0, to, w.memory, w.size, &e));
  names("to", bst_picture_write(from, &w.placement, 0, nullptr, w.memory, w.size, &e));
  names("scratch", bst_picture_write(from, &w.placement, 0, to, nullptr, w.size, &e));
  EXPECT_EQ(bst_picture_scratch_size(nullptr, &w.placement, to), 0u);
  EXPECT_EQ(bst_picture_scratch_size(from, nullptr, to), 0u);
  EXPECT_EQ(bst_picture_scratch_size(from, &w.placement, nullptr), 0u);
  w.from->planes[0] = nullptr;
  w.expect(BST_ERROR_INVALID_ARGUMENT, "from is NULL", true); // Sizes are known before pixels are.
  w.from->planes[0] = w.from.row(0);
  w.to->planes[0] = nullptr;
  w.expect(BST_ERROR_INVALID_ARGUMENT, "to is NULL", true);
}

TEST(PictureRefusals, PicturesOfAnotherSizeOrForm) {
  const auto spoilt = [](auto spoil, const char *message) {
    Write w;
    spoil(w);
    w.refused(message);
  };
  spoilt([](Write &w) { w.from->width = 7; }, "from: is 7 x 4, the placement is for 6 x 4");
  spoilt([](Write &w) { w.from->height = 3; }, "from: is 6 x 3, the placement is for 6 x 4");
  spoilt([](Write &w) { w.to->width = 9; }, "to: is 9 x 8, the placement is for 8 x 8");
  spoilt([](Write &w) { w.to->height = 0; }, "to: is 8 x 0, expected extents of 1 to 16777215");
  spoilt([](Write &w) { w.from->width = UINT32_MAX; }, "from: is 4294967295 x 4, expected");
  spoilt([](Write &w) { w.from->format = 4; }, "from: format 4 is unknown");
  spoilt([](Write &w) { w.to->format = -1; }, "to: format -1 is unknown");
  spoilt([](Write &w) { w.from->struct_size = 0; }, "from->struct_size is 0");
  spoilt([](Write &w) { w.placement.struct_size = 1; }, "placement->struct_size is 1");
}

TEST(PictureRefusals, RowsThatAreTooShortOrBeyondAllMemory) {
  const auto spoilt = [](auto spoil, const char *message) {
    Write w;
    spoil(w);
    w.refused(message);
  };
  spoilt([](Write &w) { w.from->strides[0] = 17; }, "from: stride is 17, expected 18 to ");
  spoilt([](Write &w) { w.to->strides[0] = 1; }, "to: stride is 1, expected 24 to ");
  spoilt([](Write &w) { w.from->strides[0] = SIZE_MAX; }, "from: stride is 18446744073709551615");
  spoilt([](Write &w) { w.to->strides[0] = SIZE_MAX / 8; }, "to: stride is 2305843009213693951");
  Nv12Write nv12;
  nv12.from->strides[0] = 5;
  nv12.refused("from: stride is 5, expected 6 to ");
  nv12.from->strides[0] = 0;
  nv12.from->strides[1] = 5; // Of U and V.
  nv12.refused("from: stride is 5, expected 6 to ");
  nv12.from->strides[1] = SIZE_MAX / 2;
  nv12.refused("from: stride is 9223372036854775807");
}

TEST(PictureRefusals, Nv12OfOddExtents) {
  Nv12Write wide, high;
  wide.from->width = wide.placement.picture_width = 5;
  wide.refused("from: is 5 x 4, NV12 has an even number of rows and columns");
  high.from->height = high.placement.picture_height = 3;
  high.refused("from: is 6 x 3, NV12 has an even number of rows and columns");
  Write to;
  to.to->format = BST_PIXELS_NV12_FULL;
  to.to->width = to.placement.width = 7;
  to.refused("to: is 7 x 8, NV12 has");
}

TEST(PictureRefusals, PlacementsOutsideOfTheInput) {
  const auto spoilt = [](auto spoil, const char *message) {
    Write w;
    spoil(w.placement);
    w.refused(message);
  };
  using P = bst_placement;
  spoilt([](P &p) { p.inner_width = 9; }, "placement: 9 x 5 pixels from 0, 1 on are not inside of "
                                          "8 x 8");
  spoilt([](P &p) { p.inner_width = 0; }, "placement: 0 x 5 pixels");
  spoilt([](P &p) { p.inner_height = 0; }, "placement: 8 x 0 pixels");
  spoilt([](P &p) { p.left = 1; }, "from 1, 1 on");
  spoilt([](P &p) { p.top = 4; }, "from 0, 4 on");
  spoilt([](P &p) { p.left = UINT32_MAX; }, "from 4294967295, 1 on"); // 8 more are 7.
  spoilt([](P &p) { p.top = UINT32_MAX - 1; }, "from 0, 4294967294 on");
  spoilt([](P &p) { p.resampling = 2; }, "resampling 2 is unknown");
}

TEST(PictureRefusals, ScratchThatIsTooSmallOrCrooked) {
  Write w;
  const size_t needed = bst_picture_scratch_size(w.from.get(), &w.placement, w.to.get());
  ASSERT_GT(w.size, needed);
  w.size = needed - 1;
  w.expect(BST_ERROR_INVALID_ARGUMENT, "at 0 past a multiple of 8, expected", true);
  w.size = 0;
  w.expect(BST_ERROR_INVALID_ARGUMENT, "scratch: 0 bytes at 0 past", true);
  w.size = needed + 8;
  w.memory = reinterpret_cast<char *>(w.scratch.data()) + 3;
  w.expect(BST_ERROR_INVALID_ARGUMENT, "at 3 past a multiple of 8", true);
}

/// The largest that is allowed: a size, or 0, but nothing that wrapped around.
TEST(PictureRefusals, ScratchOfTheLargestPictures) {
  const uint32_t most = BST_PICTURE_MAX;
  bst_picture from = BST_INIT(bst_picture), to = BST_INIT(bst_picture);
  from.format = BST_PIXELS_BGR;
  from.width = from.height = to.width = to.height = most;
  bst_placement p = BST_INIT(bst_placement);
  ASSERT_EQ(bst_picture_place(most, most, most, most, BST_FIT_LETTERBOX, &p, nullptr), BST_OK);
  EXPECT_GE(bst_picture_scratch_size(&from, &p, &to), 3 * size_t(most)) << "a row in between";
  p.inner_width = most - 1;
  for (const uint32_t resampling : {BST_RESAMPLE_LINEAR, BST_RESAMPLE_AREA}) {
    p.resampling = resampling;
    EXPECT_GE(bst_picture_scratch_size(&from, &p, &to), 9 * size_t(most));
  }
}

/// Structures of an older host end before their last fields; those of a newer one must not set any.
TEST(PictureRefusals, StructuresGrow) {
  struct Newer {
    bst_picture known;
    uint64_t rotation;
  } newer = {};
  Write w;
  newer.known = *w.from.get();
  newer.known.struct_size = sizeof(Newer);
  bst_error error = {};
  EXPECT_EQ(bst_picture_write(&newer.known, &w.placement, 0, w.to.get(), w.memory, w.size, &error),
            BST_OK)
      << error.message;
  newer.rotation = 90;
  EXPECT_EQ(bst_picture_write(&newer.known, &w.placement, 0, w.to.get(), w.memory, w.size, &error),
            BST_ERROR_UNSUPPORTED_VERSION);
  EXPECT_THAT(error.message, HasSubstr("from->struct_size is 64 and byte 56 is set"));
  bst_picture older = *w.from.get();
  older.struct_size = offsetof(bst_picture, strides);
  older.strides[0] = 1; // It does not have that.
  EXPECT_EQ(bst_picture_write(&older, &w.placement, 0, w.to.get(), w.memory, w.size, &error),
            BST_OK)
      << error.message;
}

} // namespace bst::testing
