#include "partitioner/emit.h"

#include "ir/error.h"
#include "runtime/package/package.h"
#include "runtime/verify/verify.h"

namespace bstc {

/// Of a program that the compiler made itself.
static llvm::Error ownFault(const bst::Status &status) {
  if (status.ok())
    return llvm::Error::success();
  return makeError(Code::Internal,
                   "the compiled program is not valid: " + std::string(status.message()));
}

bst::CostSummary summaryOf(const CostReport &cost) {
  return {cost.macs, cost.dramRead + cost.dramWrite, cost.latencySeconds, cost.framesPerSecond};
}

llvm::Error checkProgram(const bst::Program &program) {
  const bst::Status status = bst::verifyProgram(program);
  if (status.getCode() == bst::StatusCode::Unsupported)
    return makeError(Code::NetworkTooLarge,
                     "the network is too large, take a smaller input or batch: " +
                         std::string(status.message()));
  return ownFault(status);
}

llvm::Expected<std::vector<std::byte>> emitPackage(const bst::Program &program) {
  std::vector<std::byte> bytes;
  if (llvm::Error error = ownFault(bst::writePackage(program, bytes)))
    return error;
  return bytes;
}

} // namespace bstc
