#include "backends/lowering.h"

namespace bstc {

bst::Window windowOf(const WindowAttrs &attrs) {
  bst::Window window;
  window.kernelH = int32_t(attrs.kernel[0]);
  window.kernelW = int32_t(attrs.kernel[1]);
  window.strideH = int32_t(attrs.stride[0]);
  window.strideW = int32_t(attrs.stride[1]);
  window.padTop = int32_t(attrs.padBegin[0]);
  window.padLeft = int32_t(attrs.padBegin[1]);
  window.padBottom = int32_t(attrs.padEnd[0]);
  window.padRight = int32_t(attrs.padEnd[1]);
  window.dilationH = int32_t(attrs.dilation[0]);
  window.dilationW = int32_t(attrs.dilation[1]);
  return window;
}

bst::Command commandFor(const Node &node, bst::Engine engine, LoweringContext &context,
                        bst::Params params) {
  bst::Command command;
  command.engine = engine;
  command.params = std::move(params);
  for (const Value *operand : node.inputs())
    if (operand && !operand->isConstant())
      command.inputs.push_back(context.tensorOf(*operand));
  for (const Value *result : node.outputs())
    command.outputs.push_back(context.tensorOf(*result));
  return command;
}

uint32_t addFloatConstant(const Value &constant, LoweringContext &context) {
  bst::Tensor tensor;
  tensor.name = constant.name;
  tensor.dtype = bst::DType::F32;
  tensor.shape.assign(constant.type.shape.begin(), constant.type.shape.end());
  return context.addConstant(std::move(tensor), {constant.data->data(), constant.data->size()});
}

} // namespace bstc
