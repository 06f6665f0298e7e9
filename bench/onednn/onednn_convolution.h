#ifndef BSTC_BENCH_ONEDNN_ONEDNN_CONVOLUTION_H
#define BSTC_BENCH_ONEDNN_ONEDNN_CONVOLUTION_H

#include "bench/onednn/convolution.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <random>

namespace bstc::bench {

/// oneDNN's convolution of the same kind, on random data: int8 weights, a scale per output channel,
/// every memory format as oneDNN prefers it. Runs on the threads that OpenMP was set to when this
/// was made.
class OnednnConvolution {
public:
  explicit OnednnConvolution(const Convolution &convolution);
  void run();
  /// "brgconv:avx512_core_vnni".
  std::string implementation() const { return description.impl_info_str(); }

private:
  dnnl::memory filled(const dnnl::memory::desc &memory);

  std::mt19937 random{1};
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::convolution_forward::primitive_desc description;
  dnnl::convolution_forward primitive;
  std::unordered_map<int, dnnl::memory> arguments;
};

} // namespace bstc::bench

#endif // BSTC_BENCH_ONEDNN_ONEDNN_CONVOLUTION_H
