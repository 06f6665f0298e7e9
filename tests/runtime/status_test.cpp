// What the runtime says of a failure.
#include "runtime/support/status.h"
#include "runtime/support/text.h"

#include <gtest/gtest.h>

#include <limits>

using namespace bst;

namespace {

TEST(Status, OkSaysNothing) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.getCode(), StatusCode::Ok);
  EXPECT_EQ(status.message(), "");
}

TEST(Status, MovesWithItsMessage) {
  Status status(StatusCode::IoError, "cannot be opened");
  Status moved = std::move(status);
  EXPECT_EQ(moved.getCode(), StatusCode::IoError);
  EXPECT_EQ(moved.message(), "cannot be opened");
  moved = failed(moved.getCode(), "file {}: {}", 3, moved.message());
  EXPECT_EQ(moved.message(), "file 3: cannot be opened");
  EXPECT_EQ(moved.message().data()[moved.message().size()], '\0');
}

TEST(Status, OutOfMemoryNeedsNone) {
  EXPECT_EQ(Status::outOfMemory().getCode(), StatusCode::OutOfMemory);
  EXPECT_EQ(Status::outOfMemory().message(), "out of memory");
}

TEST(MessageText, ShowsNumbersOfEveryType) {
  EXPECT_EQ(text("{} {} {} {}", int8_t(-128), uint8_t(255), int32_t(-7), true), "-128 255 -7 1");
  EXPECT_EQ(
      text("{} {}", std::numeric_limits<int64_t>::min(), std::numeric_limits<uint64_t>::max()),
      "-9223372036854775808 18446744073709551615");
  EXPECT_EQ(text("{} {} {}", 0.25, -1.5f, std::numeric_limits<double>::infinity()),
            "0.25 -1.5 inf");
}

TEST(MessageText, ShowsTextsAndShapes) {
  const std::string string = "string";
  const char array[] = "array";
  const char *pointer = "pointer";
  EXPECT_EQ(text("{} {} {} {}", string, array, pointer, std::string_view("view of").substr(0, 4)),
            "string array pointer view");
  const std::vector<int32_t> shape = {1, 3, -1};
  EXPECT_EQ(text("{}{}", shape, std::span<const int32_t>()), "[1,3,-1][]");
  EXPECT_EQ(text("no part"), "no part");
  EXPECT_EQ(text("{}", bst::quoted("images")), "'images'");
  EXPECT_EQ(text("{}", bst::quoted(std::string(121, 'x'))), "'" + std::string(120, 'x') + "...'");
}

TEST(MessageText, OfAStatusIsOneLineOfUtf8) {
  EXPECT_EQ(Status(StatusCode::IoError, "two\nlines \x1b[1m \u00e4 \xff").message(),
            "two?lines ?[1m \u00e4 ?");
  // Cut in the middle of a character.
  const Status cut = corrupt("{}", bst::quoted(std::string(119, 'x') + "\u00e4"));
  EXPECT_EQ(cut.message(), "'" + std::string(119, 'x') + "?...'");
}

} // namespace
