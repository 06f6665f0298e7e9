#include "tools/bstc/cli/picture_list.h"

#include "ir/error.h"
#include "tools/bstc/cli/arguments.h"
#include "tools/bstc/cli/output.h"
#include "vision/image/image_file.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>

namespace bstc {

namespace fs = llvm::sys::fs;

static llvm::Error listFolder(const std::string &folder, std::vector<std::string> &pictures) {
  const size_t before = pictures.size();
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code))
    if (hasImageSuffix(entry->path()) && !fs::is_directory(entry->path()))
      pictures.push_back(entry->path());
  if (code)
    return makeError(Code::NoPictures, "cannot list " + folder + ": " + code.message());
  if (pictures.size() == before)
    return makeError(Code::NoPictures, folder + " has no images (.jpg, .jpeg, .png, .bmp)");
  std::sort(pictures.begin() + ptrdiff_t(before), pictures.end());
  return llvm::Error::success();
}

llvm::Expected<std::vector<std::string>> listPictures(llvm::ArrayRef<std::string> operands) {
  std::vector<std::string> pictures;
  for (const std::string &operand : operands) {
    if (!fs::is_directory(operand))
      pictures.push_back(operand);
    else if (llvm::Error error = listFolder(operand, pictures))
      return error;
  }
  llvm::StringSet<> taken;
  llvm::erase_if(pictures, [&](const std::string &picture) {
    // A link of another name is a picture of its own: results are known by the name.
    const llvm::StringRef name = llvm::sys::path::filename(picture);
    return !taken.insert((name + "/" + identityOf(picture)).str()).second;
  });
  return pictures;
}

llvm::Expected<std::vector<std::string>>
filesBeside(llvm::ArrayRef<std::string> pictures, llvm::StringRef folder,
            std::string (*suffixOf)(llvm::StringRef picture)) {
  std::vector<std::string> files;
  llvm::StringMap<llvm::StringRef> owners;
  for (const std::string &picture : pictures) {
    llvm::SmallString<256> file(folder);
    llvm::sys::path::append(file, llvm::sys::path::stem(picture) + suffixOf(picture));
    const auto [owner, isNew] = owners.insert({file, picture});
    if (!isNew)
      return llvm::make_error<UsageError>(owner->second.str() + " and " + picture +
                                          " would both be written to " + file.str().str() +
                                          "; take one folder at a time");
    if (fs::equivalent(file, picture))
      return llvm::make_error<UsageError>(file.str().str() +
                                          " would overwrite the image; choose another folder");
    files.push_back(file.str().str());
  }
  return files;
}

} // namespace bstc
