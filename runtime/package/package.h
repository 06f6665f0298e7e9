#ifndef BST_RUNTIME_PACKAGE_PACKAGE_H
#define BST_RUNTIME_PACKAGE_PACKAGE_H

#include "runtime/program/limits.h"
#include "runtime/program/program.h"
#include "runtime/program/self_test.h"
#include "runtime/support/status.h"

#include <memory>
#include <span>

namespace bst {

/// Schema versions that this runtime reads (inclusive) and the one it writes.
constexpr uint32_t oldestSchemaVersion = 1;
constexpr uint32_t schemaVersion = 1;

/// Serialises `program` into a .bst package (package.fbs): FlatBuffers with file identifier
/// "BST1", weights 64-byte aligned, content hash. The same program gives the same bytes, whatever
/// compiler built this. \p bytes is replaced. \p selfTest: of the program; one without checksums is
/// left out. Fails (InvalidArgument) only where a count does not fit the format (format.h); what
/// the program means is verifyProgram's to check.
Status writePackage(const Program &program, std::vector<std::byte> &bytes,
                    const SelfTest &selfTest = {});

/// A loaded package. Owns its bytes (read or mapped) and the program that points into them.
class Package {
public:
  Package(const Package &) = delete;
  Package &operator=(const Package &) = delete;
  ~Package();

  /// Maps `path` and verifies everything (see verifyProgram); \p package is set only on success.
  /// The weights are used in place: the file must not be changed while the package lives. Errors
  /// start with the path. IoError: no readable regular file; UnsupportedVersion: written for
  /// another runtime; Unsupported: asks for more than `limits`; CorruptPackage: everything else
  /// that is wrong with the file.
  static Status open(const std::string &path, std::unique_ptr<Package> &package,
                     const Limits &limits = {});
  /// The same from memory; the bytes are copied to aligned memory.
  static Status fromMemory(std::span<const std::byte> bytes, std::unique_ptr<Package> &package,
                           const Limits &limits = {});
  /// The same without a copy: `bytes` are 64-byte aligned (else InvalidArgument), and neither
  /// change nor go away while the package lives.
  static Status borrow(std::span<const std::byte> bytes, std::unique_ptr<Package> &package,
                       const Limits &limits = {});

  const Program &program() const { return contents; }
  const SelfTest &selfTest() const { return test; } ///< Without checksums where there is none.
  std::span<const std::byte> bytes() const;         ///< Of the file.
  uint64_t fileSize() const;
  uint32_t version() const { return fileVersion; } ///< Schema version of the file.
  /// Content hash of the file, hexadecimal.
  std::string hash() const;

private:
  Package();
  struct Bytes;
  template <class Fill>
  static Status make(const std::string &origin, std::unique_ptr<Package> &package,
                     const Limits &limits, Fill &&fill);
  Status load(const Limits &limits);
  std::unique_ptr<Bytes> storage;
  Program contents;
  SelfTest test;
  uint32_t fileVersion = 0;
  uint64_t contentHash = 0;
};

} // namespace bst

#endif // BST_RUNTIME_PACKAGE_PACKAGE_H
