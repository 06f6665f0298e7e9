#include "vision/image/run_length_mask.h"

#include <algorithm>
#include <cassert>

namespace bstc {

void RunLengthMask::append(bool inside, uint32_t length) {
  if (length == 0)
    return;
  if (counts.empty() && inside)
    counts.push_back(0);
  const bool lastInside = counts.size() % 2 == 0;
  if (!counts.empty() && lastInside == inside)
    counts.back() += length;
  else
    counts.push_back(length);
}

uint64_t RunLengthMask::area() const {
  uint64_t sum = 0;
  for (size_t run = 1; run < counts.size(); run += 2)
    sum += counts[run];
  return sum;
}

std::vector<uint8_t> RunLengthMask::pixels() const {
  std::vector<uint8_t> rows(size_t(width) * size_t(height));
  size_t at = 0;
  for (size_t run = 0; run < counts.size(); ++run)
    for (uint32_t i = 0; i < counts[run]; ++i, ++at)
      if (run % 2)
        rows[at % size_t(height) * size_t(width) + at / size_t(height)] = 1;
  return rows;
}

std::string RunLengthMask::cocoText() const {
  std::string text;
  for (size_t run = 0; run < counts.size(); ++run) {
    int64_t rest = int64_t(counts[run]) - (run > 2 ? int64_t(counts[run - 2]) : 0);
    for (bool more = true; more;) {
      int digit = int(rest & 0x1f);
      rest >>= 5;
      more = (digit & 0x10) != 0 ? rest != -1 : rest != 0;
      text.push_back(char(digit + (more ? 0x20 : 0) + '0'));
    }
  }
  return text;
}

std::vector<uint32_t> runsOfCocoText(std::string_view text) {
  std::vector<uint32_t> runs;
  size_t at = 0;
  while (at < text.size()) {
    int64_t value = 0;
    int shift = 0;
    for (bool more = true; more; shift += 5) {
      const int digit = at < text.size() ? text[at++] - '0' : -1;
      if (digit < 0 || digit > 63 || shift > 30)
        return {};
      value |= int64_t(digit & 31) << shift;
      more = digit & 32;
      if (!more && (digit & 16))
        value |= -(int64_t(1) << (shift + 5));
    }
    if (runs.size() > 2)
      value += runs[runs.size() - 2];
    if (value < 0 || value > UINT32_MAX)
      return {};
    runs.push_back(uint32_t(value));
  }
  return runs;
}

double intersectionOverUnion(const RunLengthMask &a, const RunLengthMask &b) {
  assert(a.width == b.width && a.height == b.height);
  uint64_t both = 0;
  size_t i = 0, j = 0;
  uint32_t restA = a.counts.empty() ? 0 : a.counts[0], restB = b.counts.empty() ? 0 : b.counts[0];
  while (i < a.counts.size() && j < b.counts.size()) {
    const uint32_t step = std::min(restA, restB);
    if (i % 2 && j % 2)
      both += step;
    if ((restA -= step) == 0 && ++i < a.counts.size())
      restA = a.counts[i];
    if ((restB -= step) == 0 && ++j < b.counts.size())
      restB = b.counts[j];
  }
  const uint64_t either = a.area() + b.area() - both;
  return either > 0 ? double(both) / double(either) : 0;
}

} // namespace bstc
