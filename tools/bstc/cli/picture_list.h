#ifndef BSTC_TOOLS_BSTC_CLI_PICTURE_LIST_H
#define BSTC_TOOLS_BSTC_CLI_PICTURE_LIST_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace bstc {

/// The image files that the operands mean: files as they are, whatever their names, and of a folder
/// (not of those in it) the files that end as image files do, by name. A file that is meant twice,
/// by one name, is taken once. An error where a folder cannot be listed or has none.
llvm::Expected<std::vector<std::string>> listPictures(llvm::ArrayRef<std::string> operands);

/// Files in `folder`, one for each of the pictures: its name with another suffix. A UsageError
/// where two pictures would share one, or one would be written over a picture.
llvm::Expected<std::vector<std::string>>
filesBeside(llvm::ArrayRef<std::string> pictures, llvm::StringRef folder,
            std::string (*suffixOf)(llvm::StringRef picture));

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_PICTURE_LIST_H
