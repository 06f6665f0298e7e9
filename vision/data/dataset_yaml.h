#ifndef BSTC_VISION_DATA_DATASET_YAML_H
#define BSTC_VISION_DATA_DATASET_YAML_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bstc {

/// What YOLOv5's description of a dataset says.
struct DatasetYaml {
  std::string path; ///< The dataset's folder, as it is written.
  /// "train", "val", "test" and whatever else lists something: its entries.
  std::map<std::string, std::vector<std::string>> splits;
  std::vector<std::string> names;
  std::optional<uint64_t> classes; ///< `nc`.
};

/// Parses `text`; `file` is in the errors, with the line. `names` may be a list or a map from
/// number to name without gaps; `nc`, where it is given, has to be their number. A member, or a
/// number in `names`, that is there twice is an error, as parsers commonly take the last one
/// silently. So is a split that is neither a text nor a list of texts; an empty one counts as
/// absent.
llvm::Expected<DatasetYaml> parseDatasetYaml(llvm::StringRef text, llvm::StringRef file);

} // namespace bstc

#endif // BSTC_VISION_DATA_DATASET_YAML_H
