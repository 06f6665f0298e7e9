#ifndef BSTC_PARTITIONER_DRAM_PORT_H
#define BSTC_PARTITIONER_DRAM_PORT_H

#include "backends/target.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bstc {

/// Bytes a second that one core moves at most, both directions together.
inline double coreRate(const Target &target) {
  const double memory = target.dram.gigabytesPerSecond, core = target.dram.coreGigabytesPerSecond;
  return (core > 0 ? std::min(core, memory) : memory) * 1e9;
}

/// The same of a host's processors, all together.
inline double hostRate(const Target &target) {
  const double memory = target.dram.gigabytesPerSecond, host = target.host.gigabytesPerSecond;
  return (host > 0 ? std::min(host, memory) : memory) * 1e9;
}

/// What of DRAM has not been given away at one moment, bytes a second.
struct DramShare {
  double memory; ///< Both directions together.
  double read, write;
  /// At most `all`, which gets less by it.
  double takeRead(double &all) { return take(read, all); }
  double takeWrite(double &all) { return take(write, all); }

private:
  double take(double &direction, double &all) {
    const double rate = std::min({memory, direction, all});
    memory -= rate;
    direction -= rate;
    all -= rate;
    return rate;
  }
};

/// The rates of DRAM: both directions together are bounded by the memory, each by the port. A core
/// has a port of its own and may be held to a part of the memory's rate: what moves is bounded by
/// the cores that move something. A host's processor has a way of its own to the memory, as fast as
/// the device's where the description says nothing else.
class DramPort {
public:
  explicit DramPort(const Target &target)
      : memory(target.dram.gigabytesPerSecond * 1e9), core(coreRate(target)),
        host(hostRate(target)),
        port(double(target.dram.bytesPerCycle) * target.maca.clockMHz * 1e6),
        cores(double(target.device.cores)) {}

  /// The least time for these bytes: both directions within the memory's rate, each within the
  /// port.
  double leastSeconds(double readBytes, double writeBytes) const {
    return std::max((readBytes + writeBytes) / std::min(memory, core * cores),
                    std::max(readBytes, writeBytes) / (port * cores));
  }

  /// What one core has, if the others leave it that.
  DramShare ofCore() const { return {core, port, port}; }
  /// Of all cores together, bytes a second.
  double total() const { return memory; }
  /// Of each of some flows of hosts.
  double hostShare(uint32_t flows) const { return host / flows; }

private:
  double memory, core, host; ///< Bytes a second, both directions together.
  double port;               ///< Of a core, each direction.
  double cores;
};

} // namespace bstc

#endif // BSTC_PARTITIONER_DRAM_PORT_H
