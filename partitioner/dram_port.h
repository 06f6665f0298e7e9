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

/// Who moves data: a core's reads, its writes, and a host's processor.
enum class Flow : uint8_t { Read, Write, Host };

/// Fair sharing of DRAM: everything that the device moves has the same rate, but reads together and
/// writes together are bounded by the port, whose share the other direction then uses ("max-min
/// fairness"). A core has a port of its own and may be held to a part of the memory's rate: what
/// moves is bounded by the cores that move something. A host's processor has a way of its own to
/// the memory, as fast as the device's where the description says nothing else.
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

  /// Bytes a second of one flow of each kind when there are `counts` of them, of `active` cores.
  std::array<double, 3> rates(const std::array<uint32_t, 3> &counts, uint32_t active) const {
    const double all = std::min(memory, core * active), ports = port * active;
    const double reads = counts[size_t(Flow::Read)], writes = counts[size_t(Flow::Write)];
    const double hosts = counts[size_t(Flow::Host)];
    double read = reads > 0 ? all * reads / (reads + writes) : 0;
    double write = all - read;
    if (reads > 0 && read > ports)
      write = all - ports;
    else if (writes > 0 && write > ports)
      read = all - ports;
    read = std::min(read, ports);
    write = std::min(write, ports);
    return {reads > 0 ? read / reads : 0, writes > 0 ? write / writes : 0,
            hosts > 0 ? host / hosts : 0};
  }

private:
  double memory, core, host; ///< Bytes a second, both directions together.
  double port;               ///< Of a core, each direction.
  double cores;
};

} // namespace bstc

#endif // BSTC_PARTITIONER_DRAM_PORT_H
