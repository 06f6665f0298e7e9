#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/profile/report.h"

#include "ir/error.h"

#include "llvm/Support/raw_ostream.h"

#include <bst/bst.h>

#include <cstdlib>
#include <memory>

namespace bstc {
namespace {

struct Release {
  void operator()(bst_package *package) const { bst_package_release(package); }
  void operator()(bst_device *device) const { bst_device_release(device); }
  void operator()(bst_session *session) const { bst_session_destroy(session); }
};
template <class Handle> using Held = std::unique_ptr<Handle, Release>;

llvm::Error toError(const bst_error &error) {
  return makeError(runtimeCode(error.code), error.message);
}

llvm::Expected<Held<bst_device>> openDevice(const Arguments &arguments) {
  const std::string name = arguments.value("--device", "simulator").str();
  std::string options = arguments.value("--device-options").str();
  if (const char *isa = std::getenv("BSTC_ISA"); isa && options.empty() && name == "simulator")
    options = std::string("isa=") + isa;
  bst_device *device = nullptr;
  bst_error error = {};
  if (bst_device_open_by_name(name.c_str(), options.empty() ? nullptr : options.c_str(), &device,
                              &error) != BST_OK)
    return toError(error);
  return Held<bst_device>(device);
}

llvm::Error verifyPackage(const Arguments &arguments) {
  const std::string &path = arguments.positional.front();
  llvm::Expected<unsigned> threads = readThreads(arguments, 1);
  if (!threads)
    return threads.takeError();
  bst_error error = {};
  bst_package *opened = nullptr;
  if (bst_package_open(path.c_str(), &opened, &error) != BST_OK)
    return toError(error);
  const Held<bst_package> package(opened);
  bst_package_info info = BST_INIT(bst_package_info);
  bst_package_get_info(opened, &info, nullptr);
  llvm::outs() << "package    " << path << ", " << bytesText(info.file_size) << ", hash "
               << info.hash << ", for " << info.target << " by bstc " << info.compiler
               << ": every check of the loader holds\n";

  llvm::Expected<Held<bst_device>> device = openDevice(arguments);
  if (!device)
    return device.takeError();
  if (!info.has_self_test) {
    llvm::outs() << "self-test  none in this package; 'bstc compile --selftest' puts one in\n";
    return llvm::Error::success();
  }
  bst_session_options options = BST_INIT(bst_session_options);
  options.threads = *threads;
  bst_session *created = nullptr;
  if (bst_session_create(opened, device->get(), &options, &created, &error) != BST_OK)
    return makeError(runtimeCode(error.code), path + ": " + error.message);
  const Held<bst_session> session(created);
  if (bst_session_selftest(created, nullptr, &error) != BST_OK)
    return makeError(runtimeCode(error.code), path + ": " + error.message);
  llvm::outs() << "self-test  all " << info.commands << " commands compute on "
               << bst_device_name(device->get()) << " what they did at compile time\n";
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
    "what the compiler's simulator computed.",
    options,
    examples,
    verifyPackage};

} // namespace bstc
