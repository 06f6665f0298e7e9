#ifndef BSTC_PARTITIONER_DRAM_PORT_H
#define BSTC_PARTITIONER_DRAM_PORT_H

#include "backends/target.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bstc {

/// Who moves data: a core's reads, its writes, and a host's processor.
enum class Flow : uint8_t { Read, Write, Host };

/// Fair sharing of DRAM: everything that the device moves has the same rate, but reads together and
/// writes together are bounded by the port, whose share the other direction then uses ("max-min
/// fairness"). A host's processor has a way of its own to the memory, as fast as the device's.
class DramPort {
public:
  explicit DramPort(const Target &target)
      : memory(target.dram.gigabytesPerSecond * 1e9),
        port(double(target.dram.bytesPerCycle) * target.maca.clockMHz * 1e6 *
             double(target.device.cores)) {}

  /// The least time for these bytes: both directions within the memory's rate, each within the
  /// port.
  double leastSeconds(double readBytes, double writeBytes) const {
    return std::max((readBytes + writeBytes) / memory, std::max(readBytes, writeBytes) / port);
  }

  /// Bytes a second of one flow of each kind when there are `counts` of them.
  std::array<double, 3> rates(const std::array<uint32_t, 3> &counts) const {
    const double reads = counts[size_t(Flow::Read)], writes = counts[size_t(Flow::Write)];
    const double hosts = counts[size_t(Flow::Host)];
    double read = reads > 0 ? memory * reads / (reads + writes) : 0;
    double write = memory - read;
    if (reads > 0 && read > port)
      write = memory - port;
    else if (writes > 0 && write > port)
      read = memory - port;
    read = std::min(read, port);
    write = std::min(write, port);
    return {reads > 0 ? read / reads : 0, writes > 0 ? write / writes : 0,
            hosts > 0 ? memory / hosts : 0};
  }

private:
  double memory, port; ///< Bytes a second: both directions together; each direction.
};

} // namespace bstc

#endif // BSTC_PARTITIONER_DRAM_PORT_H
