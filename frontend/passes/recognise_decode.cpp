#include "frontend/passes/passes.h"

#include "detectors/families.h"

namespace bstc {

llvm::Error recogniseDecode(Graph &graph) {
  for (const Family *family : families())
    family->recognise(graph);
  return llvm::Error::success();
}

} // namespace bstc
