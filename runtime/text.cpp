#include "runtime/text.h"

#include <cstdio>

namespace bst {

void appendLiteral(std::string &out, const void *text) { out += static_cast<const char *>(text); }

std::string joinText(const TextPart *parts, size_t count) {
  std::string out;
  for (; count; --count, ++parts)
    parts->append(out, parts->part);
  return out;
}

void appendText(std::string &out, std::string_view part) { out += part; }
void appendText(std::string &out, int64_t part) { out += std::to_string(part); }
void appendText(std::string &out, uint64_t part) { out += std::to_string(part); }

void appendText(std::string &out, double part) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%g", part);
  out += buffer;
}

void appendText(std::string &out, const std::vector<int32_t> &part) {
  out += '[';
  for (size_t i = 0; i < part.size(); ++i) {
    if (i)
      out += ',';
    out += std::to_string(part[i]);
  }
  out += ']';
}

std::string quoted(std::string_view name) {
  constexpr size_t maxShown = 120;
  std::string out = "'";
  for (char c : name.substr(0, maxShown))
    out += uint8_t(c) < ' ' || c == 127 ? '?' : c; // char is unsigned on ARM.
  return out + (name.size() > maxShown ? "...'" : "'");
}

} // namespace bst
