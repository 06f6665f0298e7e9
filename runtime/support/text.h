#ifndef BST_RUNTIME_SUPPORT_TEXT_H
#define BST_RUNTIME_SUPPORT_TEXT_H

#include "runtime/support/status.h"

#include <bit>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// Building of error messages, without iostream. A message costs its caller a format, an array of
// numbers and a call; everything else is here once.
namespace bst {

/// A format, in which every "{}" stands for a part, and the parts. Refers to all of them.
struct Text {
  const char *format;
  const uint64_t *words; ///< TextKinds, then a word for every part.
};

/// Where text goes, piece by piece.
class TextSink {
public:
  virtual void append(std::string_view part) = 0;
  void print(Text text);

protected:
  ~TextSink() = default;
};

/// A part that describes something of the program: only where a message is really made.
class TextLabel {
public:
  virtual void describe(TextSink &out) const = 0;

protected:
  ~TextLabel() = default;
};

/// `name` in quotes; long ones are cut.
struct Quoted {
  std::string_view name;
};
inline Quoted quoted(std::string_view name) { return {name}; }

/// Makes a text fit for a terminal and for whoever parses it: what is no UTF-8, and control
/// characters and ends of lines, become '?'. Names come from files, and may be cut.
void makeOneLine(char *text, size_t length);

/// How the word of a part is read.
enum class TextKind : uint8_t {
  End,
  Signed,
  Unsigned,
  Real,   ///< The bits of a double; shown as by "%g".
  Chars,  ///< Address of the first, up to '\0'. From here on: addresses.
  View,   ///< std::string_view
  String, ///< std::string
  Quoted,
  Shape,   ///< std::vector<int32_t>, shown as "[1,3,640,640]".
  Extents, ///< std::span<const int32_t>, as Shape.
  Label,
  Text, ///< Another one.
};

// Not constexpr: the compiler names the one that it may not call.
void notAPartOfText();
void notOnePlaceForEachPart();

template <class Part> consteval TextKind textKind() {
  using P = std::decay_t<Part>;
  if (std::signed_integral<P>)
    return TextKind::Signed;
  if (std::unsigned_integral<P>)
    return TextKind::Unsigned;
  if (std::floating_point<P>)
    return TextKind::Real;
  if (std::is_convertible_v<P, const char *>)
    return TextKind::Chars;
  if (std::is_same_v<P, std::string_view>)
    return TextKind::View;
  if (std::is_same_v<P, std::string>)
    return TextKind::String;
  if (std::is_same_v<P, Quoted>)
    return TextKind::Quoted;
  if (std::is_same_v<P, std::vector<int32_t>>)
    return TextKind::Shape;
  if (std::is_same_v<P, std::span<const int32_t>>)
    return TextKind::Extents;
  if (std::is_same_v<P, Text>)
    return TextKind::Text;
  if (std::is_base_of_v<TextLabel, P>)
    return TextKind::Label;
  notAPartOfText();
  return TextKind::End;
}

/// Four bits per part, the first part lowest.
template <class... Parts> consteval uint64_t textKinds() {
  static_assert(sizeof...(Parts) < 16);
  uint64_t kinds = 0;
  int shift = 0;
  ((kinds |= uint64_t(textKind<Parts>()) << shift, shift += 4), ...);
  return kinds;
}

template <class Part> uint64_t textWord(const Part &part) {
  if constexpr (std::integral<Part>)
    return uint64_t(part);
  else if constexpr (std::floating_point<Part>)
    return std::bit_cast<uint64_t>(double(part));
  else if constexpr (std::is_convertible_v<Part, const char *>)
    return reinterpret_cast<uintptr_t>(static_cast<const char *>(part));
  else if constexpr (std::is_base_of_v<TextLabel, Part>)
    return reinterpret_cast<uintptr_t>(static_cast<const TextLabel *>(&part));
  else
    return reinterpret_cast<uintptr_t>(&part);
}

/// A literal with one "{}" for each part.
template <class... Parts> struct TextFormat {
  // NOLINTNEXTLINE(google-explicit-constructor): made of literals, as std::format_string is.
  consteval TextFormat(const char *format) : format(format) {
    size_t places = 0;
    for (const char *at = format; *at; ++at)
      places += at[0] == '{' && at[1] == '}';
    if (places != sizeof...(Parts))
      notOnePlaceForEachPart();
  }
  const char *format;
};

/// Appends the format with its parts.
template <class... Parts>
[[gnu::always_inline]] inline void appendText(TextSink &out,
                                              TextFormat<std::type_identity_t<Parts>...> format,
                                              const Parts &...parts) {
  const uint64_t words[] = {textKinds<Parts...>(), textWord(parts)...};
  out.print({format.format, words});
}

std::string joinText(Text text);

/// The format with its parts, as a string.
template <class... Parts>
[[gnu::always_inline]] inline std::string text(TextFormat<std::type_identity_t<Parts>...> format,
                                               const Parts &...parts) {
  const uint64_t words[] = {textKinds<Parts...>(), textWord(parts)...};
  return joinText({format.format, words});
}

/// A failure with that message.
template <class... Parts>
[[gnu::always_inline]] inline Status
failed(StatusCode code, TextFormat<std::type_identity_t<Parts>...> format, const Parts &...parts) {
  const uint64_t words[] = {textKinds<Parts...>(), textWord(parts)...};
  return Status(code, Text{format.format, words});
}

/// The most frequent of them: CorruptPackage.
template <class... Parts>
[[gnu::always_inline]] inline Status corrupt(TextFormat<std::type_identity_t<Parts>...> format,
                                             const Parts &...parts) {
  const uint64_t words[] = {textKinds<Parts...>(), textWord(parts)...};
  return Status(StatusCode::CorruptPackage, Text{format.format, words});
}

} // namespace bst

#endif // BST_RUNTIME_SUPPORT_TEXT_H
