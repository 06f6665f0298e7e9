#include "driver/file_reading.h"

#include "frontend/evaluate.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc {

template <typename T>
static std::vector<float> dequantised(llvm::ArrayRef<T> integers, const Reading &reading) {
  std::vector<float> reals;
  reals.reserve(integers.size());
  for (T q : integers)
    reals.push_back(float(int32_t(q) - reading.zeroPoint) * reading.scale);
  return reals;
}

std::vector<float> FileValue::reals(const Reading &reading) const {
  switch (data->type.element) {
  case ElementType::F32:
    return data->values<float>().vec();
  case ElementType::S8:
    return dequantised(data->values<int8_t>(), reading);
  case ElementType::U8:
    return dequantised(data->values<uint8_t>(), reading);
  default:
    break;
  }
  std::vector<float> reals; // Not what activations are made of: its numbers as they are.
  for (int64_t i = 0; i < data->type.count(); ++i)
    reals.push_back(float(data->at(i)));
  return reals;
}

/// Scale and zero point in a node's own operands; none where they are several or not constant.
static std::optional<Reading> readingOf(const Node &node) {
  const Value *scale = node.input(1), *zero = node.input(2);
  if (!scale || !scale->isConstant() || scale->type.count() != 1 || (zero && !zero->isConstant()))
    return std::nullopt;
  return Reading{float(scale->data->at(0)), zero ? int32_t(zero->data->at(0)) : 0};
}

/// Of the result of `quantise`: what the DequantizeLinear nodes that read it take it for, then its
/// own scale. What moves the integers on makes another value, whose form is the program's choice.
static std::vector<Reading> readingsOf(const Node &quantise) {
  std::vector<Reading> readings;
  const auto add = [&](const Node &node) {
    if (std::optional<Reading> reading = readingOf(node);
        reading && !llvm::is_contained(readings, *reading))
      readings.push_back(*reading);
  };
  for (const Node *user : quantise.output()->users())
    if (user->op == OpKind::Dequantize && user->input(0) == quantise.output())
      add(*user);
  add(quantise);
  return readings;
}

/// A few units in the last place of a float32 sum: where the exact number is half-way, the file's
/// own float arithmetic is no farther from it.
static bool isHalfway(float steps) {
  const double distance = std::fabs(std::fabs(double(steps) - std::floor(double(steps))) - 0.5);
  return distance <= 1e-6 * std::max(1.0, std::fabs(double(steps)));
}

void FileReading::markHalves(const Value &value, FileValue &kept) const {
  const Node *quantise = value.producer();
  const TensorDataRef before = unquantised.lookup(quantise->input(0));
  const std::optional<Reading> own = readingOf(*quantise);
  if (!before || !own)
    return;
  const auto least = double(minOf(value.type.element) - own->zeroPoint);
  const auto most = double(maxOf(value.type.element) - own->zeroPoint);
  const llvm::ArrayRef<float> reals = before->values<float>();
  for (size_t i = 0; i < reals.size(); ++i) {
    const float steps = reals[i] / own->scale;
    if (!(steps > least && steps < most) || !isHalfway(steps))
      continue;
    kept.halfway.resize(reals.size());
    kept.halfway[i] = true;
    ++kept.halves;
  }
}

void FileReading::keep(const Value &value, const TensorDataRef &data) {
  FileValue &kept = values[value.name];
  kept.data = data;
  const Node *producer = value.producer();
  if (!producer || producer->op != OpKind::Quantize)
    return;
  kept.readings = readingsOf(*producer);
  markHalves(value, kept);
}

llvm::Error FileReading::evaluate(llvm::ArrayRef<TensorDataRef> inputs,
                                  llvm::function_ref<bool(const Value &)> wanted) {
  llvm::DenseMap<const Value *, size_t> quantisersLeft;
  for (const auto &node : imported.nodes())
    if (node->op == OpKind::Quantize && !node->input(0)->isConstant())
      ++quantisersLeft[node->input(0)];
  const auto see = [&](const Value &value, const TensorDataRef &data) {
    if (quantisersLeft.count(&value))
      unquantised[&value] = data;
    if (wanted(value))
      keep(value, data);
    const Node *producer = value.producer();
    if (producer && producer->op == OpKind::Quantize)
      if (auto left = quantisersLeft.find(producer->input(0));
          left != quantisersLeft.end() && --left->second == 0)
        unquantised.erase(producer->input(0));
  };
  for (auto [value, data] : llvm::zip(imported.inputs(), inputs))
    see(*value, data);
  return bstc::evaluate(imported, inputs, see).takeError();
}

const FileValue *FileReading::find(llvm::StringRef name) const {
  auto found = values.find(name);
  return found == values.end() ? nullptr : &found->second;
}

} // namespace bstc
