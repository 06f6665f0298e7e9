#ifndef BSTC_TESTS_SUPPORT_COMPILED_RUN_H
#define BSTC_TESTS_SUPPORT_COMPILED_RUN_H

#include "driver/compile.h"
#include "ir/error.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/sessions.h"

#include <gtest/gtest.h>

#include <cstring>

namespace bstc::test {

/// What the program that `graph` compiles to computes from its only input, output by output; the
/// commands' engines in order ("dsp maca dsp") go to `engines`.
inline llvm::Expected<std::vector<std::vector<float>>>
runCompiled(Graph graph, llvm::ArrayRef<float> x, std::string *engines = nullptr) {
  CompileOptions options;
  options.fidelity = false;
  auto compilation = compile(std::move(graph), options);
  if (!compilation)
    return compilation.takeError();
  const auto session = bst::testing::sessionOf(bst::testing::openBytes(compilation->package));
  const bst::Program &program = session->program();
  for (const bst::Command &command : program.commands)
    if (engines)
      engines->append(engines->empty() ? "" : " ").append(bst::engineName(command.engine));
  const auto input = session->data(program.inputs[0]);
  EXPECT_EQ(input.size(), x.size() * sizeof(float));
  std::memcpy(input.data(), x.data(), std::min(input.size(), x.size() * sizeof(float)));
  if (bst::Status status = session->run(); !status.ok())
    return makeError(std::string(status.message()));
  std::vector<std::vector<float>> results;
  for (uint32_t output : program.outputs) {
    const auto bytes = std::as_const(*session).data(output);
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    results.push_back(std::move(values));
  }
  return results;
}

inline llvm::Expected<std::vector<std::vector<float>>>
runCompiled(const OnnxBuilder &model, llvm::ArrayRef<float> x, std::string *engines = nullptr) {
  auto graph = model.import();
  return graph ? runCompiled(std::move(*graph), x, engines) : graph.takeError();
}

} // namespace bstc::test

#endif // BSTC_TESTS_SUPPORT_COMPILED_RUN_H
