// Fuzz target: bytes that claim to be a package are refused, or used as a host would. Length and
// hash are made right first: they are what keeps damage out, and this is about what lies behind.
#include "tests/hostile/attempt.h"
#include "tests/hostile/fields.h"

#include "runtime/package_format.h"

#include <bst/bst.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>

using namespace bst;
using namespace bst::testing;

static constexpr Limits limits = {.arenaBytes = uint64_t(1) << 24, .work = uint64_t(1) << 26};

[[noreturn]] static void fail(std::string_view message) {
  std::fprintf(stderr, "%.*s\n", int(message.size()), message.data());
  std::abort();
}

static void expectOk(bst_status status, const char *what) {
  if (status != BST_OK)
    fail(std::string("an accepted package does not tell ") + what);
}

/// Asks an accepted package for all that it says.
static void inspect(const bst_package *package) {
  bst_package_info info = BST_INIT(bst_package_info);
  bst_tensor_info tensor = BST_INIT(bst_tensor_info);
  bst_command_info command = BST_INIT(bst_command_info);
  bst_preprocess_info preprocess = BST_INIT(bst_preprocess_info);
  bst_decode_info decode = BST_INIT(bst_decode_info);
  expectOk(bst_package_get_info(package, &info, nullptr), "its info");
  expectOk(bst_package_get_decode(package, &decode, nullptr), "its decode info");
  for (uint32_t i = 0; i < info.tensors; ++i)
    expectOk(bst_package_get_tensor(package, i, &tensor, nullptr), "a tensor");
  for (uint32_t i = 0; i < info.commands; ++i)
    expectOk(bst_package_get_command(package, i, &command, nullptr), "a command");
  uint32_t found = 0;
  for (uint32_t i = 0; i < info.outputs; ++i) {
    expectOk(bst_package_get_output(package, i, &tensor, nullptr), "an output");
    expectOk(bst_package_find_output(package, tensor.name, &found, nullptr), "an output by name");
  }
  for (uint32_t i = 0; i < info.inputs; ++i) {
    expectOk(bst_package_get_input(package, i, &tensor, nullptr), "an input");
    expectOk(bst_package_find_input(package, tensor.name, &found, nullptr), "an input by name");
    const bst_status status = bst_package_get_preprocess(package, i, &preprocess, nullptr);
    expectOk(status == BST_ERROR_UNSUPPORTED ? BST_OK : status, "an input's preprocessing");
  }
  for (uint32_t i = 0; i < decode.class_names; ++i)
    if (!bst_package_class_name(package, i))
      fail("an accepted package does not tell a class's name");
}

/// Runs its self-test, which may have any result but no other error.
static void selfTest(bst_package *package) {
  bst_error error = {};
  bst_device *device = nullptr;
  bst_session *session = nullptr;
  if (bst_device_open(bst_simulator_driver(), nullptr, &device, &error) != BST_OK ||
      bst_session_create(package, device, nullptr, &session, &error) != BST_OK)
    fail(error.message);
  const bst_status status = bst_session_selftest(session, nullptr, &error);
  if (status != BST_OK && status != BST_ERROR_SELF_TEST && status != BST_ERROR_UNSUPPORTED)
    fail(error.message);
  bst_session_destroy(session);
  bst_device_release(device);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const auto *bytes = reinterpret_cast<const std::byte *>(data);
  std::vector<std::byte> sealed(bytes, bytes + size);
  (void)sealPackage(sealed); // Where there is no header to be found, the loader refuses it.
  const Attempt made = attempt(sealed, limits);
  if (made.result == Attempt::Failed)
    fail(made.message);
  if (made.result == Attempt::Refused)
    return 0;
  bst_package *package = nullptr;
  bst_error error = {};
  if (bst_package_open_memory(sealed.data(), sealed.size(), BST_MEMORY_COPY, &package, &error) !=
      BST_OK)
    fail(error.message);
  inspect(package);
  selfTest(package);
  bst_package_release(package);
  return 0;
}

#ifdef BSTC_FUZZER
extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

// Sets some integers of a package to values at the edges of their types, near their old one, or to
// that of another field; or, where it is no package or by chance, mutates the bytes.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize,
                                          unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<std::byte> package(reinterpret_cast<std::byte *>(data),
                                 reinterpret_cast<std::byte *>(data) + size);
  std::unique_ptr<Package> whole; // Only what passes the loader can be walked by the schema.
  if (random() % 4 == 0 || !sealPackage(package).ok() || !Package::fromMemory(package, whole).ok())
    return LLVMFuzzerMutate(data, size, maxSize);
  const std::vector<Field> fields = integerFields(package);
  for (unsigned change = 0, changes = 1 + random() % 4; change < changes; ++change) {
    const Field &field = fields[random() % fields.size()];
    const uint64_t value = valueOf(package, field);
    std::vector<uint64_t> values = hostileValues(value, field.bytes);
    values.push_back(valueOf(package, fields[random() % fields.size()]));
    values.push_back(value * 2);
    values.push_back(value + 1 + random() % 16);
    values.push_back(value - 1 - random() % 16);
    setValue(package, field, values[random() % values.size()]);
  }
  std::copy(package.begin(), package.end(), reinterpret_cast<std::byte *>(data));
  return size;
}
#endif
