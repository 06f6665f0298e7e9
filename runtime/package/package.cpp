#include "runtime/package/package.h"

#include "runtime/package/reader.h"
#include "runtime/program/labels.h"
#include "runtime/support/guard.h"
#include "runtime/verify/verify.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bst {

/// The bytes of a package: a mapping, an aligned copy, or the caller's.
struct Package::Bytes {
  Bytes() = default;
  Bytes(const Bytes &) = delete;
  Bytes &operator=(const Bytes &) = delete;
  ~Bytes() {
    if (kept == Kept::Mapped)
      munmap(data, size);
    else if (kept == Kept::Copied)
      std::free(data);
  }

  /// Errors: IoError, OutOfMemory; CorruptPackage for an empty or overlong file.
  Status map(const std::string &path);
  Status copy(std::span<const std::byte> bytes);
  Status borrow(std::span<const std::byte> bytes);

  void *data = nullptr;
  size_t size = 0;
  enum class Kept : uint8_t { Copied, Mapped, Borrowed } kept = Kept::Copied;
};

namespace {

/// Closes a file descriptor at the end of a scope.
struct Descriptor {
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (fd >= 0)
      close(fd);
  }
  int fd;
};

} // namespace

static Status ioError(const char *what, int error) {
  return failed(StatusCode::IoError, "{}: {}", what, std::generic_category().message(error));
}

static Status checkSize(uint64_t size) {
  if (size == 0)
    return corrupt("is empty");
  if (size > maxPackageBytes)
    return corrupt("is {} bytes long; a package has at most {}", size, maxPackageBytes);
  return Status();
}

Status Package::Bytes::map(const std::string &path) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0)
    return ioError("cannot be opened", errno);
  struct stat info = {};
  if (fstat(file.fd, &info) != 0)
    return ioError("cannot be examined", errno);
  if (S_ISDIR(info.st_mode))
    return failed(StatusCode::IoError, "is a directory, expected a .bst file");
  if (!S_ISREG(info.st_mode))
    return failed(StatusCode::IoError, "is not a regular file");
  if (Status status = checkSize(uint64_t(info.st_size)); !status.ok())
    return status;
  // The hash touches every page right away: have them mapped in one go.
  void *address =
      mmap(nullptr, size_t(info.st_size), PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.fd, 0);
  if (address == MAP_FAILED)
    return ioError("cannot be mapped", errno);
  data = address;
  size = size_t(info.st_size);
  kept = Kept::Mapped;
  return Status();
}

Status Package::Bytes::copy(std::span<const std::byte> bytes) {
  if (Status status = checkSize(bytes.size()); !status.ok())
    return status;
  // aligned_alloc wants a multiple of the alignment.
  data = std::aligned_alloc(64, (bytes.size() + 63) / 64 * 64);
  if (!data)
    return failed(StatusCode::OutOfMemory, "no memory for a package of {} bytes", bytes.size());
  size = bytes.size();
  std::memcpy(data, bytes.data(), size);
  return Status();
}

Status Package::Bytes::borrow(std::span<const std::byte> bytes) {
  if (Status status = checkSize(bytes.size()); !status.ok())
    return status;
  if (const uint64_t past = uintptr_t(bytes.data()) % 64)
    return failed(StatusCode::InvalidArgument,
                  "lies {} bytes past a 64-byte boundary: copy it, or align it", past);
  data = const_cast<std::byte *>(bytes.data()); // Only read.
  size = bytes.size();
  kept = Kept::Borrowed;
  return Status();
}

Package::Package() = default;
Package::~Package() = default;

Status Package::load(const Limits &limits) {
  const auto *bytes = static_cast<const std::byte *>(storage->data);
  PackageHeader header;
  if (Status status = readPackage({bytes, storage->size}, header, contents, test); !status.ok())
    return status;
  fileVersion = header.schemaVersion;
  contentHash = header.contentHash;
  if (Status status = verifyProgram(contents, limits); !status.ok())
    return status;
  if (Status status = verifyWeights(contents); !status.ok())
    return status;
  return verifySelfTest(contents, test);
}

/// `fill` gets the bytes, which are then loaded; `origin` goes in front of every error.
template <class Fill>
Status Package::make(const std::string &origin, std::unique_ptr<Package> &package,
                     const Limits &limits, Fill &&fill) {
  std::unique_ptr<Package> loaded(new Package);
  loaded->storage = std::make_unique<Bytes>();
  Status status = fill(*loaded->storage);
  if (status.ok())
    status = loaded->load(limits);
  if (!status.ok())
    return failed(status.getCode(), "{}: {}", origin, status.message());
  package = std::move(loaded);
  return Status();
}

Status Package::open(const std::string &path, std::unique_ptr<Package> &package,
                     const Limits &limits) {
  return withoutThrowing([&] {
    return make(path, package, limits, [&](Bytes &storage) { return storage.map(path); });
  });
}

Status Package::fromMemory(std::span<const std::byte> bytes, std::unique_ptr<Package> &package,
                           const Limits &limits) {
  return withoutThrowing([&] {
    return make("package in memory", package, limits,
                [&](Bytes &storage) { return storage.copy(bytes); });
  });
}

Status Package::borrow(std::span<const std::byte> bytes, std::unique_ptr<Package> &package,
                       const Limits &limits) {
  return withoutThrowing([&] {
    return make("package in memory", package, limits,
                [&](Bytes &storage) { return storage.borrow(bytes); });
  });
}

std::span<const std::byte> Package::bytes() const {
  return {static_cast<const std::byte *>(storage->data), storage->size};
}

uint64_t Package::fileSize() const { return storage->size; }

std::string Package::hash() const { return text("{}", HashLabel(contentHash)); }

} // namespace bst
