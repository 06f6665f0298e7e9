#ifndef BST_RUNTIME_STATUS_H
#define BST_RUNTIME_STATUS_H

#include <string>
#include <utility>

namespace bst {

/// Stable result codes of the runtime.
enum class StatusCode : int {
  Ok = 0,
  InvalidArgument, ///< The caller's mistake: wrong name, shape, dtype or layout.
  CorruptPackage,  ///< The package is truncated, fails its hash or a semantic check.
  UnsupportedVersion,
  Unsupported, ///< Well formed, but this device cannot do it, or it is beyond Limits (package.h).
  IoError,
  OutOfMemory,
  Cancelled,
};

/// A code and, unless Ok, one sentence: what is wrong, where (tensor, command or field name),
/// expected against actual. The runtime never throws: every function that can fail returns this.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(StatusCode code, std::string message) : code(code), text(std::move(message)) {}
  bool ok() const { return code == StatusCode::Ok; }
  StatusCode getCode() const { return code; }
  const std::string &message() const { return text; }

private:
  StatusCode code = StatusCode::Ok;
  std::string text;
};

} // namespace bst

#endif // BST_RUNTIME_STATUS_H
