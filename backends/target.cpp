#include "backends/target.h"

#include "backends/target_builtin.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <variant>

namespace bstc {
namespace {

using llvm::StringRef;

/// One row of the schema: where a field of the file goes, and what it may be.
struct FieldRow {
  const char *section, *key, *unit;
  double least, greatest;
  std::variant<int64_t *, double *> slot; ///< An int64_t slot takes whole numbers only.
};

std::vector<FieldRow> schemaOf(Target &t) {
  constexpr double cycles = 1e9, bytes = 1e12, clock = 1e5;
  return {
      {"maca", "macs_per_cycle", "MAC/cycle", 1, 1e9, &t.maca.macsPerCycle},
      {"maca", "pixel_quantum", "pixels", 1, 1e6, &t.maca.pixelQuantum},
      {"maca", "out_channel_quantum", "channels", 1, 1e6, &t.maca.outChannelQuantum},
      {"maca", "in_channel_quantum", "channels", 1, 1e6, &t.maca.inChannelQuantum},
      {"maca", "depthwise_group", "channels", 1, 1e6, &t.maca.depthwiseGroup},
      {"maca", "stride_factor", "ratio", 1, 1e3, &t.maca.strideFactor},
      {"maca", "clock_mhz", "MHz", 1, clock, &t.maca.clockMHz},
      {"maca", "data_memory_bytes", "bytes", 1, bytes, &t.maca.dataMemoryBytes},
      {"maca", "weight_memory_bytes", "bytes", 1, bytes, &t.maca.weightMemoryBytes},
      {"maca", "weight_bytes_per_cycle", "bytes/cycle", 1, 1e6, &t.maca.weightBytesPerCycle},
      {"maca", "command_cycles", "cycles", 0, cycles, &t.maca.commandCycles},
      {"edp", "bytes_per_cycle", "bytes/cycle", 1, 1e6, &t.edp.bytesPerCycle},
      {"edp", "clock_mhz", "MHz", 1, clock, &t.edp.clockMHz},
      {"edp", "command_cycles", "cycles", 0, cycles, &t.edp.commandCycles},
      {"dsp", "flops_per_cycle", "flop/cycle", 1, 1e6, &t.dsp.flopsPerCycle},
      {"dsp", "transcendental_flops", "flop", 1, 1e6, &t.dsp.transcendentalFlops},
      {"dsp", "clock_mhz", "MHz", 1, clock, &t.dsp.clockMHz},
      {"dsp", "command_cycles", "cycles", 0, cycles, &t.dsp.commandCycles},
      {"dram", "bytes_per_cycle", "bytes/cycle", 1, 1e6, &t.dram.bytesPerCycle},
      {"dram", "gigabytes_per_second", "GB/s", 0.001, 1e6, &t.dram.gigabytesPerSecond},
  };
}

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
    Target target;
    if (llvm::Error error = readTexts(*root, target))
      return error;
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
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "target description " + source + ": " + what);
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
    const std::string key = std::string(row.section) + "." + row.key;
    if (!entry)
      return fail("missing field '" + key + "'");
    const llvm::json::Object *object = entry->getAsObject();
    if (!object)
      return fail("field '" + key + "' must be an object with value, unit, origin and source");
    for (const auto &part : *object)
      if (!llvm::StringSwitch<bool>(StringRef(part.first))
               .Cases("value", "unit", "origin", "source", true)
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
    if (!(*value >= row.least && *value <= row.greatest))
      return fail(llvm::formatv("field '{0}': value {1} is outside {2} to {3} {4}", field.key,
                                number(*value), number(row.least), number(row.greatest), row.unit));
    if (const auto *slot = std::get_if<int64_t *>(&row.slot)) {
      if (*value != std::floor(*value))
        return fail("field '" + field.key + "': value " + number(*value) +
                    " must be a whole number");
      **slot = int64_t(*value);
    } else {
      *std::get<double *>(row.slot) = *value;
    }
    field.value = *value;
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

  static std::string number(double value) {
    std::string text;
    llvm::raw_string_ostream(text) << llvm::format("%.12g", value);
    return text;
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

llvm::Expected<Target> loadTarget(StringRef nameOrPath) {
  for (const BuiltinTarget &target : builtinTargetTable())
    if (nameOrPath == target.name)
      return parseTarget(target.json, target.name);
  // A name without suffix or folder was not meant as a file: say which names there are.
  if (!nameOrPath.contains('/') && !nameOrPath.endswith(".json"))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "unknown target '" + nameOrPath +
                                       "' (known: " + llvm::join(builtinTargets(), ", ") +
                                       "; or the path of a .json file)");
  auto file = llvm::MemoryBuffer::getFile(nameOrPath);
  if (!file)
    return llvm::createStringError(file.getError(), "cannot read target description " + nameOrPath +
                                                        ": " + file.getError().message());
  return parseTarget((*file)->getBuffer(), nameOrPath);
}

} // namespace bstc
