// The simulator against the scalar reference, bit for bit, and against the float evaluation.

#include "runtime/package/package.h"
#include "tests/driver/variants.h"
#include "tests/reference/reference.h"
#include "tests/support/networks.h"
#include "tests/support/program_run.h"
#include "tests/support/sessions.h"

#include <cstring>

using namespace bstc;
using namespace bstc::test;

namespace {

class Exactness : public testing::TestWithParam<Variant> {
protected:
  static ZooOptions options() { return GetParam().options(64); }
};

using Tensors = std::vector<std::vector<std::byte>>;

void fillImages(std::span<std::byte> images) {
  for (size_t i = 0; i < images.size() / sizeof(float); ++i) {
    float value = float((i * 7919 + 13) % 256) / 255;
    std::memcpy(images.data() + i * sizeof(float), &value, sizeof(float));
  }
}

/// Bytes of every command's output, in a session on the simulator.
Tensors simulatedTensors(const bstrt::Package &package) {
  const bst::Program &program = bst::programOf(package);
  Tensors results;
  std::unique_ptr<bst::ProgramSession> session;
  const auto onCommand = [&](uint32_t command, double) {
    for (uint32_t output : program.commands[command].outputs) {
      const std::span<std::byte> bytes = session->data(output);
      results.emplace_back(bytes.begin(), bytes.end());
    }
  };
  session = bst::testing::sessionOf(package, bst::testing::simulatorDevice(),
                                    {.keepTensors = true, .onCommand = onCommand});
  fillImages(session->data(program.inputs[0]));
  const bst::Status status = session->run();
  EXPECT_TRUE(status.ok()) << status.message();
  return results;
}

/// The same of the scalar reference.
Tensors referenceTensors(const bst::Program &program) {
  const auto reference = bst::createReference();
  bst::testing::ProgramRun run(program, *reference, {.keepTensors = true});
  fillImages(run.data(program.inputs[0]));
  Tensors results;
  const bst::Status status = run.run([&](uint32_t command) {
    for (uint32_t output : program.commands[command].outputs) {
      const std::span<std::byte> bytes = run.data(output);
      results.emplace_back(bytes.begin(), bytes.end());
    }
  });
  EXPECT_TRUE(status.ok()) << status.message();
  return results;
}

} // namespace

TEST_P(Exactness, SimulatorEqualsTheScalarReferenceInEveryInt8Tensor) {
  CompileOptions compileOptions;
  compileOptions.fidelity = false;
  Compilation c = compiled(zooGraph(options()), compileOptions);
  const bstrt::Package package = bst::testing::openBytes(c.package);
  const bst::Program &program = bst::programOf(package);
  const Tensors simulated = simulatedTensors(package), expected = referenceTensors(program);
  ASSERT_EQ(simulated.size(), expected.size());
  size_t compared = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const bst::Command &command = program.commands[i];
    if (program.tensors[command.outputs[0]].dtype == bst::DType::F32)
      continue;
    ++compared;
    EXPECT_TRUE(simulated[i] == expected[i]) << command.name;
  }
  EXPECT_GE(compared, 86u); // 60 convolutions, 25 element-wise, 1 quantiser at least.
}

TEST_P(Exactness, EveryLayerIsWithinOneStepOfTheFloatEvaluation) {
  Compilation c = compiled(zooGraph(options()));
  ASSERT_TRUE(c.fidelity);
  expectFaithful(*c.fidelity);
  EXPECT_EQ(c.fidelity->scalesMerged, 0u);
  // Only the input's pair and one for each int8 tensor that a QuantizeLinear makes.
  EXPECT_GE(c.fidelity->scalesKept, 81u);
}

INSTANTIATE_TEST_SUITE_P(Zoo, Exactness, testing::ValuesIn(quantisedVariants),
                         [](const auto &info) { return info.param.name; });
