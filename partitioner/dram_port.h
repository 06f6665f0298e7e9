#ifndef BSTC_PARTITIONER_DRAM_PORT_H
#define BSTC_PARTITIONER_DRAM_PORT_H

#include "backends/target.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bstc {

/// What of DRAM has not been given away at one moment, bytes a second.
struct DramShare {
  double memory; ///< Both directions together.
  double read, write;
  double takeRead() { return take(read); }
  double takeWrite() { return take(write); }

private:
  double take(double &direction) {
    const double rate = std::min(memory, direction);
    memory -= rate;
    direction -= rate;
    return rate;
  }
};

/// The rates of DRAM: both directions together are bounded by the memory, each by the port. A
/// host's processor has a way of its own to the memory, as fast as the device's.
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

  /// Everything there is.
  DramShare all() const { return {memory, port, port}; }
  /// Of each of some flows of hosts.
  double hostRate(uint32_t flows) const { return memory / flows; }

private:
  double memory, port; ///< Bytes a second: both directions together; each direction.
};

} // namespace bstc

#endif // BSTC_PARTITIONER_DRAM_PORT_H
