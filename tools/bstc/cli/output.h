#ifndef BSTC_TOOLS_BSTC_CLI_OUTPUT_H
#define BSTC_TOOLS_BSTC_CLI_OUTPUT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace bstc {

class Arguments;

/// A file that is written whole or not at all: into a temporary file in the same folder, which
/// takes the name when keep() is called. Until then, what was there before stays, and nothing is
/// left of the new file after an error, a destructor or a signal (interrupt, kill request). Devices
/// and pipes are written directly, and so is stdout, which "-" stands for. Errors name the path.
class PendingFile {
public:
  static llvm::Expected<PendingFile> create(llvm::StringRef path);
  PendingFile(PendingFile &&other) noexcept;
  PendingFile &operator=(PendingFile &&) = delete;
  ~PendingFile();

  /// Appends bytes.
  llvm::Error write(llvm::StringRef bytes);
  llvm::Error write(llvm::ArrayRef<std::byte> bytes);
  /// No more bytes come: the file is whole, only its name is missing.
  llvm::Error close();
  /// Closes it where it is open, and gives it its name.
  llvm::Error keep();

private:
  explicit PendingFile(llvm::StringRef path) : path(path.str()) {}
  llvm::Error failure(std::error_code code) const;
  llvm::Error open(llvm::sys::fs::perms permissions);

  std::string path;      ///< As the user wrote it.
  std::string target;    ///< The file to replace: `path` with its symbolic links followed.
  std::string temporary; ///< Empty where `path` is written directly, or when the file is kept.
  int descriptor = -1;
};

/// Begins the file that an option names, if it is given: before the work, so that none of it is
/// lost to a name that cannot be written.
llvm::Error beginFile(const Arguments &arguments, llvm::StringRef option,
                      std::optional<PendingFile> &file);

/// A PendingFile with these contents, kept.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents);
llvm::Error writeFile(llvm::StringRef path, llvm::ArrayRef<std::byte> contents);

/// A folder for files. Those that had to be made for it are removed again when this one goes, as
/// far as nothing is in them: a command that fails leaves no empty folders behind.
class OutputFolder {
public:
  OutputFolder() = default;
  OutputFolder(OutputFolder &&) = default;
  OutputFolder &operator=(OutputFolder &&) = delete;
  ~OutputFolder();

  /// Makes the folder, and those above it.
  llvm::Error make(llvm::StringRef path);

private:
  std::vector<std::string> made; ///< The outermost first.
};

/// The same text for all paths that lead to one file, which is there or would be made.
std::string identityOf(llvm::StringRef path);

/// What a subcommand reads and writes: an option's name (or "MODEL"), and its path; an empty path
/// or "-" stands for none. A UsageError where an output is one of the inputs or of the outputs
/// before it. Subcommands ask before they write anything.
struct NamedPath {
  std::string role, path;
};
llvm::Error checkDistinct(llvm::ArrayRef<NamedPath> inputs, llvm::ArrayRef<NamedPath> outputs);

/// The paths that these options have; of NAME=FILE the FILE, too.
std::vector<NamedPath> pathsOf(const Arguments &arguments, llvm::ArrayRef<llvm::StringRef> options);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_OUTPUT_H
