#include "backends/simulator/simulator.h"

#include "backends/simulator/peak.h"
#include "backends/simulator/simulation.h"
#include "runtime/support/guard.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace bst {
namespace {

class HostSimulator final : public Simulator {
public:
  explicit HostSimulator(Isa isa) : isa(isa) {}

  const char *name() const override { return "simulator"; }

  Status prepare(const Program &program, std::span<const TensorView> tensors,
                 const ExecutionOptions &options, std::unique_ptr<Execution> &execution) override {
    return withoutThrowing([&] {
      auto simulation =
          std::make_unique<Simulation>(program, isa, std::max(options.threads, 1U), heap());
      if (Status status = simulation->prepare(tensors, options.keepTensors); !status.ok())
        return status;
      execution = std::move(simulation);
      return Status();
    });
  }

private:
  const Isa isa;
};

} // namespace

/// The supported instruction set of that name; none where there is no such.
static std::optional<Isa> isaNamed(std::string_view name) {
  for (Isa candidate : supportedIsas())
    if (name.empty() || name == isaName(candidate))
      return candidate;
  return std::nullopt;
}

Status findIsa(const char *name, Isa &isa) {
  const std::string wanted = name ? name : "";
  if (std::optional<Isa> found = isaNamed(wanted)) {
    isa = *found;
    return {};
  }
  std::string supported;
  for (Isa candidate : supportedIsas())
    supported += std::string(supported.empty() ? "" : ", ") + isaName(candidate);
  return {StatusCode::InvalidArgument,
          "instruction set '" + wanted +
              "' is unknown or not of this processor, which has: " + supported};
}

Status createSimulator(const char *isa, std::unique_ptr<Simulator> &simulator) {
  return withoutThrowing([&] {
    Isa found;
    if (Status status = findIsa(isa, found); !status.ok())
      return status;
    simulator = std::make_unique<HostSimulator>(found);
    return Status();
  });
}

std::unique_ptr<Simulator> createSimulator() {
  std::unique_ptr<Simulator> simulator;
  (void)createSimulator(nullptr, simulator);
  return simulator;
}

double simulatorPeakMacs(const char *isa) {
  const std::optional<Isa> found = isaNamed(isa ? isa : "");
  return found ? measurePeakMacs(*found) : 0;
}

} // namespace bst
