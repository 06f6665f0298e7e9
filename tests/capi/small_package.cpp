#include "small_package.h"

#include "tests/runtime/test_programs.h"

const void *smallPackage(size_t *size) {
  static const std::vector<std::byte> bytes =
      bst::testing::packageOf(bst::testing::smallProgram().program);
  *size = bytes.size();
  return bytes.data();
}
