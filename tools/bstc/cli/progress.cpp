#include "tools/bstc/cli/progress.h"

#include "tools/bstc/cli/terminal.h"

#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace bstc {

/// "3 s", "4:05", "2:03:04".
static std::string duration(double seconds) {
  const auto whole = unsigned(std::min(seconds, 359999.0) + 0.5);
  char text[32] = {};
  if (whole < 60)
    std::snprintf(text, sizeof text, "%u s", whole);
  else if (whole < 3600)
    std::snprintf(text, sizeof text, "%u:%02u", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

std::string progressLine(uint64_t done, uint64_t total, double seconds, const char *unit,
                         unsigned columns) {
  const std::string count = std::to_string(done) + "/" + std::to_string(total);
  char end[96] = {};
  const auto percent = unsigned(total ? done * 100 / total : 100);
  if (done > 0 && seconds > 0) {
    const double rate = double(done) / seconds;
    std::snprintf(end, sizeof end, " %3u%%  %.1f %s/s, %s left", percent, rate, unit,
                  duration(double(total - done) / rate).c_str());
  } else {
    std::snprintf(end, sizeof end, " %3u%%", percent);
  }
  // What is left of the line is the bar's, up to 40 characters; a narrow line has none.
  const size_t used = count.size() + std::strlen(end) + 3;
  std::string line = count;
  if (columns > used + 8) {
    const size_t width = std::min<size_t>(40, columns - used - 1);
    const size_t filled = total ? size_t(done * width / total) : width;
    line += " [" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
  }
  line += end;
  if (columns > 0 && line.size() >= columns)
    line.resize(columns - 1);
  return line;
}

ProgressBar::ProgressBar(uint64_t total, const char *unit)
    : total(total), unit(unit),
      visible(llvm::sys::Process::StandardErrIsDisplayed() && !isDumbTerminal()) {}

void ProgressBar::show(uint64_t done) {
  const Clock::time_point now = Clock::now();
  if (!visible || (drawn && now - last < std::chrono::milliseconds(100)))
    return;
  const double seconds = std::chrono::duration<double>(now - start).count();
  const auto columns = unsigned(terminalWidth(llvm::errs()));
  llvm::errs() << '\r' << progressLine(done, total, seconds, unit, columns ? columns : 80)
               << "\x1b[K";
  drawn = true;
  last = now;
}

void ProgressBar::hide() {
  if (drawn)
    llvm::errs() << "\r\x1b[K";
  drawn = false;
}

} // namespace bstc
