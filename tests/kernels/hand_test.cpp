#include "tests/kernels/hand.h"

#include "runtime/package/package.h"
#include "runtime/verify/verify.h"
#include "tests/kernels/simulators.h"
#include "tests/reference/reference.h"

#include <gtest/gtest.h>

#include <functional>

namespace bst::problems {
namespace {

/// Runs the case on the reference and on every simulator and hands the output's bytes to `check`.
void onAll(const Case &test, const std::function<void(const std::byte *)> &check) {
  const Status legal = verifyProgram(test.program());
  ASSERT_TRUE(legal.ok()) << legal.message();
  std::vector<NamedDevice> devices = allSimulators();
  devices.push_back({"reference", createReference()});
  for (const NamedDevice &each : devices) {
    SCOPED_TRACE(each.name);
    std::string error;
    const Bytes output = runOn(test, *each.device, error);
    ASSERT_EQ(error, "");
    check(output.data());
  }
}

} // namespace

uint32_t addInput(Case &test, DType dtype, Layout layout, const Shape &shape, int32_t zeroPoint,
                  const std::vector<int> &values, float scale) {
  const uint32_t index = test.add(dtype, layout, shape, scale, zeroPoint);
  std::vector<uint8_t> stored;
  for (int value : values)
    stored.push_back(uint8_t(value & 0xff));
  test.fill(index, stored);
  return index;
}

uint32_t addInput(Case &test, const Shape &shape, const std::vector<float> &values) {
  const uint32_t index = test.add(DType::F32, Layout::RowMajor, shape);
  test.fill(index, values);
  return index;
}

void addOutput(Case &test, const Shape &shape) { test.add(DType::F32, Layout::RowMajor, shape); }

void expectInts(const Case &test, const std::vector<int> &expected) {
  const Tensor &output = test.tensor(test.outputIndex());
  ASSERT_EQ(elementCount(output), expected.size());
  onAll(test, [&](const std::byte *data) {
    std::vector<int> actual;
    for (size_t index = 0; index < expected.size(); ++index)
      actual.push_back(output.dtype == DType::U8 ? int(uint8_t(data[index]))
                                                 : int(int8_t(data[index])));
    EXPECT_EQ(actual, expected);
  });
}

void expectFloats(const Case &test, const std::vector<float> &expected, float tolerance) {
  ASSERT_EQ(elementCount(test.tensor(test.outputIndex())), expected.size());
  onAll(test, [&](const std::byte *data) {
    const float *actual = reinterpret_cast<const float *>(data);
    for (size_t index = 0; index < expected.size(); ++index)
      EXPECT_NEAR(actual[index], expected[index], tolerance) << "element " << index;
  });
}

} // namespace bst::problems
