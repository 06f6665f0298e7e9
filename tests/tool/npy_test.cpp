// The .npy reader and writer against files that NumPy 1.24 wrote (headers pasted as it made them)
// and the format's description (numpy.lib.format).
#include "tools/bstc/files/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace bstc {
namespace {

using bst::DType;
using testing::ElementsAre;
using testing::HasSubstr;

/// A file with this header text, padded as NumPy pads, of the given format version.
std::string file(const std::string &header, const std::string &data, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += char(version);
  bytes += '\0';
  const size_t prefix = version == 1 ? 10 : 12;
  const size_t total = (prefix + header.size() + 1 + 63) / 64 * 64;
  const size_t length = total - prefix;
  for (size_t i = 0; i < prefix - 8; ++i)
    bytes += char(length >> (8 * i));
  bytes += header;
  bytes.append(length - header.size() - 1, ' ');
  return bytes + "\n" + data;
}

std::string floatBytes(std::initializer_list<float> values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

std::string headerOf(const char *shape, const char *dtype = "<f4") {
  return std::string("{'descr': '") + dtype + "', 'fortran_order': False, 'shape': " + shape +
         ", }";
}

std::string errorOf(const std::string &contents) {
  llvm::Expected<Array> array = parseNpy(contents, "x.npy");
  return array ? "" : llvm::toString(array.takeError());
}

class NpyVersion : public testing::TestWithParam<int> {};

TEST_P(NpyVersion, IsRead) {
  llvm::Expected<Array> array =
      parseNpy(file(headerOf("(2, 3)"), floatBytes({1, 2, 3, 4, 5, 6.5}), GetParam()), "x.npy");
  ASSERT_TRUE(bool(array)) << llvm::toString(array.takeError());
  EXPECT_EQ(array->dtype, DType::F32);
  EXPECT_THAT(array->shape, ElementsAre(2, 3));
  float last;
  ASSERT_EQ(array->bytes.size(), 24u);
  std::memcpy(&last, &array->bytes[20], 4);
  EXPECT_EQ(last, 6.5f);
}

INSTANTIATE_TEST_SUITE_P(Versions, NpyVersion, testing::Values(1, 2, 3));

TEST(Npy, ReadsWhatNumPyWrote) {
  // numpy.save(f, numpy.array([1, -2], numpy.int8)) and numpy.save(f, numpy.float32(2.5)).
  const std::string padding(62, ' ');
  const std::string bytes = std::string("\x93NUMPY\x01\x00v\x00", 10) +
                            "{'descr': '|i1', 'fortran_order': False, 'shape': (2,), }" +
                            std::string(60, ' ') + "\n\x01\xfe";
  llvm::Expected<Array> vector = parseNpy(bytes, "v.npy");
  ASSERT_TRUE(bool(vector)) << llvm::toString(vector.takeError());
  EXPECT_EQ(vector->dtype, DType::S8);
  EXPECT_THAT(vector->shape, ElementsAre(2));
  EXPECT_THAT(vector->bytes, ElementsAre(std::byte(1), std::byte(0xfe)));
  const std::string scalarBytes = std::string("\x93NUMPY\x01\x00v\x00", 10) +
                                  "{'descr': '<f4', 'fortran_order': False, 'shape': (), }" +
                                  padding + "\n" + floatBytes({2.5f});
  llvm::Expected<Array> scalar = parseNpy(scalarBytes, "s.npy");
  ASSERT_TRUE(bool(scalar)) << llvm::toString(scalar.takeError());
  EXPECT_TRUE(scalar->shape.empty());
}

TEST(Npy, EveryTypeIsRead) {
  for (auto [text, dtype, size] : {std::tuple("<f4", DType::F32, 4),
                                   {"|i1", DType::S8, 1},
                                   {"|u1", DType::U8, 1},
                                   {"<i4", DType::S32, 4}}) {
    llvm::Expected<Array> array =
        parseNpy(file(headerOf("(3,)", text), std::string(size_t(3 * size), 'x')), "x.npy");
    ASSERT_TRUE(bool(array)) << llvm::toString(array.takeError());
    EXPECT_EQ(array->dtype, dtype);
  }
}

TEST(Npy, WritesWhatItReadsAndNumPyDoes) {
  const std::string data = floatBytes({1, 2, 3, 4, 5, 6});
  const std::string bytes = npyBytes(
      DType::F32, {1, 2, 3}, {reinterpret_cast<const std::byte *>(data.data()), data.size()});
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  EXPECT_THAT(bytes, HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }"));
  const size_t start = 10 + uint8_t(bytes[8]) + 256u * uint8_t(bytes[9]);
  EXPECT_EQ(start % 64, 0u);
  EXPECT_EQ(bytes[start - 1], '\n');
  EXPECT_EQ(bytes.substr(start), data);
  EXPECT_THAT(npyBytes(DType::U8, {2}, std::vector<std::byte>(2)), HasSubstr("'shape': (2,), }"));
  EXPECT_THAT(npyBytes(DType::U8, {}, std::vector<std::byte>(1)), HasSubstr("'shape': (), }"));
}

TEST(Npy, DamagedFilesAreRefused) {
  const std::string good = file(headerOf("(2,)"), floatBytes({1, 2}));
  EXPECT_EQ(errorOf(good), "");
  EXPECT_THAT(errorOf("PK\x03\x04"), HasSubstr("not a .npy file"));
  // No length may crash the reader, whatever it cuts off.
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(errorOf(good.substr(0, size)), "") << size;
  EXPECT_THAT(errorOf(good.substr(0, good.size() - 1)), HasSubstr("7 bytes of data"));
  EXPECT_THAT(errorOf(good + "x"), HasSubstr("9 bytes of data, its header says 8"));
  EXPECT_THAT(errorOf(file(headerOf("(2,)"), "", 4)), HasSubstr("version 4"));
  EXPECT_THAT(errorOf(file(headerOf("(70000, 70000)"), "")), HasSubstr("too many elements"));
  EXPECT_THAT(errorOf(file(headerOf("(4294967296, 4294967296, 4294967296)"), "")),
              HasSubstr("too many elements"));
  EXPECT_THAT(errorOf(file(headerOf("(-1,)"), "")), HasSubstr("shape"));
  EXPECT_THAT(errorOf(file(headerOf("2"), "")), HasSubstr("shape"));
}

TEST(Npy, OtherContentsAreRefusedWithAWayOut) {
  EXPECT_THAT(errorOf(file(headerOf("(1,)", "<f8"), std::string(8, 'x'))),
              testing::AllOf(HasSubstr("'<f8'"), HasSubstr("astype(numpy.float32)")));
  EXPECT_THAT(errorOf(file(headerOf("(1,)", ">f4"), std::string(4, 'x'))), HasSubstr("'>f4'"));
  EXPECT_THAT(errorOf(file("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }",
                           std::string(16, 'x'))),
              testing::AllOf(HasSubstr("Fortran"), HasSubstr("ascontiguousarray")));
  EXPECT_THAT(errorOf(file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
                           std::string(4, 'x'))),
              HasSubstr("structured"));
  EXPECT_THAT(errorOf(file("{'descr': '<f4', 'shape': (1,), }", std::string(4, 'x'))),
              HasSubstr("lacks"));
  EXPECT_THAT(errorOf(file("{'descr': '<f4', 'descr': '<f4', 'shape': (1,), }", "")),
              HasSubstr("unexpected key 'descr'"));
  EXPECT_THAT(errorOf(file("[1, 2]", "")), HasSubstr("dictionary"));
}

} // namespace
} // namespace bstc
