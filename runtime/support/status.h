#ifndef BST_RUNTIME_SUPPORT_STATUS_H
#define BST_RUNTIME_SUPPORT_STATUS_H

#include <string_view>
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

struct Text;

/// A code and, unless Ok, one sentence: what is wrong, where (tensor, command or field name),
/// expected against actual. The runtime never throws: every function that can fail returns this.
///
/// One pointer, null for Ok, so that passing on a success costs next to nothing. Where there is no
/// memory for a failure, it becomes OutOfMemory.
class [[nodiscard]] Status {
public:
  Status() = default;
  /// \p code: not Ok. The message is copied.
  Status(StatusCode code, std::string_view message);
  Status(StatusCode code, Text message); ///< text.h; usually by failed().
  static Status outOfMemory();           ///< Takes none.
  Status(Status &&other) noexcept : failure(std::exchange(other.failure, nullptr)) {}
  Status &operator=(Status &&other) noexcept {
    std::swap(failure, other.failure);
    return *this;
  }
  Status(const Status &) = delete;
  Status &operator=(const Status &) = delete;
  ~Status() {
    if (failure)
      discard();
  }

  bool ok() const { return !failure; }
  StatusCode getCode() const { return failure ? failure->code : StatusCode::Ok; }
  /// One line of UTF-8 (text.h), with a '\0' behind its last character.
  std::string_view message() const { return failure ? failure->message : std::string_view(""); }

private:
  /// The text lies behind it, in the same block.
  struct Failure {
    StatusCode code;
    std::string_view message;
  };
  static const Failure memoryFailure;

  void discard();

  const Failure *failure = nullptr;
};

} // namespace bst

#endif // BST_RUNTIME_SUPPORT_STATUS_H
