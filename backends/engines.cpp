#include "backends/dsp/dsp.h"
#include "backends/edp/edp.h"
#include "backends/engine.h"
#include "backends/maca/maca.h"

#include "llvm/Support/ErrorHandling.h"

namespace bstc {

llvm::ArrayRef<const EngineBackend *> engineBackends() {
  static const MacaBackend maca;
  static const EdpBackend edp;
  static const DspBackend dsp;
  static const EngineBackend *const all[] = {&maca, &edp, &dsp};
  return all;
}

const EngineBackend &backendOf(bst::Engine engine) {
  for (const EngineBackend *backend : engineBackends())
    if (backend->engine() == engine)
      return *backend;
  llvm_unreachable("every engine has a backend");
}

} // namespace bstc
