#ifndef BST_RUNTIME_PACKAGE_FORMAT_H
#define BST_RUNTIME_PACKAGE_FORMAT_H

#include "runtime/program/limits.h"
#include "runtime/support/status.h"

#include <cstddef>
#include <cstdint>
#include <span>

// The frame of a .bst file: limits, header, hash. Internal to the runtime; its tests use it too.
namespace bst {

/// FlatBuffers addresses at most 2 GiB.
constexpr uint64_t maxPackageBytes = 0x7fffffff;
/// The rest of a package is far below what this leaves of the 2 GiB.
constexpr uint64_t maxWeightsBytes = 0x60000000;
/// Everything but the weights; large networks have some 2 MiB.
constexpr uint64_t maxMetadataBytes = uint64_t(1) << 26;

/// The fields that every version has, and where the two that seal a package lie in the file.
struct PackageHeader {
  uint32_t schemaVersion = 0;
  uint64_t byteSize = 0;
  uint64_t contentHash = 0;
  size_t byteSizeOffset = 0;
  size_t contentHashOffset = 0;
};

/// Reads the header of the package in `bytes` (8-byte aligned), trusting nothing. Checks the file
/// identifier; leaves the judgement of the values to the caller.
Status readHeader(std::span<const std::byte> bytes, PackageHeader &header);

/// XXH3_64bits of `bytes` with the eight bytes at `hashOffset` (within bounds) taken as zero.
/// XXH3 because the hash is part of every load: it runs at memory speed, so that opening a package
/// costs little more than reading it; it guards against damage, not against an attacker.
uint64_t hashContent(std::span<const std::byte> bytes, size_t hashOffset);

/// Writes length and hash into the header of a complete package (8-byte aligned). Errors:
/// readHeader's.
Status sealPackage(std::span<std::byte> bytes);

} // namespace bst

#endif // BST_RUNTIME_PACKAGE_FORMAT_H
