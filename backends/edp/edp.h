#ifndef BSTC_BACKENDS_EDP_EDP_H
#define BSTC_BACKENDS_EDP_EDP_H

#include "backends/engine.h"

namespace bstc {

/// The int8 element-wise engine: tables, add, mul, concat, max pool, nearest resize.
class EdpBackend final : public EngineBackend {
public:
  bst::Engine engine() const override { return bst::Engine::Edp; }
  Answer query(const Node &node, const Target &target) const override;
  llvm::Expected<bst::Command> lower(const Node &node, LoweringContext &context) const override;
  Work cost(const bst::Program &program, const bst::Command &command,
            const Target &target) const override;
  Work partCost(const bst::Program &program, const bst::Command &command, const bst::Part &part,
                const Target &target) const override;
};

} // namespace bstc

#endif // BSTC_BACKENDS_EDP_EDP_H
