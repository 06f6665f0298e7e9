// Mutates ONNX models as what they are, for the fuzzer: bytes alone would hardly ever leave a model
// that can be read. Values become extreme, or those of another field of the same type; nodes,
// initialisers, attributes and dimensions are removed, doubled and swapped.
#include <onnx/onnx_pb.h>

#include <google/protobuf/reflection.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

namespace {

constexpr const char *operators[] = {
#define BSTC_OP(kind, onnxType, name, family) onnxType,
#include "ir/ops.def"
};

/// A field that is set, or an element of one that is a list.
struct Place {
  Message *message;
  const FieldDescriptor *field;
  int index = -1; ///< -1: no list.
};

class Mutator {
public:
  Mutator(onnx::ModelProto &model, unsigned seed) : random(seed) { collect(model); }

  void run() {
    if (places.empty())
      return;
    const Place place = places[random() % places.size()];
    // Strings are the wiring, and few numbers matter as much: dimensions, attributes.
    if (place.index >= 0 && random() % 4 == 0)
      rearrange(place);
    else
      change(place);
  }

private:
  void collect(Message &message) {
    std::vector<const FieldDescriptor *> fields;
    const Reflection &r = *message.GetReflection();
    r.ListFields(message, &fields);
    constexpr int mostElements = 64; // Of one list: weights are not what this is about.
    for (const FieldDescriptor *field : fields) {
      const bool nested = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      if (!field->is_repeated()) {
        if (nested)
          collect(*r.MutableMessage(&message, field));
        else
          places.push_back({&message, field});
        continue;
      }
      for (int i = 0; i < std::min(r.FieldSize(message, field), mostElements); ++i) {
        places.push_back({&message, field, i});
        if (nested)
          collect(*r.MutableRepeatedMessage(&message, field, i));
      }
    }
  }

  /// Removes an element of a list, doubles it, or swaps it with another.
  void rearrange(const Place &place) {
    const Reflection &r = *place.message->GetReflection();
    const int last = r.FieldSize(*place.message, place.field) - 1;
    switch (random() % 3) {
    case 0:
      r.SwapElements(place.message, place.field, place.index, last);
      r.RemoveLast(place.message, place.field);
      return;
    case 1:
      if (place.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const auto copied = std::unique_ptr<Message>(
            r.GetRepeatedMessage(*place.message, place.field, place.index).New());
        copied->CopyFrom(r.GetRepeatedMessage(*place.message, place.field, place.index));
        r.AddMessage(place.message, place.field)->CopyFrom(*copied);
        return;
      }
      [[fallthrough]];
    default:
      r.SwapElements(place.message, place.field, place.index, int(random() % unsigned(last + 1)));
    }
  }

  void change(const Place &place) {
    switch (place.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return set<int32_t>(place, &Reflection::SetInt32, &Reflection::SetRepeatedInt32,
                          int32_t(integer()));
    case FieldDescriptor::CPPTYPE_INT64:
      return set<int64_t>(place, &Reflection::SetInt64, &Reflection::SetRepeatedInt64, integer());
    case FieldDescriptor::CPPTYPE_UINT64:
      return set<uint64_t>(place, &Reflection::SetUInt64, &Reflection::SetRepeatedUInt64,
                           uint64_t(integer()));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return set<float>(place, &Reflection::SetFloat, &Reflection::SetRepeatedFloat, float(real()));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return set<double>(place, &Reflection::SetDouble, &Reflection::SetRepeatedDouble, real());
    case FieldDescriptor::CPPTYPE_ENUM:
      return set<int>(place, &Reflection::SetEnumValue, &Reflection::SetRepeatedEnumValue,
                      int(random() % 20));
    case FieldDescriptor::CPPTYPE_STRING:
      return set<std::string>(place, &Reflection::SetString, &Reflection::SetRepeatedString,
                              text(place));
    default:
      return;
    }
  }

  template <class T, class Set, class SetRepeated>
  void set(const Place &place, Set single, SetRepeated repeated, T value) {
    const Reflection &r = *place.message->GetReflection();
    if (place.index < 0)
      (r.*single)(place.message, place.field, std::move(value));
    else
      (r.*repeated)(place.message, place.field, place.index, std::move(value));
  }

  int64_t integer() {
    constexpr int64_t edges[] = {std::numeric_limits<int64_t>::min(),
                                 std::numeric_limits<int64_t>::max(),
                                 std::numeric_limits<int32_t>::min(),
                                 std::numeric_limits<int32_t>::max(),
                                 int64_t(1) << 32,
                                 1 << 16,
                                 1000,
                                 255,
                                 64};
    const unsigned kind = random() % 4;
    return kind == 0 ? edges[random() % std::size(edges)] : int64_t(random() % 12) - 3;
  }

  double real() {
    constexpr double edges[] = {std::numeric_limits<double>::infinity(),
                                -std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::quiet_NaN(),
                                1e38,
                                1e-38,
                                1e-45,
                                0.0,
                                -0.0,
                                -1,
                                1};
    const unsigned kind = random() % 2;
    return kind == 0 ? edges[random() % std::size(edges)] : (double(random() % 2001) - 1000) / 64;
  }

  /// An operator's type becomes another's; a name, one that is there; else the bytes are mutated.
  std::string text(const Place &place) {
    if (place.field->name() == "op_type")
      return operators[random() % std::size(operators)];
    const Place &other = places[random() % places.size()];
    const bool isText = other.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    std::string value = stringAt(place);
    if (place.field->type() == FieldDescriptor::TYPE_STRING && isText)
      return stringAt(other);
    const size_t size = value.size(), most = size + 16;
    value.resize(most);
    value.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t *>(value.data()), size, most));
    return value;
  }

  static std::string stringAt(const Place &place) {
    const Reflection &r = *place.message->GetReflection();
    return place.index < 0 ? r.GetString(*place.message, place.field)
                           : r.GetRepeatedString(*place.message, place.field, place.index);
  }

  std::minstd_rand random;
  std::vector<Place> places;
};

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize,
                                          unsigned seed) {
  std::minstd_rand random(seed);
  onnx::ModelProto model;
  if (random() % 8 == 0 || !model.ParseFromArray(data, int(size)))
    return LLVMFuzzerMutate(data, size, maxSize);
  for (unsigned change = 0, changes = 1 + random() % 3; change < changes; ++change)
    Mutator(model, unsigned(random())).run();
  const size_t mutated = model.ByteSizeLong();
  if (mutated > maxSize)
    return LLVMFuzzerMutate(data, size, maxSize);
  model.SerializePartialToArray(data, int(mutated));
  return mutated;
}
