#include "tools/bstc/cli/output.h"

#include "ir/error.h"
#include "tools/bstc/cli/arguments.h"

#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <cerrno>
#include <csignal>
#include <unistd.h>
#include <utility>

namespace bstc {

namespace fs = llvm::sys::fs;

static std::error_code lastError() { return {errno, std::generic_category()}; }

PendingFile::PendingFile(PendingFile &&other) noexcept
    : path(std::move(other.path)), target(std::move(other.target)),
      temporary(std::exchange(other.temporary, {})),
      descriptor(std::exchange(other.descriptor, -1)) {}

PendingFile::~PendingFile() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (temporary.empty())
    return;
  fs::remove(temporary);
  llvm::sys::DontRemoveFileOnSignal(temporary);
}

llvm::Error PendingFile::failure(std::error_code code) const {
  return makeError(Code::CannotWrite, "cannot write " + path + ": " + code.message());
}

namespace {
/// Holds back Ctrl-C and SIGTERM: between a file's making and its registration for removal, nobody
/// would remove it.
class HeldSignals {
public:
  HeldSignals() {
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &held, &before);
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }

private:
  sigset_t before;
};
} // namespace

/// Makes the temporary file beside the target.
llvm::Error PendingFile::open(fs::perms permissions) {
  const HeldSignals held;
  llvm::SmallString<256> name;
  if (std::error_code code = fs::createUniqueFile(target + ".%%%%%%.tmp", descriptor, name))
    return failure(code);
  temporary = name.str().str();
  llvm::sys::RemoveFileOnSignal(temporary);
  if (std::error_code code = fs::setPermissions(descriptor, permissions))
    return failure(code);
  return llvm::Error::success();
}

llvm::Expected<PendingFile> PendingFile::create(llvm::StringRef path) {
  PendingFile file(path == "-" ? "to stdout" : path);
  if (path == "-") {
    file.descriptor = ::dup(STDOUT_FILENO);
    return file.descriptor < 0 ? llvm::Expected<PendingFile>(file.failure(lastError()))
                               : std::move(file);
  }
  fs::file_status status;
  // A failure means that there is nothing to replace, or is found again when the file is made.
  const bool exists = !fs::status(path, status) && fs::exists(status);
  if (exists && fs::is_directory(status))
    return file.failure(std::make_error_code(std::errc::is_a_directory));
  if (exists && !fs::is_regular_file(status)) {
    if (std::error_code code = fs::openFileForWrite(path, file.descriptor, fs::CD_OpenExisting))
      return file.failure(code);
    return file;
  }
  llvm::SmallString<256> target(path);
  if (exists)
    if (std::error_code code = fs::real_path(path, target))
      return file.failure(code);
  file.target = target.str().str();
  if (llvm::Error error =
          file.open(exists ? status.permissions()
                           : fs::perms(fs::all_read | fs::all_write) & ~fs::perms(fs::getUmask())))
    return error;
  return file;
}

llvm::Error PendingFile::write(llvm::StringRef bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR)
      return failure(lastError());
    bytes = bytes.drop_front(written > 0 ? size_t(written) : 0);
  }
  return llvm::Error::success();
}

llvm::Error PendingFile::write(llvm::ArrayRef<std::byte> bytes) {
  return write(llvm::StringRef(reinterpret_cast<const char *>(bytes.data()), bytes.size()));
}

llvm::Error PendingFile::close() {
  if (::close(std::exchange(descriptor, -1)) != 0)
    return failure(lastError());
  return llvm::Error::success();
}

llvm::Error PendingFile::keep() {
  if (descriptor >= 0)
    if (llvm::Error error = close())
      return error;
  if (temporary.empty())
    return llvm::Error::success();
  if (std::error_code code = fs::rename(temporary, target))
    return failure(code);
  llvm::sys::DontRemoveFileOnSignal(std::exchange(temporary, {}));
  return llvm::Error::success();
}

llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents) {
  llvm::Expected<PendingFile> file = PendingFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write(contents))
    return error;
  return file->keep();
}

llvm::Error writeFile(llvm::StringRef path, llvm::ArrayRef<std::byte> contents) {
  return writeFile(
      path, llvm::StringRef(reinterpret_cast<const char *>(contents.data()), contents.size()));
}

/// Whether both paths lead to one file: an existing one, or one that would be made. Devices take
/// any number of writers.
static bool isSameFile(llvm::StringRef a, llvm::StringRef b) {
  fs::file_status status;
  if (!fs::status(a, status) && fs::exists(status))
    return fs::is_regular_file(status) && fs::equivalent(a, b);
  llvm::SmallString<256> first(a), second(b);
  for (llvm::SmallString<256> *path : {&first, &second}) {
    fs::make_absolute(*path);
    llvm::sys::path::remove_dots(*path, true);
  }
  return first == second;
}

llvm::Error checkDistinct(llvm::ArrayRef<NamedPath> inputs, llvm::ArrayRef<NamedPath> outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const NamedPath &output = outputs[i];
    if (output.path == "-")
      continue;
    for (llvm::ArrayRef<NamedPath> others : {inputs, outputs.take_front(i)})
      for (const NamedPath &other : others)
        if (!output.path.empty() && !other.path.empty() && isSameFile(output.path, other.path))
          return llvm::make_error<UsageError>(output.role + " " + output.path +
                                              " would overwrite " + other.role + " " + other.path +
                                              "; choose another file");
  }
  return llvm::Error::success();
}

} // namespace bstc
