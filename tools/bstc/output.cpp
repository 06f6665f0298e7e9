#include "tools/bstc/output.h"

#include "ir/error.h"

#include "llvm/Support/FileSystem.h"

#include <cerrno>
#include <unistd.h>

namespace bstc {

namespace fs = llvm::sys::fs;

static llvm::Error failure(llvm::StringRef path, std::error_code code) {
  return makeError("cannot write " + path + ": " + code.message());
}

static std::error_code writeAll(int descriptor, llvm::StringRef contents) {
  while (!contents.empty()) {
    const ssize_t written = ::write(descriptor, contents.data(), contents.size());
    if (written < 0 && errno != EINTR)
      return std::error_code(errno, std::generic_category());
    contents = contents.drop_front(written > 0 ? size_t(written) : 0);
  }
  return {};
}

static llvm::Error writeInPlace(llvm::StringRef path, llvm::StringRef contents) {
  int descriptor = -1;
  if (std::error_code code = fs::openFileForWrite(path, descriptor, fs::CD_OpenExisting))
    return failure(path, code);
  std::error_code code = writeAll(descriptor, contents);
  if (::close(descriptor) != 0 && !code)
    code = std::error_code(errno, std::generic_category());
  return code ? failure(path, code) : llvm::Error::success();
}

/// `target` is the file to replace: `path` with its symbolic links followed.
static llvm::Error replaceFile(llvm::StringRef path, llvm::StringRef target, fs::perms permissions,
                               llvm::StringRef contents) {
  llvm::Expected<fs::TempFile> file = fs::TempFile::create(target + ".%%%%%%.tmp");
  if (!file)
    return failure(path, llvm::errorToErrorCode(file.takeError()));
  std::error_code code = writeAll(file->FD, contents);
  if (!code)
    code = fs::setPermissions(file->FD, permissions);
  if (!code)
    code = llvm::errorToErrorCode(file->keep(target));
  if (!code)
    return llvm::Error::success();
  llvm::consumeError(file->discard());
  return failure(path, code);
}

llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents) {
  fs::file_status status;
  // A failure means that there is nothing to replace, or is found again when the file is made.
  const bool exists = !fs::status(path, status) && fs::exists(status);
  if (!exists)
    return replaceFile(
        path, path, fs::perms(fs::all_read | fs::all_write) & ~fs::perms(fs::getUmask()), contents);
  if (fs::is_directory(status))
    return failure(path, std::make_error_code(std::errc::is_a_directory));
  if (!fs::is_regular_file(status))
    return writeInPlace(path, contents);
  llvm::SmallString<256> target;
  if (std::error_code code = fs::real_path(path, target))
    return failure(path, code);
  return replaceFile(path, target, status.permissions(), contents);
}

llvm::Error writeFile(llvm::StringRef path, llvm::ArrayRef<std::byte> contents) {
  return writeFile(
      path, llvm::StringRef(reinterpret_cast<const char *>(contents.data()), contents.size()));
}

} // namespace bstc
