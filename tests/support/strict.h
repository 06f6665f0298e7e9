#ifndef BSTC_TESTS_SUPPORT_STRICT_H
#define BSTC_TESTS_SUPPORT_STRICT_H

#include "backends/simulator/strict.h"
#include "tests/support/sessions.h"

#include <gtest/gtest.h>

#include <cstring>

namespace bst::testing {

/// Fills a float tensor with values between 0 and 1.
inline void fillInput(std::span<std::byte> bytes) {
  for (size_t i = 0; i < bytes.size() / sizeof(float); ++i) {
    const float value = float((i * 7919 + 13) % 256) / 255;
    std::memcpy(bytes.data() + i * sizeof(float), &value, sizeof(float));
  }
}

/// Runs the tile program on modelled memories; the status of the run.
inline Status strictRun(const Program &program, TileOrder order,
                        std::vector<std::vector<std::byte>> *outputs = nullptr) {
  const auto simulator = createSimulator();
  std::unique_ptr<StrictRun> run;
  if (Status status = StrictRun::create(program, *simulator, run); !status.ok())
    return status;
  for (uint32_t input : program.inputs)
    fillInput(run->data(input));
  if (Status status = run->run(order); !status.ok())
    return status;
  for (uint32_t output : program.outputs)
    if (outputs)
      outputs->emplace_back(run->data(output).begin(), run->data(output).end());
  return {};
}

/// The tile program gives the bytes of the commands, in whatever order it is executed.
inline void expectStrictEqualsFast(const Program &program) {
  const auto session = sessionOf(openProgram(program));
  for (uint32_t input : program.inputs)
    fillInput(session->data(input));
  ASSERT_TRUE(session->run().ok());
  for (TileOrder order : {TileOrder::Program, TileOrder::LoadsFirst}) {
    std::vector<std::vector<std::byte>> outputs;
    const Status status = strictRun(program, order, &outputs);
    ASSERT_TRUE(status.ok()) << status.message();
    for (size_t i = 0; i < outputs.size(); ++i) {
      const auto expected = session->data(program.outputs[i]);
      EXPECT_TRUE(std::equal(outputs[i].begin(), outputs[i].end(), expected.begin()))
          << program.tensors[program.outputs[i]].name;
    }
  }
}

} // namespace bst::testing

#endif // BSTC_TESTS_SUPPORT_STRICT_H
