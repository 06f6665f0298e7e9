#ifndef BSTC_BENCH_SUPPORT_ZOO_PACKAGE_H
#define BSTC_BENCH_SUPPORT_ZOO_PACKAGE_H

#include "zoo/zoo.h"

#include <cstddef>
#include <vector>

namespace bstc::bench {

/// A network of the zoo as an ONNX file.
std::string zooModel(llvm::StringRef network, ZooOptions::Activation activation,
                     ZooOptions::Quant quant);

/// The .bst package of an ONNX file, without a fidelity receipt.
std::vector<std::byte> packageOf(llvm::StringRef model);

} // namespace bstc::bench

#endif // BSTC_BENCH_SUPPORT_ZOO_PACKAGE_H
