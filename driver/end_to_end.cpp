#include "driver/end_to_end.h"

#include "detectors/detection_tail.h"
#include "driver/detect_reading.h"
#include "driver/tensor_meaning.h"
#include "ir/error.h"
#include "runtime/api/program_session.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <map>

namespace bstc {

bool OutputFidelity::isWrong() const {
  return std::isinf(maxDifference) || (greatest > 0 && decibels < leastDecibels);
}

std::vector<const Value *> comparedOutputs(const Graph &imported) {
  llvm::SetVector<const Value *> values;
  for (const Value *output : imported.outputs()) {
    const Value *predictions = suppressedPredictions(*output);
    values.insert(predictions ? predictions : output);
  }
  return values.takeVector();
}

OutputFidelity compareOutput(std::string name, llvm::ArrayRef<float> actual,
                             llvm::ArrayRef<float> expected) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  OutputFidelity result;
  result.name = std::move(name);
  result.elements = expected.size();
  double signal = 0, noise = 0;
  for (auto [a, b] : llvm::zip(actual, expected)) {
    if (std::isfinite(b)) {
      signal += double(b) * double(b);
      result.greatest = std::max(result.greatest, std::fabs(double(b)));
    }
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    const double difference = double(a) - double(b);
    const double size = std::isfinite(difference) ? std::fabs(difference) : infinity;
    result.maxDifference = std::max(result.maxDifference, size);
    noise += size * size;
  }
  if (noise == 0)
    result.decibels = infinity;
  else
    result.decibels = std::isfinite(noise) ? 10 * std::log10(signal / noise) : -infinity;
  return result;
}

namespace {
/// One frame through a session, and copies of the tensors that are asked for.
class WholeRun {
public:
  explicit WholeRun(const bstrt::Package &package)
      : package(package), program(bst::programOf(package)) {}

  llvm::Error run(const bstrt::Device &device, llvm::ArrayRef<TensorDataRef> inputs,
                  llvm::ArrayRef<uint32_t> wanted);
  /// In the file's order.
  std::vector<float> reals(uint32_t tensor) const;
  /// What a Detect command decoded.
  std::vector<float> decoded(const bst::Command &command) const;

private:
  void copy(const bst::ProgramSession &session, uint32_t tensor) {
    const std::span<const std::byte> bytes = session.data(tensor);
    copies[tensor].assign(bytes.begin(), bytes.end());
  }

  const bstrt::Package &package;
  const bst::Program &program;
  std::map<uint32_t, std::vector<std::byte>> copies;
};
} // namespace

llvm::Error WholeRun::run(const bstrt::Device &device, llvm::ArrayRef<TensorDataRef> inputs,
                          llvm::ArrayRef<uint32_t> wanted) {
  std::unique_ptr<bst::ProgramSession> session;
  const auto onCommand = [&](uint32_t command, double) {
    for (uint32_t output : program.commands[command].outputs)
      if (llvm::is_contained(wanted, output))
        copy(*session, output);
    if (std::holds_alternative<bst::DetectParams>(program.commands[command].params))
      for (uint32_t head : program.commands[command].inputs)
        copy(*session, head);
  };
  bst::Status status = bst::ProgramSession::create(package, device, session,
                                                   {.keepTensors = true, .onCommand = onCommand});
  if (!status.ok())
    return toError(status);
  for (auto [tensor, data] : llvm::zip(program.inputs, inputs))
    std::memcpy(session->data(tensor).data(), data->data(), data->size());
  status = session->run();
  if (!status.ok())
    return toError(status);
  for (uint32_t output : program.outputs) // Those that a command writes, and other names of them.
    copy(*session, output);
  return llvm::Error::success();
}

std::vector<float> WholeRun::reals(uint32_t tensor) const {
  const auto found = copies.find(tensor);
  if (found == copies.end())
    return {};
  const TensorMeaning meaning(program.tensors[tensor]);
  std::vector<float> reals(bst::elementCount(program.tensors[tensor]));
  meaning.forEach([&](uint64_t index, uint64_t place) {
    reals[index] = meaning.at(found->second.data(), place);
  });
  return reals;
}

std::vector<float> WholeRun::decoded(const bst::Command &command) const {
  std::vector<const std::byte *> heads;
  for (uint32_t head : command.inputs)
    heads.push_back(copies.at(head).data());
  return plainDetection(program, command, heads).predictions;
}

llvm::Expected<std::vector<OutputFidelity>>
compareEndToEnd(const Graph &imported, const FileReading &file, const bstrt::Package &package,
                const bstrt::Device &device, llvm::ArrayRef<TensorDataRef> inputs) {
  const bst::Program &program = bst::programOf(package);
  llvm::StringMap<uint32_t> index;
  for (uint32_t i = 0; i < program.tensors.size(); ++i)
    if (program.tensors[i].storage == bst::Storage::Arena)
      index[program.tensors[i].name] = i;
  std::vector<uint32_t> wanted;
  for (const Value *value : comparedOutputs(imported))
    if (auto found = index.find(value->name); found != index.end())
      wanted.push_back(found->second);
  WholeRun whole(package);
  if (llvm::Error error = whole.run(device, inputs, wanted))
    return error;
  std::vector<OutputFidelity> results;
  for (uint32_t tensor : wanted) {
    const std::string &name = program.tensors[tensor].name;
    const FileValue *value = file.find(name);
    const std::vector<float> actual = whole.reals(tensor);
    if (!value || actual.size() != uint64_t(value->data->type.count()))
      continue;
    // Bytes that the file does not dequantise are read as the tensor says.
    const bst::Tensor &own = program.tensors[tensor];
    const Reading reading = !value->readings.empty() ? value->readings.front()
                            : own.scale > 0          ? Reading{own.scale, own.zeroPoint}
                                                     : Reading{};
    results.push_back(compareOutput(name, actual, value->reals(reading)));
  }
  for (const bst::Command &command : program.commands)
    if (const Value *predictions = predictionsOf(imported, program, command))
      if (const FileValue *value = file.find(predictions->name))
        results.push_back(
            compareOutput(predictions->name, whole.decoded(command), value->reals(Reading{})));
  return results;
}

} // namespace bstc
