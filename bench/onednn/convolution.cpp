#include "bench/onednn/convolution.h"

#include "backends/simulator/simulator.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace bstc::bench {
namespace {

void require(const bst::Status &status) {
  if (status.ok())
    return;
  std::fprintf(stderr, "bench_onednn: %s\n", status.message().data());
  std::exit(1);
}

Convolution describe(const bst::Program &program, const bst::Command &command,
                     const bst::ConvParams &params) {
  const bst::Tensor &x = program.tensors[command.inputs[0]];
  const bst::Tensor &y = program.tensors[command.outputs[0]];
  const int32_t least = y.dtype == bst::DType::S8 ? -128 : 0;
  return {.in = x.shape[1],
          .inHeight = x.shape[2],
          .inWidth = x.shape[3],
          .out = y.shape[1],
          .outHeight = y.shape[2],
          .outWidth = y.shape[3],
          .window = params.window,
          .dtype = x.dtype,
          .inZeroPoint = x.zeroPoint,
          .outZeroPoint = y.zeroPoint,
          .needsRelu = params.clampLo > least};
}

} // namespace

double Convolution::macs() const {
  return double(in) * out * window.kernelH * window.kernelW * outHeight * outWidth;
}

std::string Convolution::name() const {
  const auto text = [](int32_t number) { return std::to_string(number); };
  return text(in) + "->" + text(out) + " " + text(window.kernelH) + "x" + text(window.kernelW) +
         "/" + text(window.strideW) + " @" + text(outWidth);
}

Network::Network(std::span<const std::byte> bytes) : device(bst::createSimulator()) {
  require(bst::Package::fromMemory(bytes, package));
  if (!arena.allocate(package->program().arenaSize))
    require(bst::Status(bst::StatusCode::OutOfMemory, "no memory for the arena"));
  std::mt19937 random(1);
  std::ranges::generate(arena.bytes(), [&] { return std::byte(random()); });
}

std::vector<Occurrence> Network::convolutions() const {
  const bst::Program &program = package->program();
  std::vector<Occurrence> found;
  for (uint32_t index = 0; index < program.commands.size(); ++index) {
    const bst::Command &command = program.commands[index];
    const auto *params = std::get_if<bst::ConvParams>(&command.params);
    if (!params || params->groups != 1)
      continue;
    const Convolution convolution = describe(program, command, *params);
    const auto same =
        llvm::find_if(found, [&](const Occurrence &o) { return o.convolution == convolution; });
    if (same != found.end())
      ++same->count;
    else
      found.push_back({convolution, index, 1});
  }
  return found;
}

std::unique_ptr<bst::Execution> Network::prepare(unsigned threads) {
  const bst::Program &program = package->program();
  std::vector<bst::TensorView> views;
  for (const bst::Tensor &tensor : program.tensors) {
    std::byte *base = tensor.storage == bst::Storage::Arena
                          ? arena.bytes().data()
                          : const_cast<std::byte *>(program.weights); // Only read: TensorView.
    views.push_back({&tensor, base + tensor.offset});
  }
  std::unique_ptr<bst::Execution> execution;
  require(device->prepare(program, views, {.threads = threads, .keepTensors = true}, execution));
  return execution;
}

} // namespace bstc::bench
