#ifndef BST_RUNTIME_PACKAGE_PARAMS_H
#define BST_RUNTIME_PACKAGE_PARAMS_H

#include "runtime/package/format.h"
#include "runtime/program/commands.h"

#include "package_generated.h"

#include <cstring>

// bst::Params <-> the union of package.fbs, both directions side by side. Internal to the runtime;
// heavy: included from the package's .cpp files only.
namespace bst {

/// FlatBuffers builder with the format's limits: a vector or string beyond them is left out and
/// sets `tooLong`.
class PackageBuilder {
public:
  explicit PackageBuilder(size_t initialSize) : fbb(initialSize) {
    // Every field is written, so that a file never depends on the defaults of a reader's schema.
    fbb.ForceDefaults(true);
  }

  template <class T> flatbuffers::Offset<flatbuffers::Vector<T>> vector(const std::vector<T> &v) {
    return fbb.CreateVector(v.data(), limited(v.size(), maxCount));
  }
  flatbuffers::Offset<flatbuffers::Vector<const fb::Requant *>>
  vector(const std::vector<Requant> &v);
  flatbuffers::Offset<flatbuffers::String> string(const std::string &s) {
    tooLong |= s.find('\0') != s.npos; // Hosts get names as C strings.
    return fbb.CreateString(s.data(), limited(s.size(), maxNameBytes));
  }
  size_t limited(size_t count, size_t limit) {
    tooLong |= count > limit;
    return count > limit ? 0 : count;
  }

  flatbuffers::FlatBufferBuilder fbb;
  bool tooLong = false;
};

/// Copies vectors and strings out of a package within a budget of bytes. An honest file shares no
/// bytes between its tables, so what it holds is never more than its length; a crafted one could
/// point at one long vector a million times. Where the budget or a limit is passed, or a string has
/// a zero byte in it (hosts get names as C strings), the copy is empty and `exceeded` is set.
class PackageCopier {
public:
  explicit PackageCopier(uint64_t bytes) : budget(bytes) {}

  template <class T> void copy(const flatbuffers::Vector<T> &from, std::vector<T> &to) {
    if (take(from.size(), sizeof(T), maxCount))
      to.assign(from.data(), from.data() + from.size());
  }
  void copy(const flatbuffers::Vector<const fb::Requant *> &from, std::vector<Requant> &to);
  void copy(const flatbuffers::String &from, std::string &to) {
    if (std::memchr(from.c_str(), 0, from.size()))
      exceeded = true;
    else if (take(from.size(), 1, maxNameBytes))
      to.assign(from.c_str(), from.size());
  }
  bool take(size_t count, size_t elementBytes, size_t limit) {
    if (count > limit || count * elementBytes > budget) {
      exceeded = true;
      return false;
    }
    budget -= count * elementBytes;
    return true;
  }

  bool exceeded = false;

private:
  uint64_t budget;
};

struct PackedParams {
  fb::Params type;
  flatbuffers::Offset<void> table;
};
PackedParams packParams(PackageBuilder &builder, const Params &params);

flatbuffers::Offset<fb::NmsOptions> packNmsOptions(PackageBuilder &builder,
                                                   const NmsOptions &options);
NmsOptions unpackNmsOptions(const fb::NmsOptions &options);

/// False where the union's type is none of Params. `table` is verified by FlatBuffers.
bool unpackParams(fb::Params type, const void *table, PackageCopier &copier, Params &params);

} // namespace bst

#endif // BST_RUNTIME_PACKAGE_PARAMS_H
