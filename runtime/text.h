#ifndef BST_RUNTIME_TEXT_H
#define BST_RUNTIME_TEXT_H

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Building of error messages: internal to the runtime, which does without iostream.
namespace bst {

void appendText(std::string &out, std::string_view part);
void appendText(std::string &out, int64_t part);
void appendText(std::string &out, uint64_t part);
void appendText(std::string &out, double part);
/// A shape as "[1,3,640,640]".
void appendText(std::string &out, const std::vector<int32_t> &part);

/// A part of a text, its type forgotten: so that making a message costs its caller an array and a
/// call, not a chain of appends. Refers to the part.
struct TextPart {
  void (*append)(std::string &out, const void *part);
  const void *part;
};

template <class Part> void appendPart(std::string &out, const void *part) {
  const auto &value = *static_cast<const Part *>(part);
  if constexpr (std::signed_integral<Part>)
    appendText(out, int64_t(value));
  else if constexpr (std::unsigned_integral<Part>)
    appendText(out, uint64_t(value));
  else
    appendText(out, value);
}
void appendLiteral(std::string &out, const void *text);

template <class Part> TextPart textPart(const Part &part) { return {appendPart<Part>, &part}; }
template <size_t size> TextPart textPart(const char (&literal)[size]) {
  return {appendLiteral, literal};
}

std::string joinText(const TextPart *parts, size_t count);

/// The parts in one string.
template <class... Parts> std::string text(const Parts &...parts) {
  const TextPart list[] = {textPart(parts)...};
  return joinText(list, sizeof...(parts));
}

/// `name` in quotes, fit for a terminal: control characters become '?', long names are cut. Names
/// come from files, so they can hold anything.
std::string quoted(std::string_view name);

} // namespace bst

#endif // BST_RUNTIME_TEXT_H
