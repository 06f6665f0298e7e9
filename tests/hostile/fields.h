#ifndef BST_TESTS_HOSTILE_FIELDS_H
#define BST_TESTS_HOSTILE_FIELDS_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bst::testing {

/// An integer of a package, by the schema: a scalar (enumerators, booleans and the type of a union
/// too), an element of a list, a member of a structure, or the length of a list or string.
struct Field {
  std::string path;   ///< "commands[3].params.window.kernel_h", "tensors.length".
  size_t offset = 0;  ///< Of its first byte in the package.
  unsigned bytes = 4; ///< 1, 2, 4 or 8.
};

/// Every integer of a well-formed package but the elements of its weights and characters of its
/// names. Walks by the schema's own reflection data, so that a field which is added is found.
std::vector<Field> integerFields(std::span<const std::byte> package);

uint64_t valueOf(std::span<const std::byte> package, const Field &field);
void setValue(std::span<std::byte> package, const Field &field, uint64_t value);

/// The values to try in place of `value`: 0, 1, -1, the greatest of the type with and without sign,
/// the least with sign, and value + 1 and - 1; each once, without `value` itself.
std::vector<uint64_t> hostileValues(uint64_t value, unsigned bytes);

} // namespace bst::testing

#endif // BST_TESTS_HOSTILE_FIELDS_H
