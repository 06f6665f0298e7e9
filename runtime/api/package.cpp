#include "runtime/api/handles.h"

#include "runtime/support/guard.h"

#include <algorithm>

using namespace bst;
using namespace bst::api;

/// Opens a package with `open`, which gets the unique_ptr to fill.
template <class Open>
static bst_status openPackage(bst_package **package, bst_error *error, Open &&open) {
  if (!isGiven(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  *package = nullptr;
  std::unique_ptr<bst_package> opened;
  const Status status = withoutThrowing([&] {
    opened = std::make_unique<bst_package>();
    if (Status failure = open(opened->package); !failure.ok())
      return failure;
    opened->bindings = findBindings(opened->program());
    opened->hash = opened->package->hash();
    return Status();
  });
  if (status.ok())
    *package = opened.release();
  return report(status, error);
}

bst_status bst_package_open(const char *path, bst_package **package, bst_error *error) noexcept {
  if (!isGiven(path, "path", error))
    return BST_ERROR_INVALID_ARGUMENT;
  return openPackage(package, error,
                     [&](std::unique_ptr<Package> &opened) { return Package::open(path, opened); });
}

bst_status bst_package_open_memory(const void *bytes, size_t size, uint32_t mode,
                                   bst_package **package, bst_error *error) noexcept {
  if (!isGiven(bytes, "bytes", error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (mode != BST_MEMORY_COPY && mode != BST_MEMORY_BORROW)
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "mode is {}, expected BST_MEMORY_COPY (0) or BST_MEMORY_BORROW (1)", mode);
  const std::span<const std::byte> span(static_cast<const std::byte *>(bytes), size);
  return openPackage(package, error, [&](std::unique_ptr<Package> &opened) {
    return mode == BST_MEMORY_BORROW ? Package::borrow(span, opened)
                                     : Package::fromMemory(span, opened);
  });
}

void bst_package_retain(bst_package *package) noexcept {
  if (package)
    package->references.fetch_add(1, std::memory_order_relaxed);
}

void bst_package_release(bst_package *package) noexcept {
  if (package && package->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    package->tag = 0;
    delete package;
  }
}

bst_status bst_package_get_info(const bst_package *package, bst_package_info *info,
                                bst_error *error) noexcept {
  if (!isHandle(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  const Program &program = package->program();
  bst_package_info filled = {};
  filled.name = program.name.c_str();
  filled.target = program.target.c_str();
  filled.compiler = program.compiler.c_str();
  filled.hash = package->hash.c_str();
  filled.schema_version = package->package->version();
  filled.inputs = uint32_t(program.inputs.size());
  filled.outputs = uint32_t(program.outputs.size());
  filled.tensors = uint32_t(program.tensors.size());
  filled.commands = uint32_t(program.commands.size());
  filled.has_self_test = !package->package->selfTest().checksums.empty();
  filled.file_size = package->package->fileSize();
  filled.weights_size = program.weightsSize;
  filled.arena_size = program.arenaSize;
  filled.macs = program.cost.macs;
  filled.dram_bytes = program.cost.dramBytes;
  filled.latency_seconds = program.cost.latencySeconds;
  filled.frames_per_second = program.cost.framesPerSecond;
  return fillInfo(filled, info, "info", error);
}

bst_status bst_package_get_bytes(const bst_package *package, const void **bytes, size_t *size,
                                 bst_error *error) noexcept {
  if (!isHandle(package, "package", error) || !isGiven(bytes, "bytes", error) ||
      !isGiven(size, "size", error))
    return BST_ERROR_INVALID_ARGUMENT;
  const std::span<const std::byte> span = package->package->bytes();
  *bytes = span.data();
  *size = span.size();
  return succeed(error);
}
