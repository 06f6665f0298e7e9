#include "tools/bstc/files/array_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cstring>

namespace bstc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

onnx::TensorProto floatTensor() {
  onnx::TensorProto proto;
  proto.set_data_type(onnx::TensorProto::FLOAT);
  proto.add_dims(1);
  proto.add_dims(2);
  return proto;
}

llvm::Expected<Array> parse(const onnx::TensorProto &proto) {
  return parseTensorProto(proto.SerializeAsString(), "x.pb");
}

std::string errorOf(const onnx::TensorProto &proto) {
  llvm::Expected<Array> array = parse(proto);
  return array ? "" : llvm::toString(array.takeError());
}

TEST(TensorProto, ReadsBothPlacesForFloats) {
  onnx::TensorProto listed = floatTensor();
  listed.add_float_data(1.5f);
  listed.add_float_data(-2);
  onnx::TensorProto raw = floatTensor();
  const float values[] = {1.5f, -2};
  raw.set_raw_data(values, sizeof values);
  for (const onnx::TensorProto &proto : {listed, raw}) {
    llvm::Expected<Array> array = parse(proto);
    ASSERT_TRUE(bool(array)) << llvm::toString(array.takeError());
    EXPECT_EQ(array->dtype, bst::DType::F32);
    EXPECT_THAT(array->shape, ElementsAre(1, 2));
    ASSERT_EQ(array->bytes.size(), sizeof values);
    EXPECT_EQ(std::memcmp(array->bytes.data(), values, sizeof values), 0);
  }
}

TEST(TensorProto, ReadsSmallIntegers) {
  onnx::TensorProto proto = floatTensor();
  proto.set_data_type(onnx::TensorProto::INT8);
  proto.add_int32_data(-3);
  proto.add_int32_data(7);
  llvm::Expected<Array> array = parse(proto);
  ASSERT_TRUE(bool(array)) << llvm::toString(array.takeError());
  EXPECT_EQ(array->dtype, bst::DType::S8);
  EXPECT_THAT(array->bytes, ElementsAre(std::byte(0xfd), std::byte(7)));
}

TEST(TensorProto, RefusesWhatItCannotHold) {
  onnx::TensorProto proto = floatTensor();
  proto.add_float_data(1);
  EXPECT_THAT(errorOf(proto), HasSubstr("4 bytes of data, its dimensions need 8"));
  proto.set_data_type(onnx::TensorProto::DOUBLE);
  EXPECT_THAT(errorOf(proto), HasSubstr("data type 11"));
  proto = floatTensor();
  proto.set_dims(0, -1);
  EXPECT_THAT(errorOf(proto), HasSubstr("dimensions out of range"));
  proto.set_dims(0, int64_t(1) << 40);
  EXPECT_THAT(errorOf(proto), HasSubstr("dimensions out of range"));
  proto = floatTensor();
  proto.set_data_location(onnx::TensorProto::EXTERNAL);
  EXPECT_THAT(errorOf(proto), HasSubstr("another file"));
  llvm::Expected<Array> array = parseTensorProto("\xff\xff\xff", "x.pb");
  ASSERT_FALSE(bool(array));
  EXPECT_THAT(llvm::toString(array.takeError()), HasSubstr("x.pb"));
}

TEST(ArrayOrder, NhwcIsUnpermuted) {
  bst::Tensor tensor;
  tensor.dtype = bst::DType::S8;
  tensor.layout = bst::Layout::Nhwc;
  tensor.shape = {2, 2, 1, 3}; // n, c, h, w
  tensor.size = 12;
  std::vector<std::byte> stored;
  // Value n * 100 + c * 10 + w, stored with the channel innermost.
  for (int n = 0; n < 2; ++n)
    for (int w = 0; w < 3; ++w)
      for (int c = 0; c < 2; ++c)
        stored.push_back(std::byte(n * 100 + c * 10 + w));
  std::vector<std::byte> elements;
  ASSERT_FALSE(bool(inOnnxOrder(tensor, stored, [&](llvm::ArrayRef<std::byte> piece) {
    elements.insert(elements.end(), piece.begin(), piece.end());
    return llvm::Error::success();
  })));
  size_t at = 0;
  for (int n = 0; n < 2; ++n)
    for (int c = 0; c < 2; ++c)
      for (int w = 0; w < 3; ++w)
        EXPECT_EQ(elements[at++], std::byte(n * 100 + c * 10 + w));
  std::vector<std::byte> back(12);
  fromOnnxOrder(tensor, elements, back);
  EXPECT_EQ(back, stored);
}

} // namespace
} // namespace bstc
