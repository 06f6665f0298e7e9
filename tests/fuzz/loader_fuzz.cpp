// Fuzz target: bytes that claim to be a package are refused, or used as a host would. Length and
// hash are made right first: they are what keeps damage out, and this is about what lies behind.
#include "tests/hostile/attempt.h"
#include "tests/hostile/fields.h"

#include "runtime/package/format.h"

#include <cstdio>
#include <cstdlib>
#include <random>

using namespace bst;
using namespace bst::testing;

static constexpr Limits limits = {.arenaBytes = uint64_t(1) << 24, .work = uint64_t(1) << 26};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const auto *bytes = reinterpret_cast<const std::byte *>(data);
  const Attempt made = attemptSealed({bytes, bytes + size}, limits);
  if (made.result == Attempt::Failed) {
    std::fprintf(stderr, "%s\n", made.message.c_str());
    std::abort();
  }
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
