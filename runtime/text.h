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

/// The parts in one string.
template <class... Parts> std::string text(const Parts &...parts) {
  std::string out;
  auto append = [&out]<class Part>(const Part &part) {
    if constexpr (std::signed_integral<Part>)
      appendText(out, int64_t(part));
    else if constexpr (std::unsigned_integral<Part>)
      appendText(out, uint64_t(part));
    else
      appendText(out, part);
  };
  (append(parts), ...);
  return out;
}

/// `name` in quotes, fit for a terminal: control characters become '?', long names are cut. Names
/// come from files, so they can hold anything.
std::string quoted(std::string_view name);

} // namespace bst

#endif // BST_RUNTIME_TEXT_H
