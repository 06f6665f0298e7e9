#include "partitioner/lower_bound.h"

#include "partitioner/dram_port.h"
#include "partitioner/tile_demand.h"
#include "runtime/program/tile_parts.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {
namespace {

/// What commands read and write a tensor, as far as it decides in which form it must pass.
struct TensorUse {
  bool ofConvolution = false; ///< A convolution makes it.
  bool onDevice = false;      ///< Read or written by MACA or EDP.
  bool onlyQuantised = true;  ///< Nobody but quantisers reads it.
  bool read = false;
  bool dequantised = false; ///< It is integers in float.
};

std::vector<TensorUse> usesOf(const bst::Program &program) {
  std::vector<TensorUse> uses(program.tensors.size());
  for (const bst::Command &command : program.commands) {
    const bool onDevice = command.engine != bst::Engine::Dsp;
    for (uint32_t input : command.inputs) {
      uses[input].read = true;
      uses[input].onDevice |= onDevice;
      uses[input].onlyQuantised &= std::holds_alternative<bst::QuantizeParams>(command.params);
    }
    for (uint32_t output : command.outputs) {
      uses[output].onDevice |= onDevice;
      uses[output].ofConvolution = std::holds_alternative<bst::ConvParams>(command.params);
      uses[output].dequantised = std::holds_alternative<bst::DequantizeParams>(command.params);
    }
  }
  return uses;
}

uint64_t inputBytes(const bst::Program &program, llvm::ArrayRef<TensorUse> uses) {
  uint64_t bytes = 0;
  for (uint32_t input : program.inputs) {
    const bst::Tensor &tensor = program.tensors[input];
    const bool asBytes = uses[input].read && uses[input].onlyQuantised;
    bytes += asBytes ? elementCount(tensor) : storedSize(tensor);
  }
  return bytes;
}

uint64_t detectionBytes(const bst::Program &program) {
  const bst::DecodeInfo &decode = program.decode;
  // x1, y1, x2, y2, score, class, coefficients; and their count.
  uint64_t bytes = uint64_t(decode.nms.maxDetections) * (6 + decode.masks) * sizeof(float);
  bytes += sizeof(float);
  if (decode.prototypes >= 0)
    bytes += elementCount(program.tensors[program.outputs[size_t(decode.prototypes)]]);
  return bytes;
}

uint64_t outputBytes(const bst::Program &program, llvm::ArrayRef<TensorUse> uses) {
  uint64_t bytes = 0;
  for (uint32_t output : program.outputs) {
    const bst::Tensor &tensor = program.tensors[output];
    bytes += uses[output].dequantised ? elementCount(tensor) : storedSize(tensor);
  }
  // A few boxes are less than tables of them, but for very small pictures.
  return program.decode.kind.empty() ? bytes : std::min(bytes, detectionBytes(program));
}

uint64_t constantBytes(const bst::Program &program, llvm::ArrayRef<TensorUse> uses) {
  const std::vector<bool> kept = keptConstants(program);
  uint64_t bytes = 0;
  for (size_t i = 0; i < program.tensors.size(); ++i)
    if (program.tensors[i].storage == bst::Storage::Weights && uses[i].onDevice && !kept[i])
      bytes += storedSize(program.tensors[i]);
  return bytes;
}

/// Of its inputs, what can neither be written in place nor by a convolution at the right scale.
double concatSeconds(const bst::Program &program, const bst::Command &command,
                     llvm::ArrayRef<TensorUse> uses, const Target &target) {
  const auto &concat = std::get<bst::ConcatParams>(command.params);
  uint64_t elements = 0;
  for (size_t i = 0; i < command.inputs.size(); ++i)
    if (!concat.copy[i] && !uses[command.inputs[i]].ofConvolution)
      elements += elementCount(program.tensors[command.inputs[i]]);
  return double(elements) / double(target.edp.bytesPerCycle) / clockHz(bst::Engine::Edp, target);
}

/// Of a whole command of MACA or EDP, as one operation that starts at once.
double commandSeconds(const bst::Program &program, uint32_t index, const Riders &riders,
                      llvm::ArrayRef<TensorUse> uses, const Target &target) {
  const bst::Command &command = program.commands[index];
  if (riders.free(index))
    return 0;
  if (std::holds_alternative<bst::ConcatParams>(command.params))
    return concatSeconds(program, command, uses, target);
  const bst::Tensor &output = program.tensors[command.outputs[0]];
  const Work work =
      backendOf(command.engine).partCost(program, command, bst::wholePart(output), target);
  return arithmeticSeconds(riders, index, work.cycles, storedSize(output), command.engine, target);
}

} // namespace

LowerBound lowerBoundOf(const bst::Program &program, const Target &target) {
  LowerBound least;
  const Riders riders(program, target);
  const std::vector<TensorUse> uses = usesOf(program);
  for (uint32_t i = 0; i < program.commands.size(); ++i) {
    const bst::Command &command = program.commands[i];
    if (command.engine == bst::Engine::Dsp)
      continue;
    const double seconds =
        commandSeconds(program, i, riders, uses, target) / double(target.device.cores);
    (command.engine == bst::Engine::Maca ? least.maca : least.edp) += seconds;
  }
  const uint64_t read = constantBytes(program, uses) + inputBytes(program, uses);
  const uint64_t written = outputBytes(program, uses);
  least.dramBytes = read + written;
  least.dram = DramPort(target).leastSeconds(double(read), double(written));
  return least;
}

} // namespace bstc
