// bstc-manual FOLDER: writes the man pages and completions into share/man and so on under FOLDER,
// as they are installed. Runs when bstc is built.
#include "tools/bstc/cli/output.h"
#include "tools/bstc/manual/manual.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace bstc;

static llvm::Error writeInto(llvm::StringRef root, llvm::StringRef path, llvm::StringRef text) {
  llvm::SmallString<256> file(root);
  llvm::sys::path::append(file, path);
  if (std::error_code code = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(file)))
    return llvm::createStringError(code, "cannot make the folder of " + file);
  return writeFile(file, text);
}

static llvm::Error writeManual(llvm::StringRef root) {
  const llvm::ArrayRef<const Subcommand *> all = allSubcommands();
  if (llvm::Error error = writeInto(root, "man/man1/bstc.1", overviewPage(all)))
    return error;
  for (const Subcommand *subcommand : all)
    if (llvm::Error error = writeInto(root, "man/man1/bstc-" + std::string(subcommand->name) + ".1",
                                      manPage(*subcommand)))
      return error;
  if (llvm::Error error = writeInto(root, "bash-completion/completions/bstc", bashCompletion(all)))
    return error;
  return writeInto(root, "zsh/site-functions/_bstc", zshCompletion(all));
}

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: bstc-manual FOLDER\n";
    return 2;
  }
  if (llvm::Error error = writeManual(argv[1])) {
    llvm::errs() << "bstc-manual: " << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  return 0;
}
