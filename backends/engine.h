#ifndef BSTC_BACKENDS_ENGINE_H
#define BSTC_BACKENDS_ENGINE_H

#include "ir/graph.h"
#include "runtime/program/program.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <string_view>

namespace bstc {

struct Target;

/// What an engine says about one node.
struct Answer {
  bool native = false;
  std::string reason; ///< Native: what it runs it as ("int8 conv, fused relu"). Else: why not.
  static Answer yes(std::string reason) { return {true, std::move(reason)}; }
  static Answer no(std::string reason) { return {false, std::move(reason)}; }
};

/// Memory traffic and arithmetic of one command, from its shapes alone.
struct Work {
  uint64_t macs = 0;                    ///< Multiply-accumulates that the network asks for.
  uint64_t macSlots = 0;                ///< Those the array spends, after its quanta (MACA only).
  uint64_t elements = 0;                ///< Element operations (EDP, DSP).
  uint64_t cycles = 0;                  ///< Compute cycles of the engine.
  uint64_t overheadCycles = 0;          ///< Cycles to start a command, beside compute and memory.
  uint64_t dramRead = 0, dramWrite = 0; ///< Bytes.
  uint64_t sramBytes = 0;               ///< Bytes that pass through on-chip memory.
  /// Of its inputs in DRAM it reads no more than this: a command that does not look at all of them.
  uint64_t mostRead = UINT64_MAX;
};

/// Program under construction, as an engine's lower() sees it.
class LoweringContext {
public:
  virtual ~LoweringContext() = default;
  /// Index in Program::tensors of a value's tensor.
  virtual uint32_t tensorOf(const Value &value) = 0;
  /// Index of another name for the bytes of a picture [N, H, W, 3]: [N, 3, H, W] of
  /// bst::Layout::Picture.
  virtual uint32_t pictureOf(const Value &value) = 0;
  /// Adds a constant (64-byte aligned in the weights) and returns its tensor index. Equal
  /// constants are stored once.
  virtual uint32_t addConstant(bst::Tensor tensor, llvm::ArrayRef<std::byte> bytes) = 0;
};

/// One engine of the SoC: the whole interface that the partitioner has to it.
class EngineBackend {
public:
  virtual ~EngineBackend() = default;
  virtual bst::Engine engine() const = 0;
  /// Can this engine run `node` of a quantised graph, and as what; or why not.
  virtual Answer query(const Node &node, const Target &target) const = 0;
  /// The command for a node that query() accepted (engine, inputs, outputs, params; the caller
  /// fills name and dependencies). Errors: arithmetic that cannot be represented exactly, such as
  /// an accumulator that can overflow; they name the node.
  virtual llvm::Expected<bst::Command> lower(const Node &node, LoweringContext &context) const = 0;
  /// What `command` costs on `target`, all of it, with traffic that goes through DRAM once.
  virtual Work cost(const bst::Program &program, const bst::Command &command,
                    const Target &target) const = 0;
  /// What computing one part of its output costs: arithmetic and start, no traffic but for
  /// Work::mostRead. The costs of
  /// parts add up to those of the whole but for the quanta.
  virtual Work partCost(const bst::Program &program, const bst::Command &command,
                        const bst::Part &part, const Target &target) const = 0;
};

/// The backend of an engine.
const EngineBackend &backendOf(bst::Engine engine);

/// The engine of a node as that of its command, and back. NodeEngine::None has no command.
constexpr bst::Engine commandEngine(NodeEngine engine) {
  assert(engine != NodeEngine::None);
  return bst::Engine(engine);
}
constexpr NodeEngine nodeEngine(bst::Engine engine) { return NodeEngine(engine); }
static_assert(std::equal(bst::engineNames.begin(), bst::engineNames.end(), nodeEngineNames.begin(),
                         nodeEngineNames.end() - 1,
                         [](std::string_view a, std::string_view b) { return a == b; }),
              "NodeEngine has the engines of commands, in their order, and None");

/// MACA, EDP, DSP: in the order in which the partitioner asks them.
llvm::ArrayRef<const EngineBackend *> engineBackends();

} // namespace bstc

#endif // BSTC_BACKENDS_ENGINE_H
