#ifndef BSTC_TESTS_COST_CONV_PROGRAM_H
#define BSTC_TESTS_COST_CONV_PROGRAM_H

#include "runtime/program/program.h"

namespace bstc {

/// A program whose only command is the convolution `in` -> `out` channels, `size` x `size` outputs.
inline bst::Program convProgram(int32_t in, int32_t out, int32_t kernel, int32_t stride,
                                int32_t size, int32_t groups = 1) {
  const auto map = [](int32_t channels, int32_t extent) {
    bst::Tensor tensor;
    tensor.dtype = bst::DType::S8;
    tensor.layout = bst::Layout::Nhwc;
    tensor.shape = {1, channels, extent, extent};
    tensor.size = elementCount(tensor);
    return tensor;
  };
  bst::Program program;
  bst::Tensor weights = map(in / groups, kernel);
  weights.layout = groups == 1 ? bst::Layout::Panels : bst::Layout::Ohwi;
  weights.storage = bst::Storage::Weights;
  weights.shape[0] = out;
  program.tensors = {map(in, size * stride), weights, map(out, size)};
  bst::ConvParams conv;
  conv.groups = groups;
  conv.window.kernelH = conv.window.kernelW = kernel;
  conv.window.strideH = conv.window.strideW = stride;
  bst::Command command;
  command.engine = bst::Engine::Maca;
  command.inputs = {0, 1};
  command.outputs = {2};
  command.params = conv;
  program.commands = {command};
  return program;
}

} // namespace bstc

#endif // BSTC_TESTS_COST_CONV_PROGRAM_H
