#include "tools/bstc/cli/dataset_arguments.h"

#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/table.h"

#include <algorithm>

namespace bstc {

llvm::Expected<Dataset> loadDataset(const Arguments &arguments) {
  DatasetOptions parts;
  parts.split = arguments.value("--split").str();
  parts.imageFolder = arguments.value("--images").str();
  llvm::Expected<uint64_t> limit = arguments.number("--limit", SIZE_MAX, 1, SIZE_MAX);
  if (!limit)
    return limit.takeError();
  parts.limit = *limit;
  return readDataset(arguments.value("--data"), parts);
}

void warnOfDataset(const Dataset &dataset) {
  constexpr size_t most = 10;
  for (size_t i = 0; i < std::min(most, dataset.leftOut.size()); ++i)
    warn(Code::BadLabels, dataset.leftOut[i] + "; its picture is left out");
  if (dataset.leftOut.size() > most)
    warn(Code::BadLabels,
         "and " + counted(dataset.leftOut.size() - most, "more picture") + " with bad labels");
  if (!dataset.insteadOfVal.empty())
    warn(Code::OtherSplit,
         dataset.namesFile + " has no 'val'; these are figures of '" + dataset.insteadOfVal + "'");
  if (dataset.empty)
    warn(Code::LabelsLeftOut,
         counted(dataset.empty, "label") + " without an area in the picture left out");
  if (dataset.duplicates)
    warn(Code::LabelsLeftOut, counted(dataset.duplicates, "duplicate label") + " removed");
}

} // namespace bstc
