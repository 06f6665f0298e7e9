#include "diagnose/measure/measurement.h"

#include "diagnose/measure/float_form.h"
#include "frontend/evaluate.h"
#include "frontend/ops/support.h"
#include "ir/error.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace bstc::diagnose {

void TensorMeasure::add(const TensorMeasure &measure) {
  codes.add(measure.codes);
  own.add(measure.own);
  columns.resize(measure.columns.size());
  for (auto [mine, theirs] : llvm::zip(columns, measure.columns))
    mine.add(theirs);
  isolated.add(measure.isolated);
  replaced.add(measure.replaced);
  endToEnd.add(measure.endToEnd);
}

void Measures::add(const Measures &other) {
  if (tensors.empty()) {
    *this = other;
    return;
  }
  for (auto [mine, theirs] : llvm::zip(tensors, other.tensors))
    mine.add(theirs);
  for (auto [mine, theirs] : llvm::zip(outputs, other.outputs))
    mine.add(theirs);
  pictures += other.pictures;
  scored += other.scored;
  agreeing += other.agreeing;
}

llvm::Expected<std::unique_ptr<Measurement>> Measurement::create(const Graph &imported,
                                                                 const Graph *reference) {
  std::unique_ptr<Measurement> measurement(new Measurement);
  if (llvm::Error error = measurement->prepare(imported, reference))
    return error;
  return measurement;
}

static llvm::Error checkInputs(const Graph &imported, const Graph &reference) {
  if (imported.inputs().size() != reference.inputs().size())
    return makeError(Code::InputMismatch, reference.source + ": has " +
                                              llvm::Twine(reference.inputs().size()) +
                                              " inputs, but " + imported.source + " has " +
                                              llvm::Twine(imported.inputs().size()));
  for (auto [mine, theirs] : llvm::zip(imported.inputs(), reference.inputs()))
    if (mine->type.shape != theirs->type.shape || mine->type.element != theirs->type.element)
      return makeError(Code::InputMismatch,
                       reference.source + ": its input '" + theirs->name + "' is " +
                           typeText(theirs->type) + ", but that of " + imported.source + " is " +
                           typeText(mine->type) + "; export both for one size");
  return llvm::Error::success();
}

/// \p graph as evaluate() takes it: what constants make is computed once.
static llvm::Error assign(Graph &target, llvm::Expected<Graph> graph) {
  if (!graph)
    return graph.takeError();
  target = std::move(*graph);
  return llvm::Error::success();
}

llvm::Error Measurement::prepare(const Graph &imported, const Graph *referenceFile) {
  llvm::Expected<Network> read = readNetwork(imported);
  if (!read)
    return read.takeError();
  own = std::move(*read);
  rows = measuredTensors(own);
  if (llvm::Error error =
          assign(quantised, partInFloat(imported, [](llvm::StringRef) { return false; })))
    return error;
  if (llvm::Error error =
          assign(floats, partInFloat(imported, [](llvm::StringRef) { return true; })))
    return error;
  referenceValues.resize(rows.size());
  if (!referenceFile)
    return llvm::Error::success();

  if (llvm::Error error = checkInputs(imported, *referenceFile))
    return error;
  llvm::Expected<Network> readReference = readNetwork(*referenceFile);
  if (!readReference)
    return prefixError(referenceFile->source, readReference.takeError());
  other = std::move(*readReference);
  matched = matchNetworks(own, *other).toB;
  for (size_t row = 0; row < rows.size(); ++row) {
    const int layer = rows[row].layer < 0 ? -1 : matched[size_t(rows[row].layer)];
    if (layer < 0)
      continue;
    const std::vector<std::string> &values = other->layers[size_t(layer)].values;
    if (rows[row].result < values.size())
      referenceValues[row] = values[rows[row].result];
  }
  return assign(reference, partInFloat(*referenceFile, [](llvm::StringRef) { return false; }));
}

/// The measurement of one picture.
class PictureMeasurement {
public:
  PictureMeasurement(const Measurement &of, llvm::ArrayRef<TensorDataRef> inputs)
      : of(of), inputs(inputs), results(of.rows.size()) {
    measures.tensors.resize(of.rows.size());
    measures.pictures = 1;
  }
  llvm::Expected<Measures> run();

private:
  using Rows = llvm::DenseMap<const Value *, llvm::SmallVector<int, 1>>;
  using Outputs = std::vector<TensorDataRef>;

