#ifndef BSTC_TOOLS_BSTC_RUN_RUN_TIMINGS_H
#define BSTC_TOOLS_BSTC_RUN_RUN_TIMINGS_H

#include "runtime/api/program_session.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// What runs a command: a kernel, or the command in whose pass it is computed.
std::string kernelText(const bst::ProgramSession &session, uint32_t command);

/// Host times of one program over several runs. Whatever else a machine does only adds to a time,
/// so the least is kept: of each command, of MACA's commands together, and of the whole.
class RunTimings {
public:
  explicit RunTimings(const bst::Program &program);

  /// \p seconds: one a command, in the program's order.
  void addRun(llvm::ArrayRef<double> seconds);

  /// The table. \p peak: int8 multiply-accumulates a second of that many threads; 0: not known.
  void print(const bst::ProgramSession &session, double peak, unsigned threads,
             llvm::raw_ostream &stream) const;

private:
  const bst::Program &program;
  std::vector<uint64_t> macs;  ///< Of each command; 0: not an int8 convolution.
  std::vector<double> seconds; ///< The least of each command.
  double macaSeconds, allSeconds;
  unsigned runs = 0;
};

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_RUN_RUN_TIMINGS_H
