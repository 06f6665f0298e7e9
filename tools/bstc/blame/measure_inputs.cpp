#include "tools/bstc/blame/measure_inputs.h"

#include "ir/error.h"
#include "tools/bstc/cli/notices.h"
#include "vision/detect/in_order.h"

namespace bstc {

namespace {

struct Measured {
  diagnose::Measures measures;
  std::optional<Failure> unreadable, failure;
};

} // namespace

llvm::Error measureInputs(const BlameInputs &inputs, const diagnose::Measurement &measurement,
                          unsigned threads, diagnose::Measures &measures, uint64_t &unreadable) {
  const auto work = [&](size_t item, unsigned) {
    Measured result;
    auto read = inputs.read(item);
    if (!read) {
      result.unreadable = takeFailure(read.takeError());
      return result;
    }
    auto measured = measurement.measure(*read);
    if (measured)
      result.measures = std::move(*measured);
    else
      result.failure = takeFailure(measured.takeError());
    return result;
  };
  std::optional<Failure> failure;
  const auto take = [&](size_t, Measured result) {
    failure = result.failure;
    if (result.unreadable) {
      ++unreadable;
      warn(result.unreadable->code, result.unreadable->text);
    } else if (!failure) {
      measures.add(result.measures);
    }
    return !failure;
  };
  workInOrder<Measured>(inputs.size(), {.workers = threads, .ahead = size_t(threads)}, work, take);
  if (failure)
    return makeError(failure->code, failure->text);
  if (measures.pictures == 0)
    return makeError(Code::FiguresIncomplete, "no picture could be read: nothing is measured");
  return llvm::Error::success();
}

} // namespace bstc
