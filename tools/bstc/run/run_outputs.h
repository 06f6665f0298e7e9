#ifndef BSTC_TOOLS_BSTC_RUN_RUN_OUTPUTS_H
#define BSTC_TOOLS_BSTC_RUN_RUN_OUTPUTS_H

#include "runtime/api/program_session.h"
#include "tools/bstc/cli/output.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// The .npy files of one run. They get their names all together, in finish(): a run that fails or
/// is interrupted leaves the folder as it was.
class RunOutputs {
public:
  /// \p allTensors: files are for every tensor that a command computes, with an index.
  RunOutputs(const bst::Program &program, llvm::StringRef folder, bool allTensors);
  /// The paths of all files that will be written.
  std::vector<std::string> paths() const;

  /// Makes the folder.
  llvm::Error open();
  /// Writes a tensor; its bytes must be valid now.
  llvm::Error write(uint32_t tensor, const bst::ProgramSession &session);
  /// Writes the outputs that are not there yet and the index, and gives all files their names.
  llvm::Error finish(const bst::ProgramSession &session);
  /// The file of a tensor.
  const std::string &fileOf(uint32_t tensor) const { return files.at(tensor); }
  /// The same with its folder.
  std::string pathOfTensor(uint32_t tensor) const { return pathOf(fileOf(tensor)); }

private:
  std::string fileName(const std::string &tensor);
  std::string pathOf(llvm::StringRef file) const;
  std::string indexJson() const;
  llvm::Error writeIndex();

  const bst::Program &program;
  std::string folder;
  bool allTensors;
  OutputFolder made;
  std::map<uint32_t, std::string> files; ///< Of the tensors to write, by index.
  std::set<uint32_t> there;              ///< Those of them that are written.
  std::vector<PendingFile> written;
  llvm::StringMap<unsigned> namesUsed;
};

/// Least and greatest value of an output; both NaN where any value is.
struct ValueRange {
  float low, high;
};
/// Of a float output; nothing of others.
std::optional<ValueRange> rangeOfOutput(const bst::Program &program,
                                        const bst::ProgramSession &session, uint32_t output);

/// Name, type, shape and range of every output, and its file where there is one.
void printOutputs(const bst::Program &program, const bst::ProgramSession &session,
                  const RunOutputs *outputs, llvm::raw_ostream &stream);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_RUN_RUN_OUTPUTS_H
