#ifndef BSTC_DETECTORS_SHARED_CLASS_NAMES_H
#define BSTC_DETECTORS_SHARED_CLASS_NAMES_H

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace llvm::yaml {
class Node;
}

namespace bstc {

/// The text of a plain or quoted YAML value; nothing for other nodes and null.
std::optional<std::string> textOf(llvm::yaml::Node *node);

/// Takes what is wrong with a node of a YAML text.
using NameComplaint = llvm::function_ref<void(llvm::yaml::Node *, const llvm::Twine &)>;

/// Reads the class names that a YAML node holds and appends them to \p names: a list, or a map from
/// the numbers 0, 1, ... to names. Anything else goes to \p complain, and the result is false: what
/// is no list or map, an empty name in a list, a row that is not a number and a name, a number that
/// is there twice or missing. All names are read here, also those in texts that hold more.
bool readNames(llvm::yaml::Node &value, std::vector<std::string> &names, NameComplaint complain);

/// Class names of a YAML text, or of a Python literal as exporters write it into ONNX files: a list
/// of names, a map from the numbers 0, 1, ... to names, or a map with a member `names` that is one
/// of the two, as YOLOv5's dataset descriptions have it. Errors say what is wrong with it, and in
/// which line.
llvm::Expected<std::vector<std::string>> parseClassNames(llvm::StringRef yaml);

/// The names that a user means: those of a file (YAML where its name ends so, else one name per
/// line), or the names themselves with commas between them. Errors name the file.
llvm::Expected<std::vector<std::string>> readClassNames(llvm::StringRef fileOrList);

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_CLASS_NAMES_H
