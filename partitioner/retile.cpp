#include "partitioner/retile.h"

#include "backends/target.h"
#include "ir/space_to_depth.h"
#include "partitioner/plan_choice.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// For each tensor the one whose bytes it names: itself, but for one that no command writes, which
/// names what was last written to its place.
static std::vector<uint32_t> rootsOf(const bst::Program &program) {
  std::vector<uint32_t> roots(program.tensors.size());
  std::vector<bool> known(program.tensors.size());
  std::vector<uint32_t> written; // In order.
  const auto write = [&](uint32_t tensor) {
    known[tensor] = true;
    written.push_back(tensor);
  };
  const auto read = [&](uint32_t index) {
    const bst::Tensor &tensor = program.tensors[index];
    if (known[index] || tensor.storage == bst::Storage::Weights)
      return;
    for (uint32_t source : llvm::reverse(written))
      if (program.tensors[source].offset == tensor.offset) {
        roots[index] = source;
        break;
      }
    known[index] = true;
  };
  for (uint32_t tensor = 0; tensor < roots.size(); ++tensor)
    roots[tensor] = tensor;
  llvm::for_each(program.inputs, write);
  for (const bst::Command &command : program.commands) {
    llvm::for_each(command.inputs, read);
    llvm::for_each(command.outputs, write);
  }
  llvm::for_each(program.outputs, read);
  return roots;
}

/// The convolutions that read the image as the DSP quantises it, position by position, although a
/// device whose own DSP does that would let it write blocks of positions (the pass spaceToDepth).
static bool couldReadBlocks(const bst::Program &program, llvm::ArrayRef<uint32_t> roots) {
  std::vector<uint32_t> readers(program.tensors.size());
  for (const bst::Command &command : program.commands)
    for (uint32_t input : command.inputs)
      ++readers[roots[input]];
  for (uint32_t output : program.outputs)
    ++readers[roots[output]];
  std::vector<bool> image(program.tensors.size());
  for (const bst::Command &command : program.commands) {
    if (std::holds_alternative<bst::QuantizeParams>(command.params))
      image[command.outputs[0]] = true;
    const auto *conv = std::get_if<bst::ConvParams>(&command.params);
    if (!conv || !image[command.inputs[0]] || readers[command.inputs[0]] != 1)
      continue;
    const bst::Window &w = conv->window;
    const WindowAttrs window = {{w.kernelH, w.kernelW},
                                {w.strideH, w.strideW},
                                {w.padTop, w.padLeft},
                                {w.padBottom, w.padRight},
                                {w.dilationH, w.dilationW}};
    const std::vector<int32_t> &shape = program.tensors[command.inputs[0]].shape;
    if (spaceToDepthBlock(window, conv->groups, std::vector<int64_t>(shape.begin(), shape.end())) >
        1)
      return true;
  }
  return false;
}

std::string whyOtherCommands(const bst::Program &program, const Target &target) {
  const auto onEdp = llvm::count_if(program.commands, [](const bst::Command &command) {
    return command.engine == bst::Engine::Edp;
  });
  if (onEdp && !target.edp.present)
    return "has " + std::to_string(onEdp) + (onEdp == 1 ? " command" : " commands") +
           " on EDP, which the device does not have";
  if (target.edp.present && llvm::any_of(program.commands, [](const bst::Command &command) {
        return std::holds_alternative<bst::FloatPictureParams>(command.params);
      }))
    return "makes floats of 8-bit pictures; the EDP of this device could quantise them by tables";
  const bool readsBlocks = llvm::any_of(program.commands, [](const bst::Command &command) {
    const auto *quantise = std::get_if<bst::QuantizeParams>(&command.params);
    return quantise && quantise->block > 1;
  });
  if (readsBlocks && target.dsp.host)
    return "reads the image in blocks of positions, as a DSP of the chip writes it; on this device "
           "a host hands it over as it is (dsp.host)";
  if (!target.dsp.host && couldReadBlocks(program, rootsOf(program)))
    return "reads the image as a host hands it over; the DSP of this device would write it in "
           "blocks of positions (dsp.host)";
  return "";
}

llvm::Expected<bst::Program> retile(const bst::Program &program, const Target &target) {
  const std::vector<uint32_t> roots = rootsOf(program);
  bst::Program result = program;
  llvm::Expected<TilePlan> plan = choosePlan(result, roots, target);
  if (!plan)
    return plan.takeError();
  applyPlan(result, roots, *plan, target);
  return result;
}

} // namespace bstc
