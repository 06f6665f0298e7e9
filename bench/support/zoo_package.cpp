#include "bench/support/zoo_package.h"

#include "driver/compile.h"
#include "frontend/import.h"

namespace bstc::bench {

std::string zooModel(llvm::StringRef network, ZooOptions::Activation activation,
                     ZooOptions::Quant quant) {
  ZooOptions options;
  options.network = network.str();
  options.activation = activation;
  options.quant = quant;
  return llvm::cantFail(buildZooModel(options));
}

std::vector<std::byte> packageOf(llvm::StringRef model) {
  CompileOptions options;
  options.fidelity = false;
  return llvm::cantFail(compile(llvm::cantFail(importOnnx(model, "zoo")), options)).package;
}

} // namespace bstc::bench
