#ifndef BSTC_TOOLS_BSTC_BLAME_BLAME_INPUTS_H
#define BSTC_TOOLS_BSTC_BLAME_BLAME_INPUTS_H

#include "driver/compile.h"
#include "tools/bstc/cli/arguments.h"
#include "vision/data/dataset.h"

namespace bstc {

/// What a network is measured on: pictures, or one set of arrays.
class BlameInputs {
public:
  /// Of --input, --images or \p dataset, as far as they are given, at most --pictures of them,
  /// spread evenly. \p compilation outlives the object. Errors: a UsageError where nothing is given
  /// or it does not go together; a network that takes no pictures.
  static llvm::Expected<BlameInputs> choose(const Arguments &arguments,
                                            const Compilation &compilation, const Dataset *dataset);

  size_t size() const { return arrays.empty() ? pictures.size() : 1; }
  llvm::ArrayRef<std::string> files() const { return pictures; }
  /// The network's inputs for number `index`; may be called by several threads at a time. Errors: a
  /// picture that cannot be read, or is not of the size that the network takes.
  llvm::Expected<std::vector<TensorDataRef>> read(size_t index) const;

private:
  explicit BlameInputs(const Compilation &compilation) : compilation(&compilation) {}
  llvm::Error readArrays(const Arguments &arguments);
  llvm::Error findPreprocess();

  const Compilation *compilation;
  std::vector<std::string> pictures;
  bst::Preprocess how;               ///< How a picture becomes the input.
  std::vector<TensorDataRef> arrays; ///< By input; empty: there are pictures.
};

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_BLAME_BLAME_INPUTS_H
