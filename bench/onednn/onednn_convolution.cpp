#include "bench/onednn/onednn_convolution.h"

#include <algorithm>

namespace bstc::bench {
namespace {

using Memory = dnnl::memory;

dnnl::convolution_forward::desc operation(const Convolution &c) {
  constexpr auto any = Memory::format_tag::any;
  const auto map = c.dtype == bst::DType::S8 ? Memory::data_type::s8 : Memory::data_type::u8;
  const bst::Window &w = c.window;
  return {dnnl::prop_kind::forward_inference,
          dnnl::algorithm::convolution_direct,
          Memory::desc({1, c.in, c.inHeight, c.inWidth}, map, any),
          Memory::desc({c.out, c.in, w.kernelH, w.kernelW}, Memory::data_type::s8, any),
          Memory::desc({c.out}, Memory::data_type::s32, any),
          Memory::desc({1, c.out, c.outHeight, c.outWidth}, map, any),
          {w.strideH, w.strideW},
          {w.dilationH - 1, w.dilationW - 1},
          {w.padTop, w.padLeft},
          {w.padBottom, w.padRight}};
}

dnnl::primitive_attr attributes(const Convolution &c) {
  dnnl::primitive_attr attributes;
  constexpr int perOutputChannel = 1 << 1;
  attributes.set_output_scales(perOutputChannel, std::vector<float>(size_t(c.out), 0.002f));
  if (c.inZeroPoint)
    attributes.set_zero_points(DNNL_ARG_SRC, 0, {c.inZeroPoint});
  if (c.outZeroPoint)
    attributes.set_zero_points(DNNL_ARG_DST, 0, {c.outZeroPoint});
  if (c.needsRelu) {
    dnnl::post_ops after;
    after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
    attributes.set_post_ops(after);
  }
  return attributes;
}

} // namespace

Memory OnednnConvolution::filled(const Memory::desc &desc) {
  Memory memory(desc, engine);
  auto *bytes = static_cast<uint8_t *>(memory.get_data_handle());
  std::generate_n(bytes, desc.get_size(), [&] { return uint8_t(random()); });
  return memory;
}

OnednnConvolution::OnednnConvolution(const Convolution &convolution)
    : description(operation(convolution), attributes(convolution), engine),
      primitive(description), arguments{{DNNL_ARG_SRC, filled(description.src_desc())},
                                        {DNNL_ARG_WEIGHTS, filled(description.weights_desc())},
                                        {DNNL_ARG_BIAS, filled(description.bias_desc())},
                                        {DNNL_ARG_DST, filled(description.dst_desc())}} {}

void OnednnConvolution::run() {
  primitive.execute(stream, arguments);
  stream.wait();
}

} // namespace bstc::bench
