#include "tests/kernels/case.h"

#include "tests/reference/access.h"
#include "tests/reference/reference.h"

#include <cmath>
#include <cstring>
#include <sstream>

namespace bst::problems {
namespace {

uint64_t roundUp(uint64_t value) { return (value + 63) / 64 * 64; }

double elementAt(const Tensor &tensor, const std::byte *data, size_t index) {
  switch (tensor.dtype) {
  case DType::F32:
    return reinterpret_cast<const float *>(data)[index];
  case DType::S8:
    return reinterpret_cast<const int8_t *>(data)[index];
  case DType::U8:
    return reinterpret_cast<const uint8_t *>(data)[index];
  case DType::S32:
    break;
  }
  return reinterpret_cast<const int32_t *>(data)[index];
}

/// Tolerance as runReference() documents it.
bool agree(const Tensor &tensor, const Bytes &expected, const Bytes &actual, size_t index,
           double tolerance) {
  const size_t size = elementSize(tensor.dtype);
  if (std::memcmp(expected.data() + index * size, actual.data() + index * size, size) == 0)
    return true;
  if (tolerance == 0)
    return false;
  const double e = elementAt(tensor, expected.data(), index);
  const double a = elementAt(tensor, actual.data(), index);
  return e == a || (std::isnan(e) && std::isnan(a)) || std::abs(e - a) <= tolerance;
}

/// ONNX coordinates of the element at `index` in memory order.
std::string coordinates(const Tensor &tensor, size_t index) {
  std::vector<size_t> order(tensor.shape.size()); // Axes from the slowest to the fastest.
  for (size_t axis = 0; axis < order.size(); ++axis)
    order[axis] = axis;
  if (tensor.layout != Layout::RowMajor)
    order = {0, 2, 3, 1};
  std::vector<size_t> at(order.size());
  for (size_t k = order.size(); k-- > 0;) {
    at[order[k]] = index % size_t(tensor.shape[order[k]]);
    index /= size_t(tensor.shape[order[k]]);
  }
  std::ostringstream text;
  for (size_t axis = 0; axis < at.size(); ++axis)
    text << (axis ? "," : "[") << at[axis];
  text << ']';
  return text.str();
}

std::vector<TensorView> inputViews(const Case &test) {
  std::vector<TensorView> views;
  for (uint32_t index : test.command().inputs) {
    const Tensor &tensor = test.tensor(index);
    std::byte *data = test.input(index).data();
    if (tensor.storage == Storage::Weights)
      data = const_cast<std::byte *>(test.program().weights) + tensor.offset;
    views.push_back({&tensor, data});
  }
  return views;
}

} // namespace

uint32_t Case::add(DType dtype, Layout layout, std::vector<int64_t> shape, float scale,
                   int32_t zeroPoint, Storage storage) {
  Tensor tensor;
  tensor.name = std::to_string(contents.tensors.size());
  tensor.dtype = dtype;
  tensor.layout = layout;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.scale = scale;
  tensor.zeroPoint = zeroPoint;
  tensor.storage = storage;
  tensor.size = storedSize(tensor);
  uint64_t &end = storage == Storage::Arena ? contents.arenaSize : contents.weightsSize;
  tensor.offset = roundUp(end);
  end = tensor.offset + tensor.size;
  contents.tensors.push_back(std::move(tensor));
  data.emplace_back();
  return uint32_t(contents.tensors.size() - 1);
}

void Case::addWeights(const std::vector<int64_t> &shape, const std::vector<int8_t> &ohwi,
                      const ConvParams &params) {
  const uint32_t index = add(DType::S8, weightLayout(params), shape, 0, 0, Storage::Weights);
  std::vector<int8_t> stored(contents.tensors[index].size, 0);
  const int8_t *next = ohwi.data();
  for (int64_t o = 0; o < shape[0]; ++o)
    for (int64_t h = 0; h < shape[2]; ++h)
      for (int64_t w = 0; w < shape[3]; ++w)
        for (int64_t i = 0; i < shape[1]; ++i)
          stored[size_t(reference::weightOffset(contents.tensors[index], o, h, w, i))] = *next++;
  fill(index, stored);
}

void Case::setBytes(uint32_t tensor, const void *from, size_t size) {
  data[tensor] = Bytes(size);
  std::memcpy(data[tensor].data(), from, size);
}

void Case::finish(Engine engine, Params params) {
  contents.name = contents.target = contents.compiler = "test";
  contents.arenaLowerBound = contents.arenaSize = roundUp(contents.arenaSize);
  Command command;
  command.engine = engine;
  command.name = "node";
  command.params = std::move(params);
  weights = Bytes(contents.weightsSize);
  std::memset(weights.data(), 0, weights.size());
  for (uint32_t index = 0; index < outputIndex(); ++index) {
    command.inputs.push_back(index);
    const Tensor &tensor = contents.tensors[index];
    if (tensor.storage == Storage::Weights)
      std::memcpy(weights.data() + tensor.offset, data[index].data(), tensor.size);
    else
      contents.inputs.push_back(index);
  }
  contents.weights = weights.data();
  command.outputs = contents.outputs = {outputIndex()};
  contents.commands = {std::move(command)};
}

Bytes runOn(const Case &test, Simulator &simulator, std::string &error, unsigned threads) {
  constexpr int garbage = 0xa5;
  const std::vector<TensorView> inputs = inputViews(test);
  std::vector<Bytes> before;
  for (const TensorView &view : inputs) {
    before.emplace_back(view.tensor->size);
    std::memcpy(before.back().data(), view.data, view.tensor->size);
  }
  Bytes output(test.tensor(test.outputIndex()).size);
  std::memset(output.data(), garbage, output.size());
  std::vector<TensorView> tensors = inputs; // The output is the last tensor.
  tensors.push_back({&test.tensor(test.outputIndex()), output.data()});
  std::unique_ptr<Execution> execution;
  Status status = simulator.prepare(test.program(), tensors, {.threads = threads}, execution);
  if (status.ok())
    status = execution->run(0);
  if (!status.ok())
    error = "failed: " + std::string(status.message());
  for (size_t k = 0; k < inputs.size(); ++k)
    if (std::memcmp(before[k].data(), inputs[k].data, before[k].size()) != 0)
      error = "wrote into input " + std::to_string(k);
  return output;
}

Expected expectedOf(const Case &test) {
  const Tensor &tensor = test.tensor(test.outputIndex());
  Expected expected{Bytes(tensor.size), {}};
  runReference(test.command(), inputViews(test), {&tensor, expected.output.data()},
               expected.tolerance);
  return expected;
}

std::string difference(const Case &test, const Expected &expected, const Bytes &actual) {
  const Tensor &tensor = test.tensor(test.outputIndex());
  size_t wrong = 0, first = 0;
  for (size_t index = 0; index < expected.tolerance.size(); ++index)
    if (!agree(tensor, expected.output, actual, index, expected.tolerance[index]))
      if (wrong++ == 0)
        first = index;
  if (wrong == 0)
    return {};
  std::ostringstream text;
  text.precision(9);
  text << wrong << " of " << expected.tolerance.size() << " elements differ; first at "
       << coordinates(tensor, first) << ": reference "
       << elementAt(tensor, expected.output.data(), first) << ", device "
       << elementAt(tensor, actual.data(), first) << ", allowed " << expected.tolerance[first];
  return text.str();
}

} // namespace bst::problems
