#ifndef BSTC_DIAGNOSE_MEASURE_MEASUREMENT_H
#define BSTC_DIAGNOSE_MEASURE_MEASUREMENT_H

#include "diagnose/match/match.h"
#include "diagnose/measure/measured_tensor.h"
#include "diagnose/measure/noise.h"

#include <memory>

namespace bstc::diagnose {

/// What pictures showed of one tensor.
struct TensorMeasure {
  CodeUse codes; ///< Empty where the tensor stays float.
  /// Of the quantiser alone: the numbers before the pair against those behind it.
  NoiseMeter own;
  /// The same for each index of the last axis, of tensors that are rows (rank 3).
  std::vector<NoiseMeter> columns;
  /// Of the layer alone: fed what the quantised network feeds it, computed in float with the
  /// weights as written, against what the quantised network makes of it.
  NoiseMeter isolated;
  /// The same, with the reference's layer. Empty without a reference file, and where that has no
  /// such layer.
  NoiseMeter replaced;
  /// The float network's numbers against the quantised network's, both from the picture on. Empty
  /// where the reference has no such layer.
  NoiseMeter endToEnd;

  void add(const TensorMeasure &other);
};

/// What pictures showed of a network.
struct Measures {
  std::vector<TensorMeasure> tensors; ///< As Measurement::tensors().
  std::vector<NoiseMeter> outputs;    ///< Of the network, end to end.
  uint64_t pictures = 0;
  /// Rows of class scores (the first output is [N, classes]) whose greatest score is the
  /// reference's.
  uint64_t scored = 0, agreeing = 0;

  void add(const Measures &other);
};

/// Measures a quantised network, tensor by tensor, against a float one: the reference file, or
/// where there is none the same network with its pairs taken out.
class Measurement {
public:
  /// \p imported, and \p reference (or null), are as their files have them; both outlive the
  /// measurement. Errors: those of folding; a reference whose inputs have other shapes.
  static llvm::Expected<std::unique_ptr<Measurement>> create(const Graph &imported,
                                                             const Graph *reference = nullptr);

  const Network &network() const { return own; }
  /// The reference file's, or null.
  const Network *referenceNetwork() const { return other ? &*other : nullptr; }
  /// Which layer of the reference file is which, by layer of the network; -1: it has none.
  llvm::ArrayRef<int> lineup() const { return matched; }
  llvm::ArrayRef<MeasuredTensor> tensors() const { return rows; }

  /// Evaluates both networks on one picture: \p inputs are in the order of the network's. May be
  /// called by several threads at a time. Errors: those of evaluate().
  llvm::Expected<Measures> measure(llvm::ArrayRef<TensorDataRef> inputs) const;

private:
  Measurement() = default;
  llvm::Error prepare(const Graph &imported, const Graph *reference);

  Network own;
  std::optional<Network> other;
  std::vector<int> matched;
  std::vector<MeasuredTensor> rows;
  /// Quantised; with weights as written and without pairs; the reference file, where there is one.
  Graph quantised, floats, reference;
  /// By row: names of its value in `floats` and in `reference`; empty: it has none there.
  std::vector<std::string> referenceValues;

  friend class PictureMeasurement;
};

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_MEASURE_MEASUREMENT_H