  llvm::Error runQuantised();
  void takeQuantised(int row, llvm::ArrayRef<float> floats, const TensorData *codes);
  llvm::Error runAlone(const Graph &graph, bool isReference);
  llvm::Error runReference(const Graph &graph, bool isFile);
  void compareOutputs(const Outputs &expected);
  TensorDataRef inputOf(const Graph &graph, const Value &value, bool quantised) const;
  Rows rowsIn(const Graph &graph, bool isFile) const;

  const Measurement &of;
  llvm::ArrayRef<TensorDataRef> inputs;
  std::vector<TensorDataRef> results; ///< By row: what readers in the quantised network get.
  Outputs outputs;                    ///< Of the quantised network.
  Measures measures;
};

/// The rows of values that `graph` has. `isFile`: it is the reference file's.
PictureMeasurement::Rows PictureMeasurement::rowsIn(const Graph &graph, bool isFile) const {
  Rows rows;
  for (size_t row = 0; row < of.rows.size(); ++row)
    if (const Value *value = graph.find(isFile ? of.referenceValues[row] : of.rows[row].value))
      rows[value].push_back(int(row));
  return rows;
}

/// An input of a graph; quantised: as the quantised network's layers get it.
TensorDataRef PictureMeasurement::inputOf(const Graph &graph, const Value &value,
                                          bool quantisedToo) const {
  const auto found = llvm::find(graph.inputs(), &value);
  if (found == graph.inputs().end())
    return nullptr;
  const auto index = int(found - graph.inputs().begin());
  if (quantisedToo)
    for (size_t row = 0; row < of.rows.size(); ++row)
      if (of.rows[row].input == index && results[row])
        return results[row];
  return inputs[size_t(index)];
}

/// By index of the last axis.
static std::vector<NoiseMeter> columnNoise(const Shape &shape, llvm::ArrayRef<float> floats,
                                           llvm::ArrayRef<float> reals) {
  constexpr int64_t most = 1024;
  if (shape.size() != 3 || shape[2] > most)
    return {};
  const auto width = size_t(shape[2]);
  std::vector<NoiseMeter> meters(width);
  for (size_t i = 0; i < floats.size(); ++i)
    meters[i % width].add(floats[i], reals[i]);
  return meters;
}

void PictureMeasurement::takeQuantised(int row, llvm::ArrayRef<float> floats,
                                       const TensorData *codes) {
  const MeasuredTensor &tensor = of.rows[size_t(row)];
  TensorMeasure &measure = measures.tensors[size_t(row)];
  const std::vector<float> reals = readCodes(*tensor.pair, *codes);
  measure.codes = CodeUse(*tensor.pair);
  measure.codes.add(floats, *codes);
  measure.own.add(floats, reals);
  measure.columns = columnNoise(codes->type.shape, floats, reals);
  results[size_t(row)] = TensorData::make<float>({ElementType::F32, codes->type.shape}, reals);
}

llvm::Error PictureMeasurement::runQuantised() {
  const Graph &graph = of.quantised;
  const Rows rows = rowsIn(graph, false);
  // Floats wait for the QuantizeLinear that reads them.
  llvm::DenseMap<const Value *, TensorDataRef> floats;
  llvm::StringMap<int> rowOf;
  for (size_t row = 0; row < of.rows.size(); ++row)
    if (of.rows[row].pair)
      rowOf[of.rows[row].pair->quantize] = int(row);
  for (auto [value, data] : llvm::zip(graph.inputs(), inputs))
    floats[value] = data;
  const auto hook = [&](const Value &value, TensorDataRef &data) {
    const Node &node = *value.producer();
    if (const auto found = rowOf.find(node.name);
        node.op == OpKind::Quantize && found != rowOf.end()) {
      const TensorDataRef before = floats.lookup(node.input(0));
      if (before)
        takeQuantised(found->second, before->values<float>(), data.get());
      return;
    }
    const auto found = rows.find(&value);
    if (found == rows.end() || !data->type.isFloat())
      return;
    for (int row : found->second)
      if (of.rows[size_t(row)].pair)
        floats[&value] = data;
      else
        results[size_t(row)] = data;
  };
  auto made = evaluateValues(
      graph, llvm::SmallVector<const Value *>(graph.outputs().begin(), graph.outputs().end()),
      [&](const Value &value) { return inputOf(graph, value, false); }, hook);
  if (!made)
    return made.takeError();
  outputs = std::move(*made);
  return llvm::Error::success();
}

