#ifndef BSTC_TESTS_FRONTEND_RUN_MODEL_H
#define BSTC_TESTS_FRONTEND_RUN_MODEL_H

#include "frontend/evaluate.h"
#include "tests/support/onnx_builder.h"

#include <gtest/gtest.h>

namespace bstc::test {

/// Imports a model with one float input and runs it on `x`; output 0 as numbers of any type.
inline std::vector<double> run(const OnnxBuilder &model, const std::vector<float> &x,
                               Shape *shape = {}) {
  auto graph = model.import();
  if (!graph) {
    ADD_FAILURE() << llvm::toString(graph.takeError());
    return {};
  }
  auto outputs =
      evaluate(*graph, TensorDataRef(TensorData::make<float>(graph->inputs()[0]->type, x)));
  if (!outputs) {
    ADD_FAILURE() << llvm::toString(outputs.takeError());
    return {};
  }
  const TensorData &y = *outputs->front();
  if (shape)
    *shape = y.type.shape;
  std::vector<double> values;
  for (int64_t i = 0; i < y.type.count(); ++i)
    values.push_back(y.at(i));
  return values;
}

inline std::string errorOf(const OnnxBuilder &model) {
  auto graph = model.import();
  return graph ? "<no error>" : llvm::toString(graph.takeError());
}

/// 0, 1, 2, ...
inline std::vector<float> ramp(int count) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i)
    values.push_back(float(i));
  return values;
}

} // namespace bstc::test

#endif // BSTC_TESTS_FRONTEND_RUN_MODEL_H
