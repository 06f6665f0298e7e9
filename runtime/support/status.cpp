#include "runtime/support/status.h"

#include "runtime/support/text.h"

#include <cstdlib>
#include <new>

namespace bst {

constexpr Status::Failure Status::memoryFailure = {StatusCode::OutOfMemory, "out of memory"};

namespace {

/// Counts what it is given.
struct Length final : TextSink {
  void append(std::string_view part) override { length += part.size(); }
  size_t length = 0;
};

/// Writes to memory that is known to suffice.
struct Copy final : TextSink {
  explicit Copy(char *end) : end(end) {}
  void append(std::string_view part) override { end += part.copy(end, part.size()); }
  char *end;
};

} // namespace

Status::Status(StatusCode code, Text message) {
  Length measure;
  measure.print(message);
  void *block = std::malloc(sizeof(Failure) + measure.length + 1);
  failure = &memoryFailure;
  if (!block)
    return;
  char *begin = static_cast<char *>(block) + sizeof(Failure);
  Copy copy(begin);
  copy.print(message);
  *copy.end = '\0';
  makeOneLine(begin, measure.length);
  failure = new (block) Failure{code, {begin, measure.length}};
}

Status::Status(StatusCode code, std::string_view message) : Status(failed(code, "{}", message)) {}

Status Status::outOfMemory() {
  Status status;
  status.failure = &memoryFailure;
  return status;
}

void Status::discard() {
  if (failure != &memoryFailure)
    std::free(const_cast<Failure *>(failure));
}

} // namespace bst
