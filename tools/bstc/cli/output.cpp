#include "tools/bstc/cli/output.h"

#include "ir/error.h"
#include "tools/bstc/cli/arguments.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <cerrno>
#include <csignal>
#include <filesystem>
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

llvm::Error beginFile(const Arguments &arguments, llvm::StringRef option,
                      std::optional<PendingFile> &file) {
  if (!arguments.has(option))
    return llvm::Error::success();
  llvm::Expected<PendingFile> created = PendingFile::create(arguments.value(option));
  if (!created)
    return created.takeError();
  file.emplace(std::move(*created));
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

llvm::Error OutputFolder::make(llvm::StringRef path) {
  std::vector<std::string> missing;
  for (llvm::StringRef folder = path; !folder.empty() && !fs::exists(folder);
       folder = llvm::sys::path::parent_path(folder))
    missing.push_back(folder.str());
  std::error_code code = fs::create_directories(path, true, fs::all_all);
  if (!code && !fs::is_directory(path))
    code = std::make_error_code(std::errc::not_a_directory);
  made.insert(made.end(), missing.rbegin(), missing.rend());
  return code ? makeError(Code::CannotMakeFolder,
                          "cannot make the folder " + path + ": " + code.message())
              : llvm::Error::success();
}

OutputFolder::~OutputFolder() {
  for (; !made.empty(); made.pop_back())
    ::rmdir(made.back().c_str()); // Fails where something is in it.
}

std::string identityOf(llvm::StringRef path) {
  fs::file_status status;
  if (!fs::status(path, status) && fs::exists(status))
    return std::to_string(status.getUniqueID().getDevice()) + ':' +
           std::to_string(status.getUniqueID().getFile());
  // What is there of the folders above decides; the rest would be made.
  std::error_code code;
  const std::filesystem::path full = std::filesystem::absolute(path.str(), code);
  const std::filesystem::path real = std::filesystem::weakly_canonical(full, code);
  return (code ? full.lexically_normal() : real).string();
}

/// Whether a path stands for a file that can be overwritten: devices and pipes take any number of
/// writers, and folders none.
static bool isForFile(llvm::StringRef path) {
  fs::file_status status;
  return !path.empty() && path != "-" &&
         (fs::status(path, status) || !fs::exists(status) || fs::is_regular_file(status));
}

llvm::Error checkDistinct(llvm::ArrayRef<NamedPath> inputs, llvm::ArrayRef<NamedPath> outputs) {
  llvm::StringMap<const NamedPath *> taken;
  for (const NamedPath &input : inputs)
    if (isForFile(input.path))
      taken.insert({identityOf(input.path), &input});
  for (const NamedPath &output : outputs) {
    if (!isForFile(output.path))
      continue;
    const auto [other, isNew] = taken.insert({identityOf(output.path), &output});
    if (!isNew)
      return llvm::make_error<UsageError>(output.role + " " + output.path + " would overwrite " +
                                          other->second->role + " " + other->second->path +
                                          "; choose another file");
  }
  return llvm::Error::success();
}

std::vector<NamedPath> pathsOf(const Arguments &arguments,
                               llvm::ArrayRef<llvm::StringRef> options) {
  std::vector<NamedPath> paths;
  for (llvm::StringRef option : options)
    for (llvm::StringRef value : arguments.values(option)) {
      paths.push_back({option.str(), value.str()});
      // Names and paths may hold more of them.
      for (size_t at = value.find('='); at != llvm::StringRef::npos; at = value.find('=', at + 1))
        paths.push_back({option.str(), value.substr(at + 1).str()});
    }
  return paths;
}

} // namespace bstc
