#include "tests/kernels/problem.h"

#include "tests/kernels/families.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <sstream>

namespace bst::problems {
namespace {

struct TypeName {
  DType dtype;
  const char *text;
};
constexpr TypeName typeNames[] = {
    {DType::F32, "f32"}, {DType::S32, "s32"}, {DType::S8, "s8"}, {DType::U8, "u8"}};

const Field *findField(const Family &family, const std::string &name) {
  for (const Field &field : family.fields)
    if (field.name == name)
      return &field;
  return nullptr;
}

/// "s8u8f32" -> types; false where the text is something else.
bool parseTypes(const std::string &text, std::vector<DType> &types) {
  for (size_t at = 0; at < text.size();) {
    const auto *found = std::find_if(std::begin(typeNames), std::end(typeNames), [&](TypeName t) {
      return text.compare(at, std::string(t.text).size(), t.text) == 0;
    });
    if (found == std::end(typeNames))
      return false;
    types.push_back(found->dtype);
    at += std::string(found->text).size();
  }
  return !types.empty();
}

/// "1x-3x8" -> numbers; false where the text is something else.
bool parseNumbers(const std::string &text, std::vector<int64_t> &numbers) {
  const char *at = text.data(), *end = at + text.size();
  while (true) {
    int64_t value = 0;
    const auto [stop, code] = std::from_chars(at, end, value);
    if (code != std::errc())
      return false;
    numbers.push_back(value);
    if (stop == end)
      return true;
    if (*stop != 'x')
      return false;
    at = stop + 1;
  }
}

/// Reads one token such as "ic16" into `problem`; returns what is wrong with it, or nothing.
std::string parseToken(const std::string &token, Problem &problem) {
  const auto isLetter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const auto split = std::find_if_not(token.begin(), token.end(), isLetter);
  const std::string name(token.begin(), split);
  const Field *field = findField(*problem.family, name);
  if (!field) {
    std::string known;
    for (const Field &each : problem.family->fields)
      known += std::string(" ") + each.name;
    return "'" + token + "': no such field; " + problem.family->name + " has" + known;
  }
  std::vector<int64_t> values;
  if (!parseNumbers(std::string(split, token.end()), values) || values.size() > field->longest)
    return "'" + token + "': expected " +
           (field->longest == 1 ? "one number" : "numbers joined by 'x'") + " after " + name;
  for (int64_t value : values)
    if (value < field->least || value > field->most)
      return "'" + token + "': " + name + " must be in [" + std::to_string(field->least) + ", " +
             std::to_string(field->most) + "]";
  problem.set(name, values);
  return {};
}

} // namespace

const std::vector<int64_t> &Problem::list(const std::string &field) const {
  const auto found = fields.find(field);
  return found != fields.end() ? found->second : findField(*family, field)->fallback;
}

void Problem::set(const std::string &field, std::vector<int64_t> values) {
  if (values == findField(*family, field)->fallback)
    fields.erase(field);
  else
    fields[field] = std::move(values);
}

std::string Problem::text() const {
  std::ostringstream line;
  line << family->name << ' ';
  for (DType type : types)
    for (TypeName each : typeNames)
      if (each.dtype == type)
        line << each.text;
  for (const Field &field : family->fields) {
    const auto found = fields.find(field.name);
    if (found == fields.end() || found->second.empty())
      continue;
    line << ' ' << field.name;
    for (size_t k = 0; k < found->second.size(); ++k)
      line << (k ? "x" : "") << found->second[k];
  }
  return line.str();
}

std::optional<Problem> parseProblem(const std::string &text, std::string &error) {
  std::istringstream words(text);
  std::string name, types, token;
  words >> name >> types;
  Problem problem;
  for (const Family &family : families())
    if (family.name == name)
      problem.family = &family;
  if (!problem.family) {
    error = "'" + name + "': no such command; there are";
    for (const Family &family : families())
      error += std::string(" ") + family.name;
    return std::nullopt;
  }
  if (!parseTypes(types, problem.types)) {
    error = "'" + types + "': expected element types (s8, u8, s32, f32) such as s8u8";
    return std::nullopt;
  }
  while (words >> token) {
    error = parseToken(token, problem);
    if (!error.empty())
      return std::nullopt;
  }
  return problem;
}

const std::vector<Family> &families() {
  // The order of bst::Params.
  static const std::vector<Family> all = {
      convFamily(),        lutFamily(),          addFamily(),         mulFamily(),
      concatFamily(),      maxPoolFamily(),      resizeFamily(),      quantizeFamily(),
      dequantizeFamily(),  floatConvFamily(),    floatUnaryFamily(),  floatBinaryFamily(),
      transposeFamily(),   sliceFamily(),        floatConcatFamily(), floatPoolFamily(),
      floatResizeFamily(), softmaxFamily(),      matMulFamily(),      yoloDecodeFamily(),
      averagePoolFamily(), floatPadFamily(),     lrnFamily(),         nmsFamily(),
      pictureFamily(),     floatPictureFamily(), nv12Family(),        detectFamily()};
  return all;
}

} // namespace bst::problems
