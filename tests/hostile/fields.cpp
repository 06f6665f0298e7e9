#include "tests/hostile/fields.h"

#include "flatbuffers/reflection_generated.h"
#include "package_bfbs_generated.h"

#include <algorithm>
#include <cstring>

namespace bst::testing {
namespace {

using reflection::BaseType;

unsigned bytesOf(BaseType type) {
  switch (type) {
  case BaseType::UType:
  case BaseType::Bool:
  case BaseType::Byte:
  case BaseType::UByte:
    return 1;
  case BaseType::Short:
  case BaseType::UShort:
    return 2;
  case BaseType::Int:
  case BaseType::UInt:
    return 4;
  case BaseType::Long:
  case BaseType::ULong:
    return 8;
  default:
    return 0; // No integer.
  }
}

class Walk {
public:
  explicit Walk(std::span<const std::byte> package)
      : start(reinterpret_cast<const uint8_t *>(package.data())) {}

  std::vector<Field> run() {
    table(*schema.root_table(), *flatbuffers::GetRoot<flatbuffers::Table>(start), "");
    return std::move(found);
  }

private:
  void add(std::string path, const uint8_t *at, unsigned bytes) {
    found.push_back({std::move(path), size_t(at - start), bytes});
  }

  const reflection::Object &object(int32_t index) const {
    return *schema.objects()->Get(flatbuffers::uoffset_t(index));
  }

  void structure(const reflection::Object &type, const uint8_t *at, const std::string &path) {
    for (const reflection::Field *field : *type.fields()) {
      const std::string name = path + "." + field->name()->str();
      if (field->type()->base_type() == BaseType::Obj)
        structure(object(field->type()->index()), at + field->offset(), name);
      else if (const unsigned bytes = bytesOf(field->type()->base_type()))
        add(name, at + field->offset(), bytes);
    }
  }

  void list(const reflection::Type &type, const uint8_t *at, const std::string &path) {
    add(path + ".length", at, 4);
    const uint32_t count = flatbuffers::ReadScalar<uint32_t>(at);
    const uint8_t *elements = at + 4;
    const bool structures = type.element() == BaseType::Obj && object(type.index()).is_struct();
    const unsigned bytes = bytesOf(type.element());
    for (uint32_t i = 0; i < count; ++i) {
      const std::string name = path + "[" + std::to_string(i) + "]";
      if (structures)
        structure(object(type.index()), elements + i * uint32_t(object(type.index()).bytesize()),
                  name);
      else if (bytes)
        add(name, elements + i * bytes, bytes);
      else if (type.element() == BaseType::Obj)
        table(object(type.index()), *follow<flatbuffers::Table>(elements + 4 * i), name);
      else if (type.element() == BaseType::String)
        add(name + ".length", follow<uint8_t>(elements + 4 * i), 4);
    }
  }

  void unionOf(const reflection::Object &owner, const flatbuffers::Table &from,
               const reflection::Field &field, const uint8_t *at, const std::string &path) {
    const std::string typeName = field.name()->str() + "_type";
    const reflection::Field *typeField = owner.fields()->LookupByKey(typeName.c_str());
    const auto type = from.GetField<uint8_t>(typeField->offset(), 0);
    const auto *values =
        schema.enums()->Get(flatbuffers::uoffset_t(field.type()->index()))->values();
    for (const reflection::EnumVal *value : *values)
      if (value->value() == type && value->union_type()->base_type() == BaseType::Obj)
        table(object(value->union_type()->index()), *follow<flatbuffers::Table>(at), path);
  }

  void table(const reflection::Object &type, const flatbuffers::Table &from,
             const std::string &path) {
    for (const reflection::Field *field : *type.fields()) {
      const uint8_t *at = from.GetAddressOf(field->offset());
      if (!at)
        continue;
      const std::string name = (path.empty() ? "" : path + ".") + field->name()->str();
      const reflection::Type &what = *field->type();
      if (const unsigned bytes = bytesOf(what.base_type()))
        add(name, at, bytes);
      else if (what.base_type() == BaseType::String || name == "weights")
        add(name + ".length", follow<uint8_t>(at), 4);
      else if (what.base_type() == BaseType::Vector)
        list(what, follow<uint8_t>(at), name);
      else if (what.base_type() == BaseType::Union)
        unionOf(type, from, *field, at, name);
      else if (what.base_type() == BaseType::Obj && object(what.index()).is_struct())
        structure(object(what.index()), at, name);
      else if (what.base_type() == BaseType::Obj)
        table(object(what.index()), *follow<flatbuffers::Table>(at), name);
    }
  }

  template <class T> static const T *follow(const uint8_t *at) {
    return reinterpret_cast<const T *>(at + flatbuffers::ReadScalar<uint32_t>(at));
  }

  const uint8_t *start;
  const reflection::Schema &schema = *reflection::GetSchema(fb::PackageBinarySchema::data());
  std::vector<Field> found;
};

} // namespace

std::vector<Field> integerFields(std::span<const std::byte> package) { return Walk(package).run(); }

uint64_t valueOf(std::span<const std::byte> package, const Field &field) {
  uint64_t value = 0; // Packages are little-endian, as the hosts that read them.
  std::memcpy(&value, package.data() + field.offset, field.bytes);
  return value;
}

void setValue(std::span<std::byte> package, const Field &field, uint64_t value) {
  std::memcpy(package.data() + field.offset, &value, field.bytes);
}

std::vector<uint64_t> hostileValues(uint64_t value, unsigned bytes) {
  const uint64_t most = ~uint64_t(0) >> (64 - 8 * bytes);
  std::vector<uint64_t> values = {
      0, 1, most, most >> 1, (most >> 1) + 1, (value + 1) & most, (value - 1) & most};
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  values.erase(std::remove(values.begin(), values.end(), value), values.end());
  return values;
}

} // namespace bst::testing
