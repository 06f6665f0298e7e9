#include "partitioner/emit.h"

#include "ir/error.h"
#include "runtime/package/package.h"
#include "runtime/verify/verify.h"

namespace bstc {

llvm::Expected<std::vector<std::byte>> emitPackage(CompiledProgram &compiled,
                                                   const CostReport &cost) {
  compiled.program.cost = {cost.macs, cost.dramRead + cost.dramWrite, cost.latencySeconds,
                           cost.framesPerSecond};
  std::vector<std::byte> bytes;
  bst::Status status = bst::verifyProgram(compiled.program);
  if (status.getCode() == bst::StatusCode::Unsupported)
    return makeError(Code::NetworkTooLarge,
                     "the network is too large, take a smaller input or batch: " +
                         std::string(status.message()));
  if (status.ok())
    status = bst::writePackage(compiled.program, bytes);
  if (!status.ok())
    return makeError(Code::Internal,
                     "the compiled program is not valid: " + std::string(status.message()));
  return bytes;
}

} // namespace bstc
