#ifndef BSTC_BENCH_SUPPORT_MOBILENET_H
#define BSTC_BENCH_SUPPORT_MOBILENET_H

#include <string>

namespace bstc::bench {

/// MobileNetV2-1.0 at 224x224 (Sandler et al., 2018, table 2) as a float ONNX file: 53
/// convolutions, ReLU6 as Clip, residual sums, pooling and classifier; weights of no meaning.
std::string mobilenetV2Model();

} // namespace bstc::bench

#endif // BSTC_BENCH_SUPPORT_MOBILENET_H
