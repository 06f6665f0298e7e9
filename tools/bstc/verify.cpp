#include "tools/bstc/cli/device.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/profile/report.h"

#include "driver/package_run.h"
#include "ir/error.h"

#include "llvm/Support/raw_ostream.h"

namespace bstc {
namespace {

llvm::Error verifyPackage(const Arguments &arguments) {
  const std::string &path = arguments.positional.front();
  llvm::Expected<unsigned> threads = readThreads(arguments, 1);
  if (!threads)
    return threads.takeError();
  llvm::Expected<bstrt::Package> package = openPackageOnly(path);
  if (!package)
    return package.takeError();
  const bst_package_info info = package->info();
  llvm::outs() << "package    " << path << ", " << bytesText(info.file_size) << ", hash "
               << info.hash << ", for " << info.target << " by bstc " << info.compiler
               << ": every check of the loader holds\n";

  llvm::Expected<ChosenDevice> chosen = openDevice(arguments);
  if (!chosen)
    return chosen.takeError();
  if (!info.has_self_test && arguments.has(option::device.name))
    return makeError(Code::Unsupported,
                     path + ": has no self-test, so that nothing ran on " +
                         bst_device_name(chosen->device.get()) +
                         "; make the package again with 'bstc compile --selftest'");
  if (!info.has_self_test) {
    llvm::outs() << "self-test  none in this package; 'bstc compile --selftest' puts one in\n";
    return llvm::Error::success();
  }
  bstrt::Session::Options options = bstrt::Session::defaults();
  options.threads = *threads;
  bstrt::Result<bstrt::Session> session = bstrt::Session::create(*package, chosen->device, options);
  if (!session)
    return prefixError(path, toError(session.error()));
  if (const bstrt::Error error = session->selftest())
    return prefixError(path, toError(error));
  llvm::outs() << "self-test  all " << info.commands << " commands compute on "
               << bst_device_name(chosen->device.get()) << " what they did at compile time\n";
  return llvm::Error::success();
}

constexpr Option options[] = {option::device, option::deviceOptions, option::threads};

constexpr const char *examples[] = {"bstc verify model.bst",
                                    "bstc verify model.bst --device ./libboard.so"};

} // namespace

const Subcommand verifySubcommand = {
    "verify",
    "MODEL.bst",
    1,
    1,
    "Check a package, and a device by the package's self-test",
    "Opens the package with every check of the loader. Where it has a self-test ('bstc compile\n"
    "--selftest'), runs its input on a device and names the first command whose output differs "
    "from\n"
    "what the compiler's simulator computed. With --device, a package without a self-test is an\n"
    "error: nothing would run.",
    options,
    examples,
    verifyPackage};

} // namespace bstc