/// Every layer by itself: what it makes is measured, then what the quantised network made takes its
/// place.
llvm::Error PictureMeasurement::runAlone(const Graph &graph, bool isFile) {
  const Rows rows = rowsIn(graph, isFile);
  llvm::SmallVector<const Value *> wanted;
  for (const auto &[value, indices] : rows)
    if (value->producer())
      wanted.push_back(value);
  const auto hook = [&](const Value &value, TensorDataRef &data) {
    const auto found = rows.find(&value);
    if (found == rows.end())
      return;
    const TensorDataRef &actual = results[size_t(found->second.front())];
    if (!actual || actual->type.shape != data->type.shape)
      return;
    for (int row : found->second) {
      TensorMeasure &measure = measures.tensors[size_t(row)];
      NoiseMeter &meter = isFile ? measure.replaced : measure.isolated;
      meter.add(data->values<float>(), results[size_t(row)]->values<float>());
    }
    data = actual;
  };
  return evaluateValues(
             graph, wanted, [&](const Value &value) { return inputOf(graph, value, true); }, hook)
      .takeError();
}

llvm::Error PictureMeasurement::runReference(const Graph &graph, bool isFile) {
  const Rows rows = rowsIn(graph, isFile);
  const auto compare = [&](const Value &value, const TensorDataRef &data) {
    const auto found = rows.find(&value);
    if (found == rows.end())
      return;
    for (int row : found->second)
      if (const TensorDataRef &actual = results[size_t(row)];
          actual && actual->type.shape == data->type.shape)
        measures.tensors[size_t(row)].endToEnd.add(data->values<float>(), actual->values<float>());
  };
  for (auto [value, data] : llvm::zip(of.quantised.inputs(), inputs))
    for (size_t row = 0; row < of.rows.size(); ++row)
      if (results[row] && of.rows[row].input >= 0 &&
          of.quantised.inputs()[size_t(of.rows[row].input)] == value)
        measures.tensors[row].endToEnd.add(data->values<float>(), results[row]->values<float>());
  auto expected = evaluateValues(
      graph, llvm::SmallVector<const Value *>(graph.outputs().begin(), graph.outputs().end()),
      [&](const Value &value) { return inputOf(graph, value, false); },
      [&](const Value &value, TensorDataRef &data) { compare(value, data); });
  if (!expected)
    return expected.takeError();
  compareOutputs(*expected);
  return llvm::Error::success();
}

static int64_t greatest(llvm::ArrayRef<float> scores) {
  return std::max_element(scores.begin(), scores.end()) - scores.begin();
}

void PictureMeasurement::compareOutputs(const Outputs &expected) {
  measures.outputs.resize(outputs.size());
  for (size_t i = 0; i < std::min(outputs.size(), expected.size()); ++i) {
    const TensorData &mine = *outputs[i], &theirs = *expected[i];
    if (!mine.type.isFloat() || mine.type != theirs.type)
      continue;
    measures.outputs[i].add(theirs.values<float>(), mine.values<float>());
    if (i > 0 || mine.type.rank() != 2)
      continue;
    const auto classes = size_t(mine.type.shape[1]);
    for (size_t row = 0; row < size_t(mine.type.shape[0]); ++row) {
      ++measures.scored;
      measures.agreeing += greatest(mine.values<float>().slice(row * classes, classes)) ==
                           greatest(theirs.values<float>().slice(row * classes, classes));
    }
  }
}

llvm::Expected<Measures> PictureMeasurement::run() {
  if (llvm::Error error = runQuantised())
    return error;
  if (llvm::Error error = runAlone(of.floats, false))
    return error;
  const bool hasFile = of.other.has_value();
  if (hasFile)
    if (llvm::Error error = runAlone(of.reference, true))
      return error;
  if (llvm::Error error = runReference(hasFile ? of.reference : of.floats, hasFile))
    return error;
  return std::move(measures);
}

llvm::Expected<Measures> Measurement::measure(llvm::ArrayRef<TensorDataRef> inputs) const {
  if (inputs.size() != quantised.inputs().size())
    return makeError(Code::InputMismatch, "got " + llvm::Twine(inputs.size()) +
                                              " inputs, but the network has " +
                                              llvm::Twine(quantised.inputs().size()));
  return PictureMeasurement(*this, inputs).run();
}

} // namespace bstc::diagnose
