// Measures small networks.
#ifndef BSTC_TESTS_DIAGNOSE_MEASURED_H
#define BSTC_TESTS_DIAGNOSE_MEASURED_H

#include "diagnose/measure/measurement.h"
#include "tests/diagnose/two_layers.h"

#include <gtest/gtest.h>

namespace bstc::test {

/// A network and what was measured of it.
struct Result {
  std::unique_ptr<diagnose::Measurement> measurement;
  diagnose::Measures measures;

  const diagnose::TensorMeasure &at(llvm::StringRef path) const {
    for (size_t i = 0; i < measurement->tensors().size(); ++i)
      if (measurement->tensors()[i].path == path)
        return measures.tensors[i];
    ADD_FAILURE() << path.str() << " is not measured";
    return measures.tensors.front();
  }
};

inline Graph import(const TwoLayers &network) {
  auto graph = network.build().import();
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  return std::move(*graph);
}

/// `network` measured on its own input; with a reference, beside that.
inline Result measure(const TwoLayers &network, const TwoLayers *reference = nullptr) {
  const Graph graph = import(network);
  const Graph other = reference ? import(*reference) : Graph();
  auto measurement = diagnose::Measurement::create(graph, reference ? &other : nullptr);
  EXPECT_TRUE(bool(measurement)) << llvm::toString(measurement.takeError());
  const TensorDataRef x =
      TensorData::make<float>(graph.inputs()[0]->type, llvm::ArrayRef<float>(network.x));
  auto measures = (*measurement)->measure({x});
  EXPECT_TRUE(bool(measures)) << llvm::toString(measures.takeError());
  return {std::move(*measurement), std::move(*measures)};
}

} // namespace bstc::test

#endif // BSTC_TESTS_DIAGNOSE_MEASURED_H
