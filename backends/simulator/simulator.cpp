#include "backends/simulator/simulator.h"

#include "backends/simulator/peak.h"
#include "backends/simulator/simulation.h"
#include "runtime/support/guard.h"
#include "runtime/support/text.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace bst {
namespace {

/// A program for one frame at a time.
class OneFrame final : public Execution {
public:
  OneFrame(const Program &program, Isa isa, unsigned threads)
      : program(program), workers(threads), simulation(program, isa, workers.threads(), heap()) {}

  Status prepare(std::span<const TensorView> tensors, bool keepTensors) {
    if (Status status = simulation.prepare(tensors, keepTensors); !status.ok())
      return status;
    lane.emplace(simulation, tensors, workers);
    return lane->allocate();
  }
  void bind(std::span<std::byte *const> tensors) override {
    std::copy(tensors.begin(), tensors.end(), addresses.begin());
    lane->bind(addresses.data());
  }
  Status run(uint32_t index) override {
    simulation.run(index, *lane);
    return {};
  }
  std::string kernel(uint32_t index) const override {
    const uint32_t pass = simulation.passOf(index);
    return pass == index ? simulation.kernelName(index)
                         : text("in {}", program.commands[pass].name);
  }
  std::string refusals(uint32_t index) const override {
    struct Reasons final : TextSink {
      void append(std::string_view part) override { all += part; }
      std::string all;
    } reasons;
    simulation.refusals(index, reasons);
    return reasons.all;
  }

private:
  const Program &program;
  Workers workers;
  Simulation simulation;
  std::optional<Lane> lane;
  std::vector<void *> addresses = std::vector<void *>(program.tensors.size());
};

class HostSimulator final : public Simulator {
public:
  explicit HostSimulator(Isa isa) : isa(isa) {}

  const char *name() const override { return "simulator"; }

  Status prepare(const Program &program, std::span<const TensorView> tensors,
                 const ExecutionOptions &options, std::unique_ptr<Execution> &execution) override {
    return withoutThrowing([&] {
      auto simulation = std::make_unique<OneFrame>(program, isa, std::max(options.threads, 1U));
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
