#ifndef BSTC_BACKENDS_MACA_MACA_H
#define BSTC_BACKENDS_MACA_MACA_H

#include "backends/engine.h"

namespace bstc {

/// The int8 multiply-accumulate array: convolutions with bias, requantisation and a fused clamp.
class MacaBackend final : public EngineBackend {
public:
  bst::Engine engine() const override { return bst::Engine::Maca; }
  Answer query(const Node &node, const Target &target) const override;
  llvm::Expected<bst::Command> lower(const Node &node, LoweringContext &context) const override;
  Work cost(const bst::Program &program, const bst::Command &command,
            const Target &target) const override;
  Work partCost(const bst::Program &program, const bst::Command &command, const bst::Part &part,
                const Target &target) const override;
};

} // namespace bstc

#endif // BSTC_BACKENDS_MACA_MACA_H
