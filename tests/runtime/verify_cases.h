#ifndef BST_TESTS_RUNTIME_VERIFY_CASES_H
#define BST_TESTS_RUNTIME_VERIFY_CASES_H

#include "test_programs.h"

#include "runtime/package/package.h"
#include "runtime/verify/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace bst::testing {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

// What changes name most often.
template <class P> P &params(Program &program, const char *command) {
  return paramsOf<P>(program, command);
}
inline void setInput(Program &program, const char *command, size_t i, const char *tensor) {
  commandNamed(program, command).inputs[i] = tensorIndex(program, tensor);
}
inline void setOutput(Program &program, const char *command, const char *tensor) {
  commandNamed(program, command).outputs[0] = tensorIndex(program, tensor);
}
inline TileOp &op(Program &program, uint32_t index) { return program.tiles.ops[index]; }

/// One way to spoil a valid program, and what verifyProgram must say.
struct Case {
  std::function<void(Program &)> spoil;
  const char *message;           ///< A part of it.
  const char *command = nullptr; ///< That is blamed, where it is another than the table's.
};

/// `command` is the one that all messages must blame, or null. It matters: a check that is left out
/// may well be made up for by the check of the next command, with the same words.
inline void expectRefusals(const TestProgram &valid, const std::vector<Case> &cases,
                           const char *command = nullptr) {
  ASSERT_EQ(verifyProgram(valid.program).message(), "");
  for (const Case &spoilt : cases) {
    Program program = valid.program;
    spoilt.spoil(program);
    const Status status = verifyProgram(program);
    EXPECT_EQ(status.getCode(), StatusCode::CorruptPackage) << spoilt.message;
    EXPECT_THAT(status.message(), ::testing::HasSubstr(spoilt.message));
    const std::string blamed = spoilt.command ? spoilt.command : command ? command : "";
    EXPECT_THAT(status.message(), ::testing::HasSubstr(blamed));
  }
}

/// Changes that leave the complete program valid: the other side of each limit.
inline void expectAccepted(const TestProgram &valid,
                           const std::vector<std::function<void(Program &)>> &changes) {
  for (size_t i = 0; i < changes.size(); ++i) {
    Program program = valid.program;
    changes[i](program);
    EXPECT_EQ(verifyProgram(program).message(), "") << "change " << i;
  }
}

} // namespace bst::testing

#endif // BST_TESTS_RUNTIME_VERIFY_CASES_H
