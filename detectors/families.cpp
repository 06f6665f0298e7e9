#include "detectors/families.h"

#include "detectors/yolov5/family.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace bstc {

llvm::ArrayRef<const Family *> families() {
  static const Family *const rows[] = {
      &yolov5::family,
  };
  return rows;
}

std::string familyNames() {
  std::vector<llvm::StringRef> names;
  for (const Family *family : families())
    names.push_back(family->name);
  return llvm::join(names, " or ");
}

const Family *familyOfKind(llvm::StringRef kind) {
  const auto found = llvm::find_if(
      families(), [&](const Family *family) { return kind.split('-').first == family->name; });
  return found == families().end() ? nullptr : *found;
}

const Family *familyOfDecode(OpKind op) {
  const auto found = llvm::find_if(
      families(), [&](const Family *family) { return llvm::is_contained(family->decodes, op); });
  return found == families().end() ? nullptr : *found;
}

} // namespace bstc
