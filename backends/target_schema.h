#ifndef BSTC_BACKENDS_TARGET_SCHEMA_H
#define BSTC_BACKENDS_TARGET_SCHEMA_H

#include "backends/target.h"

#include <variant>

namespace bstc {

/// One row of the schema of device descriptions: where a field goes, and what it may be.
struct FieldRow {
  const char *section, *key, *unit;
  double least, greatest;
  /// int64_t takes whole numbers only; bool is a flag, 0 or 1.
  std::variant<int64_t *, double *, bool *> slot;
  bool moreIsFaster; ///< See TargetField.
  Decides decides = Decides::Times;
  std::string name() const { return std::string(section) + "." + key; }
};

/// Every field, in the order of Target::fields; slots point into `target`.
std::vector<FieldRow> schemaOf(Target &target);

/// Checks a value against its row and stores it. Errors: out of range, not whole, not a flag; they
/// name the field.
llvm::Error storeValue(const FieldRow &row, double value);

/// The row that a user's name stands for: "dram.gigabytes_per_second"; the key alone where one
/// section has it ("gigabytes_per_second"); or a documented short name ("dram_gbps"). Errors:
/// unknown; ambiguous (the candidates are listed).
llvm::Expected<const FieldRow *> findField(llvm::ArrayRef<FieldRow> schema, llvm::StringRef name);

} // namespace bstc

#endif // BSTC_BACKENDS_TARGET_SCHEMA_H
