#include "ir/error.h"

#include "llvm/Support/raw_ostream.h"

namespace bstc {

char CodedError::ID = 0;

void CodedError::log(llvm::raw_ostream &stream) const { stream << text; }

llvm::Error makeError(Code code, const llvm::Twine &message) {
  return llvm::make_error<CodedError>(code, message.str());
}

llvm::SmallVector<Failure, 1> takeFailures(llvm::Error error) {
  llvm::SmallVector<Failure, 1> failures;
  llvm::handleAllErrors(
      std::move(error),
      [&](const CodedError &coded) {
        failures.push_back({coded.code(), coded.message()});
      },
      [&](const llvm::ErrorInfoBase &other) {
        failures.push_back({Code::Internal, other.message()});
      });
  return failures;
}

Failure takeFailure(llvm::Error error) {
  llvm::SmallVector<Failure, 1> failures = takeFailures(std::move(error));
  Failure first = std::move(failures.front());
  for (const Failure &next : llvm::drop_begin(failures))
    first.text += "\n" + next.text;
  return first;
}

llvm::Error prefixError(const llvm::Twine &place, llvm::Error error) {
  const std::string before = place.str() + ": ";
  llvm::Error result = llvm::Error::success();
  for (const Failure &failure : takeFailures(std::move(error)))
    result = llvm::joinErrors(std::move(result), makeError(failure.code, before + failure.text));
  return result;
}

Code runtimeCode(int status) {
  constexpr int first = int(Code::InvalidArgument), last = int(Code::SelfTestFailed);
  const int number = first - 1 + status;
  return number >= first && number <= last ? Code(number) : Code::Internal;
}

} // namespace bstc
