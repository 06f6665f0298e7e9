#ifndef BSTC_DRIVER_FILE_READING_H
#define BSTC_DRIVER_FILE_READING_H

#include "ir/graph.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace bstc {

/// What the integers of a value stand for in the eyes of one reader.
struct Reading {
  float scale = 1;
  int32_t zeroPoint = 0;
  bool operator==(const Reading &) const = default;
};

/// One value of the file: its numbers on some input, and what they mean there.
struct FileValue {
  TensorDataRef data;
  /// Of a QuantizeLinear's result: those of the DequantizeLinear nodes that read it, then its own.
  /// Several where the file reads it in several ways. Empty for other values.
  std::vector<Reading> readings;
  /// Of a QuantizeLinear's result: which elements lie half-way between two steps, but for float
  /// noise. Empty where none does.
  std::vector<bool> halfway;
  uint64_t halves = 0; ///< How many of them do.

  /// The real numbers of all elements. `reading` serves integers.
  std::vector<float> reals(const Reading &reading) const;
};

/// The values of a network as its file computes them, on one input: straight from the imported
/// graph, with the scales in the operands of its own QuantizeLinear and DequantizeLinear nodes.
/// Nothing here knows what passes made of the graph.
class FileReading {
public:
  explicit FileReading(const Graph &imported) : imported(imported) {}

  /// Evaluates the network, and keeps the values that `wanted` names. Errors: evaluate()'s.
  llvm::Error evaluate(llvm::ArrayRef<TensorDataRef> inputs,
                       llvm::function_ref<bool(const Value &)> wanted);
  /// Null where there is no such value, or it was not wanted. Constants are not kept.
  const FileValue *find(llvm::StringRef name) const;

private:
  void keep(const Value &value, const TensorDataRef &data);
  void markHalves(const Value &value, FileValue &kept) const;

  const Graph &imported;
  llvm::StringMap<FileValue> values;
  /// Floats on their way into a QuantizeLinear.
  llvm::DenseMap<const Value *, TensorDataRef> unquantised;
};

} // namespace bstc

#endif // BSTC_DRIVER_FILE_READING_H
