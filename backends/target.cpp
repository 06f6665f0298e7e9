#include "backends/target.h"

#include "backends/target_builtin.h"
#include "backends/target_schema.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <set>

namespace bstc {
namespace {

using llvm::StringRef;

/// A key that an object of a JSON text (a valid one) has twice, of which a parser keeps one in
/// silence; empty: there is none.
std::string repeatedKey(StringRef json) {
  std::vector<std::set<std::string>> objects;
  for (size_t at = 0; at < json.size(); ++at) {
    if (json[at] == '{')
      objects.emplace_back();
    else if (json[at] == '}')
      objects.pop_back();
    if (json[at] != '"')
      continue;
    const size_t begin = ++at;
    while (json[at] != '"')
      at += json[at] == '\\' ? 2 : 1;
    const std::string text = json.slice(begin, at).str();
    const bool isKey = json.drop_front(at + 1).ltrim().startswith(":");
    if (isKey && !objects.back().insert(text).second)
      return text;
  }
  return "";
}

bool isNameCharacter(char c) { return llvm::isAlnum(c) || c == '-' || c == '_' || c == '.'; }

/// Reads one description; every message starts with its source.
class Reader {
public:
  explicit Reader(StringRef source) : source(source) {}

  llvm::Expected<Target> read(StringRef text) {
    llvm::Expected<llvm::json::Value> json = llvm::json::parse(text);
    if (!json)
      return fail("malformed JSON: " + llvm::toString(json.takeError()));
    const llvm::json::Object *root = json->getAsObject();
    if (!root)
      return fail("the description must be a JSON object");
    if (const std::string key = repeatedKey(text); !key.empty())
      return fail("'" + key + "' is there twice in one object");
    Target target;
    if (llvm::Error error = readTexts(*root, target))
      return error;
    if (!llvm::all_of(target.name, isNameCharacter))
      return fail("'name' may have letters, digits, '-', '_' and '.' only");
    std::vector<FieldRow> schema = schemaOf(target);
    if (llvm::Error error = rejectUnknown(*root, schema))
      return error;
    for (const FieldRow &row : schema)
      if (llvm::Error error = readField(*root, row, target))
        return error;
    return target;
  }

private:
  llvm::Error fail(const llvm::Twine &what) const {
    return makeError(Code::BadTarget, "target description " + source + ": " + what);
  }

  llvm::Error readTexts(const llvm::json::Object &root, Target &target) const {
    for (auto [key, text] :
         {std::pair("name", &target.name), {"description", &target.description}}) {
      llvm::Optional<StringRef> value = root.getString(key);
      if (!value || value->empty())
        return fail(llvm::formatv("missing '{0}' (a text)", key));
      *text = value->str();
    }
    return llvm::Error::success();
  }

  llvm::Error rejectUnknown(const llvm::json::Object &root, llvm::ArrayRef<FieldRow> schema) const {
    for (const auto &[section, contents] : root) {
      StringRef name(section);
      if (name == "name" || name == "description")
        continue;
      if (llvm::none_of(schema, [&](const FieldRow &row) { return name == row.section; }))
        return fail("unknown section '" + name + "'");
      const llvm::json::Object *object = contents.getAsObject();
      if (!object)
        return fail("section '" + name + "' must be an object");
      for (const auto &entry : *object)
        if (llvm::none_of(schema, [&](const FieldRow &row) {
              return name == row.section && StringRef(entry.first) == row.key;
            }))
          return fail("unknown field '" + name + "." + StringRef(entry.first) + "'");
    }
    return llvm::Error::success();
  }

  llvm::Error readField(const llvm::json::Object &root, const FieldRow &row, Target &target) const {
    const llvm::json::Object *section = root.getObject(row.section);
    const llvm::json::Value *entry = section ? section->get(row.key) : nullptr;
    const std::string key = row.name();
    if (!entry)
      return fail("missing field '" + key + "'");
    const llvm::json::Object *object = entry->getAsObject();
    if (!object)
      return fail("field '" + key + "' must be an object with value, unit, origin and source");
    for (const auto &part : *object)
      if (!llvm::StringSwitch<bool>(StringRef(part.first))
               .Cases("value", "unit", "origin", "source", "low", "high", true)
               .Default(false))
        return fail("field '" + key + "': unknown entry '" + StringRef(part.first) + "'");
    TargetField field;
    field.key = key;
    if (llvm::Error error = readValue(*object, row, field))
      return error;
    if (llvm::Error error = readOrigin(*object, row, field))
      return error;
    target.fields.push_back(std::move(field));
    return llvm::Error::success();
  }

  llvm::Error readValue(const llvm::json::Object &object, const FieldRow &row,
                        TargetField &field) const {
    llvm::Optional<double> value = object.getNumber("value");
    if (!value)
      return fail("field '" + field.key + "': 'value' must be a number");
    if (llvm::Error error = storeValue(row, *value))
      return fail(llvm::toString(std::move(error)));
    field.value = field.low = field.high = *value;
    field.moreIsFaster = row.moreIsFaster;
    field.decides = row.decides;
    return readRange(object, row, field);
  }

