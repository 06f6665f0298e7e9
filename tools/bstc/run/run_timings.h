#ifndef BSTC_TOOLS_BSTC_RUN_RUN_TIMINGS_H
#define BSTC_TOOLS_BSTC_RUN_RUN_TIMINGS_H

#include "runtime/api/program_session.h"
#include "tools/bstc/files/json_writer.h"

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

  /// \p seconds: one per command, in the program's order.
  void addRun(llvm::ArrayRef<double> seconds);

  /// What print() and write() compare with: the int8 peak of that many threads,
  /// multiply-accumulates a second; 0 where it is not known.
  void compareWith(double peakMacs, unsigned ofThreads);
  /// The table, with shares of the peak.
  void print(const bst::ProgramSession &session, llvm::raw_ostream &stream) const;
  /// The same as the member "timings" of the object that is open (docs/json.md).
  void write(const bst::ProgramSession &session, JsonWriter &json) const;

private:
  const bst::Program &program;
  std::vector<uint64_t> macs;  ///< Of each command; 0: not an int8 convolution.
  std::vector<double> seconds; ///< The least of each command.
  double macaSeconds, allSeconds;
  unsigned runs = 0, threads = 1;
  double peak = 0; ///< MACs a second; 0: unknown.
};

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_RUN_RUN_TIMINGS_H
