#include "driver/recognised.h"

#include "frontend/passes/passes.h"

namespace bstc {

llvm::Expected<std::vector<Predictions>> recognisedPredictions(const Graph &graph) {
  if (!mayHaveRows(graph))
    return std::vector<Predictions>(); // Spares a classifier the copy.
  Graph copy = graph.clone();
  for (const Pass &pass : passPipeline()) {
    if (!pass.runs({})) // Whatever the compilation asks for: this is about the file.
      continue;
    if (llvm::Error error = pass.run(copy))
      return error;
    if (pass.run == recogniseDecode)
      break;
  }
  return decodedOutputs(copy);
}

} // namespace bstc