  /// `low` and `high`: both or none, around the value.
  llvm::Error readRange(const llvm::json::Object &object, const FieldRow &row,
                        TargetField &field) const {
    if (!object.get("low") && !object.get("high"))
      return llvm::Error::success();
    const llvm::Optional<double> low = object.getNumber("low"), high = object.getNumber("high");
    if (!low || !high)
      return fail("field '" + field.key + "': 'low' and 'high' must both be numbers");
    if (!(row.least <= *low && *low <= field.value && field.value <= *high &&
          *high <= row.greatest))
      return fail("field '" + field.key +
                  "': the value must lie in 'low' to 'high', and both must be allowed values");
    if (*low < *high && row.decides == Decides::Commands)
      return fail("field '" + field.key +
                  "': a network is compiled for one value of it, so it takes no 'low' and 'high': "
                  "profile two descriptions");
    field.low = *low;
    field.high = *high;
    return llvm::Error::success();
  }

  llvm::Error readOrigin(const llvm::json::Object &object, const FieldRow &row,
                         TargetField &field) const {
    const StringRef unit = object.getString("unit").getValueOr("");
    if (unit != row.unit)
      return fail("field '" + field.key + "': unit is '" + unit + "', expected '" + row.unit + "'");
    field.unit = unit.str();
    const StringRef origin = object.getString("origin").getValueOr("");
    constexpr Origin origins[] = {Origin::Stated, Origin::Derived, Origin::Assumed};
    const Origin *found = llvm::find_if(origins, [&](Origin o) { return origin == originName(o); });
    if (found == std::end(origins))
      return fail("field '" + field.key + "': origin is '" + origin +
                  "', expected stated, derived or assumed");
    field.origin = *found;
    field.source = object.getString("source").getValueOr("").str();
    if (field.source.empty())
      return fail("field '" + field.key + "': 'source' must say where the value comes from");
    return llvm::Error::success();
  }

  std::string source;
};

} // namespace

const char *originName(Origin origin) {
  switch (origin) {
  case Origin::Stated:
    return "stated";
  case Origin::Derived:
    return "derived";
  case Origin::Assumed:
    return "assumed";
  case Origin::Set:
    return "set";
  }
  return "";
}

std::vector<std::string> builtinTargets() {
  std::vector<std::string> names;
  for (const BuiltinTarget &target : builtinTargetTable())
    names.push_back(target.name);
  return names;
}

llvm::Expected<Target> parseTarget(StringRef json, StringRef source) {
  return Reader(source).read(json);
}

llvm::Error applySettings(Target &target, llvm::ArrayRef<std::string> settings) {
  for (StringRef setting : settings) {
    const auto [name, text] = setting.split('=');
    const std::vector<FieldRow> schema = schemaOf(target);
    const auto fail = [&](const llvm::Twine &what) {
      return makeError(Code::BadSetting, "target setting '" + setting + "': " + what);
    };
    llvm::Expected<const FieldRow *> row = findField(schema, name);
    if (!row)
      return fail(llvm::toString(row.takeError()));
    double value;
    if (text.getAsDouble(value))
      return fail("expected FIELD=NUMBER");
    if (llvm::Error error = storeValue(**row, value))
      return fail(llvm::toString(std::move(error)));
    TargetField &field = target.fields[size_t(*row - schema.data())];
    field.value = field.low = field.high = value;
    field.origin = Origin::Set;
    field.source = "Set by the user";
    target.name += "," + field.key + "=" + text.str();
  }
  return llvm::Error::success();
}

void setField(Target &target, size_t index, double value) {
  llvm::cantFail(storeValue(schemaOf(target)[index], value));
  target.fields[index].value = value;
}

double nearestAllowed(const Target &target, size_t index, double value) {
  Target scratch = target;
  const FieldRow row = schemaOf(scratch)[index];
  const bool whole = !std::holds_alternative<double *>(row.slot);
  return std::clamp(whole ? std::round(value) : value, row.least, row.greatest);
}

bool sameNumbers(const Target &a, const Target &b) {
  return std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(),
                    [](const TargetField &x, const TargetField &y) {
                      return x.key == y.key && x.value == y.value;
                    });
}

/// A built-in description with the settings that follow its name.
static llvm::Expected<Target> loadBuiltin(const BuiltinTarget &builtin, StringRef settings) {
  llvm::Expected<Target> target = parseTarget(builtin.json, builtin.name);
  if (!target || settings.empty())
    return target;
  llvm::SmallVector<StringRef, 4> parts;
  settings.split(parts, ',');
  std::vector<std::string> texts;
  for (StringRef part : parts)
    texts.push_back(part.str());
  if (llvm::Error error = applySettings(*target, texts))
    return error;
  return target;
}

llvm::Expected<Target> loadBuiltinTarget(StringRef name) {
  for (const BuiltinTarget &target : builtinTargetTable())
    if (name.split(',').first == target.name)
      return loadBuiltin(target, name.split(',').second);
  return makeError(Code::UnknownTarget, "unknown target '" + name +
                                            "' (known: " + llvm::join(builtinTargets(), ", ") +
                                            "; or the path of a .json file)");
}

llvm::Expected<Target> loadTarget(StringRef nameOrPath) {
  // A name without suffix or folder was not meant as a file: say which names there are.
  const StringRef first = nameOrPath.split(',').first;
  if (llvm::is_contained(builtinTargets(), first) ||
      (!nameOrPath.contains('/') && !nameOrPath.endswith(".json")))
    return loadBuiltinTarget(nameOrPath);
  auto file = llvm::MemoryBuffer::getFile(nameOrPath);
  if (!file)
    return makeError(Code::TargetUnreadable, "cannot read target description " + nameOrPath + ": " +
                                                 file.getError().message());
  return parseTarget((*file)->getBuffer(), nameOrPath);
}

} // namespace bstc
