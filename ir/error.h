#ifndef BSTC_IR_ERROR_H
#define BSTC_IR_ERROR_H

#include "ir/notice.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace bstc {

/// An error with a message for the user (what, where) and the code that explains it. It prints as
/// its message; who shows it adds the code (Failure).
class CodedError : public llvm::ErrorInfo<CodedError> {
public:
  static char ID;
  CodedError(Code code, std::string message) : which(code), text(std::move(message)) {}
  Code code() const { return which; }
  void log(llvm::raw_ostream &stream) const override;
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

private:
  Code which;
  std::string text;
};

llvm::Error makeError(Code code, const llvm::Twine &message);

/// `error` with a place in front of its message: "`place`: message". It keeps its code; of several
/// errors joined, each gets the place and keeps its own. Errors of other libraries, which have
/// none, count as Code::Internal: give them a code where they enter, by makeError.
llvm::Error prefixError(const llvm::Twine &place, llvm::Error error);

/// An error taken apart, for what keeps it or prints it: the code of the first of several joined,
/// and the messages of all, one per line.
struct Failure {
  Code code;
  std::string text;
};
Failure takeFailure(llvm::Error error);
/// All errors of `error`, one by one: what joinErrors joined.
llvm::SmallVector<Failure, 1> takeFailures(llvm::Error error);

/// The code of a result of the runtime, by the number that bst_status and bst::StatusCode share:
/// BST4001 for BST_ERROR_INVALID_ARGUMENT (1), and so on. Not for BST_OK.
Code runtimeCode(int status);

/// A result of the runtime (bst::Status) as an error, its message unchanged. A template, as nothing
/// of the graph includes the runtime.
template <class Status> llvm::Error toError(const Status &status) {
  return status.ok() ? llvm::Error::success()
                     : makeError(runtimeCode(int(status.getCode())), status.message());
}

} // namespace bstc

#endif // BSTC_IR_ERROR_H
