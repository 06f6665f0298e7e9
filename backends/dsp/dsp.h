#ifndef BSTC_BACKENDS_DSP_DSP_H
#define BSTC_BACKENDS_DSP_DSP_H

#include "backends/engine.h"

namespace bstc {

/// The float vector processor: whatever the int8 engines refuse, and the decode.
class DspBackend final : public EngineBackend {
public:
  bst::Engine engine() const override { return bst::Engine::Dsp; }
  Answer query(const Node &node, const Target &target) const override;
  llvm::Expected<bst::Command> lower(const Node &node, LoweringContext &context) const override;
  Work cost(const bst::Program &program, const bst::Command &command,
            const Target &target) const override;
  Work partCost(const bst::Program &program, const bst::Command &command, const bst::Part &part,
                const Target &target) const override;
};

} // namespace bstc

#endif // BSTC_BACKENDS_DSP_DSP_H
