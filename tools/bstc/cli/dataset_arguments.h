#ifndef BSTC_TOOLS_BSTC_CLI_DATASET_ARGUMENTS_H
#define BSTC_TOOLS_BSTC_CLI_DATASET_ARGUMENTS_H

#include "tools/bstc/cli/arguments.h"
#include "vision/data/dataset.h"

namespace bstc {

namespace option {
inline constexpr Option data = {
    "--data",
    "-d",
    "DATASET",
    "Labelled pictures: a YOLOv5 dataset .yaml, a folder with images/ and labels/, or COCO's "
    "instances_*.json.",
    false,
    Takes::File};
inline constexpr Option split = {
    "--split", nullptr, "LIST",
    "Which of them: a part that the .yaml names (default: val), a folder in images/, or a list "
    "of pictures (.txt) in the dataset or here."};
inline constexpr Option limit = {"--limit", nullptr, "N", "Only the first N pictures, by path."};
} // namespace option

/// The dataset of --data, --split, --images and --limit. Errors: readDataset's, a UsageError.
llvm::Expected<Dataset> loadDataset(const Arguments &arguments);

/// What of the dataset does not count, on stderr: the first few by name.
void warnOfDataset(const Dataset &dataset);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_DATASET_ARGUMENTS_H
