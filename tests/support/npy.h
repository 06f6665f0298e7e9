#ifndef BSTC_TESTS_SUPPORT_NPY_H
#define BSTC_TESTS_SUPPORT_NPY_H

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace bstc::test {

/// Elements of a float32, C-order, version 1 .npy file (NumPy "NEP 1" format); fails the test on
/// anything else.
inline std::vector<float> readNpy(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream buffer;
  buffer << stream.rdbuf();
  std::string bytes = buffer.str();
  if (bytes.size() < 10 || bytes.compare(0, 8, std::string("\x93NUMPY\x01\x00", 8)) != 0) {
    ADD_FAILURE() << path << " is not a version 1 .npy file";
    return {};
  }
  size_t start = 10 + uint8_t(bytes[8]) + 256 * size_t(uint8_t(bytes[9]));
  std::string header = bytes.substr(10, start - 10);
  EXPECT_NE(header.find("'<f4'"), std::string::npos) << path;
  EXPECT_NE(header.find("'fortran_order': False"), std::string::npos) << path;
  std::vector<float> values((bytes.size() - start) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + start, values.size() * sizeof(float));
  return values;
}

} // namespace bstc::test

#endif // BSTC_TESTS_SUPPORT_NPY_H
