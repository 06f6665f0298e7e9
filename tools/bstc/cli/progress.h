#ifndef BSTC_TOOLS_BSTC_CLI_PROGRESS_H
#define BSTC_TOOLS_BSTC_CLI_PROGRESS_H

#include <chrono>
#include <cstdint>
#include <string>

namespace bstc {

/// "  45/108 [=========>          ]  41%  22.1 images/s, 3 s left", at most `columns` wide.
std::string progressLine(uint64_t done, uint64_t total, double seconds, const char *unit,
                         unsigned columns);

/// A bar at the bottom of the terminal while a long piece of work is done; nothing at all where
/// stderr is no terminal. Other text must be written between hide() and the next show().
class ProgressBar {
public:
  ProgressBar(uint64_t total, const char *unit);
  ~ProgressBar() { hide(); }
  ProgressBar(const ProgressBar &) = delete;
  ProgressBar &operator=(const ProgressBar &) = delete;

  /// `done` of the total; draws where the last drawing is a tenth of a second old or was hidden.
  void show(uint64_t done);
  void hide();

private:
  using Clock = std::chrono::steady_clock;
  uint64_t total;
  const char *unit;
  bool visible; ///< There is a terminal to draw on.
  bool drawn = false;
  Clock::time_point start = Clock::now(), last = {};
};

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_PROGRESS_H
