#include "runtime/package/format.h"

#include "runtime/support/text.h"

#include "package_generated.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

namespace bst {

Status readHeader(std::span<const std::byte> bytes, PackageHeader &header) {
  constexpr size_t identifierEnd =
      sizeof(flatbuffers::uoffset_t) + flatbuffers::kFileIdentifierLength;
  if (bytes.size() < identifierEnd)
    return corrupt("is {} bytes long, too short for a bst package", bytes.size());
  const auto *data = reinterpret_cast<const uint8_t *>(bytes.data());
  if (!fb::PackageBufferHasIdentifier(data)) {
    std::string_view found(reinterpret_cast<const char *>(data) + sizeof(flatbuffers::uoffset_t),
                           flatbuffers::kFileIdentifierLength);
    return corrupt("is not a bst package: its file identifier is {}, expected {}", quoted(found),
                   quoted(fb::PackageIdentifier()));
  }
  if (bytes.size() > maxPackageBytes)
    return corrupt("is {} bytes long; a package has at most {}", bytes.size(), maxPackageBytes);
  flatbuffers::Verifier verifier(data, bytes.size(), flatbuffers::Verifier::Options());
  if (!verifier.VerifyBuffer<fb::PackageHeader>(nullptr))
    return corrupt("is truncated or damaged: its header is not well formed");

  const auto *root = flatbuffers::GetRoot<fb::PackageHeader>(data);
  const auto *table = reinterpret_cast<const flatbuffers::Table *>(root);
  const uint8_t *byteSize = table->GetAddressOf(fb::PackageHeader::VT_BYTE_SIZE);
  const uint8_t *contentHash = table->GetAddressOf(fb::PackageHeader::VT_CONTENT_HASH);
  if (!byteSize || !contentHash)
    return corrupt("is damaged: its header has no byte_size or no content_hash");
  header.schemaVersion = root->schema_version();
  header.byteSize = root->byte_size();
  header.contentHash = root->content_hash();
  header.byteSizeOffset = size_t(byteSize - data);
  header.contentHashOffset = size_t(contentHash - data);
  return Status();
}

uint64_t hashContent(std::span<const std::byte> bytes, size_t hashOffset) {
  constexpr uint64_t zero = 0;
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, bytes.data(), hashOffset);
  XXH3_64bits_update(&state, &zero, sizeof(zero));
  auto rest = bytes.subspan(hashOffset + sizeof(zero));
  XXH3_64bits_update(&state, rest.data(), rest.size());
  return XXH3_64bits_digest(&state);
}

Status sealPackage(std::span<std::byte> bytes) {
  PackageHeader header;
  if (Status status = readHeader(bytes, header); !status.ok())
    return status;
  const uint64_t size = bytes.size();
  std::memcpy(bytes.data() + header.byteSizeOffset, &size, sizeof(size));
  const uint64_t hash = hashContent(bytes, header.contentHashOffset);
  std::memcpy(bytes.data() + header.contentHashOffset, &hash, sizeof(hash));
  return Status();
}

} // namespace bst
