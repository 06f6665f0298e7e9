// Fuzz target: bytes that claim to be an ONNX model compile to a package that runs, or give one
// error; so does the import at another size.
#include "driver/compile.h"
#include "frontend/import.h"
#include "tests/hostile/attempt.h"

#include <llvm/Support/Error.h>

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto graph = bstc::importOnnx({reinterpret_cast<const char *>(data), size}, "fuzz.onnx");
  if (!graph) {
    llvm::consumeError(graph.takeError());
    return 0;
  }
  if (auto resized = bstc::importResized({reinterpret_cast<const char *>(data), size}, "fuzz", 32);
      !resized)
    llvm::consumeError(resized.takeError());
  bstc::CompileOptions options;
  options.fidelity = false; // It evaluates the network in float: slow by design.
  auto compilation = bstc::compile(std::move(*graph), options);
  if (!compilation) {
    const std::string message = llvm::toString(compilation.takeError());
    if (message.empty() || message.find("is not valid") != std::string::npos) {
      std::fprintf(stderr, "%s\n", message.c_str());
      std::abort(); // The loader refuses what the compiler made.
    }
    return 0;
  }
  // Small enough, it runs; and its tile operations compute what its commands do.
  using namespace bst::testing;
  constexpr bst::Limits limits = {.arenaBytes = uint64_t(1) << 24, .work = uint64_t(1) << 24};
  const Attempt made = attempt(compilation->package, limits);
  if (made.result == Attempt::Failed) {
    std::fprintf(stderr, "%s\n", made.message.c_str());
    std::abort();
  }
  return 0;
}
