#ifndef BSTC_DETECTORS_SHARED_CLASS_NAMES_H
#define BSTC_DETECTORS_SHARED_CLASS_NAMES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace bstc {

/// Class names of a YAML text, or of a Python literal as exporters write it into ONNX files: a list
/// of names, a map from the numbers 0, 1, ... to names, or a map with a member `names` that is one
/// of the two, as YOLOv5's dataset descriptions have it. Errors say what is wrong with it, and in
/// which line.
llvm::Expected<std::vector<std::string>> parseClassNames(llvm::StringRef yaml);

/// The names that `--names` means: those of a file (YAML where its name ends so, else one name a
/// line), or the names themselves with commas between them. Errors name the file.
llvm::Expected<std::vector<std::string>> readClassNames(llvm::StringRef fileOrList);

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_CLASS_NAMES_H
