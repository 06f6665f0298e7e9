// Constants: of decodes, which the network's families name, and of other operators.
#include "diagnose/diff/finders.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

namespace bstc::diagnose {
namespace {

std::string listText(llvm::ArrayRef<float> values) {
  return llvm::join(llvm::map_range(values, [](float value) { return numberText(value); }), ",");
}

/// Floats that mean the same: exporters compute them in one order or another.
bool same(llvm::ArrayRef<float> a, llvm::ArrayRef<float> b) {
  if (a.size() != b.size())
    return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!(std::fabs(a[i] - b[i]) <= 1e-4f * std::max(std::fabs(a[i]), std::fabs(b[i]))))
      return a[i] == b[i];
  return true;
}

/// The levels of `values` in the reverse order.
std::vector<float> levelsReversed(llvm::ArrayRef<float> values, size_t levels) {
  std::vector<float> reversed;
  const size_t each = levels ? values.size() / levels : 0;
  for (size_t level = levels; level-- > 0;)
    llvm::append_range(reversed, values.slice(level * each, each));
  return reversed;
}

/// What is known of a change of anchors or strides, beside the numbers.
std::string relationText(llvm::ArrayRef<float> a, llvm::ArrayRef<float> b, size_t levels) {
  if (levels > 1 && same(levelsReversed(a, levels), b))
    return ": A's levels in the reverse order";
  if (a.size() != b.size() || a.empty())
    return "";
  std::vector<float> scaled;
  for (const float value : a)
    scaled.push_back(value * b[0] / a[0]);
  return same(scaled, b) ? ": A's times " + numberText(b[0] / a[0]) : "";
}

struct Describe {
  const Place &place;
  std::string where;
  Changes &changes;

  void add(const std::string &what) const {
    changes.push_back({EditKind::DecodeChanged, place, where + " has other " + what, what, ""});
  }
  void numbers(const char *what, llvm::ArrayRef<float> a, llvm::ArrayRef<float> b,
               size_t levels) const {
    if (!same(a, b))
      add(std::string(what) + relationText(a, b, levels) + " (" + listText(a) + " in A, " +
          listText(b) + " in B)");
  }
  void count(const char *what, double a, double b) const {
    if (a != b)
      add(std::string(what) + " (" + numberText(a) + " in A, " + numberText(b) + " in B)");
  }
  void decode(const YoloDecodeAttrs &a, const YoloDecodeAttrs &b) const {
    numbers("anchors", a.anchors, b.anchors, a.strides.size());
    numbers("strides", a.strides, b.strides, a.strides.size());
    count("numbers of classes", double(a.classes), double(b.classes));
    count("numbers of mask coefficients", double(a.masks), double(b.masks));
  }
  void suppression(const NmsAttrs &a, const NmsAttrs &b) const {
    count("confidence thresholds", a.confidence, b.confidence);
    count("IoU thresholds", a.iou, b.iou);
    count("limits of detections", double(a.maxDetections), double(b.maxDetections));
  }
};

std::vector<float> floatsOf(const TensorData &data) {
  std::vector<float> values(size_t(data.type.count()));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = float(data.at(int64_t(i)));
  return values;
}

/// A constant operand that has other numbers; of one that follows from the image's size, nothing.
void compareConstants(const Compared &compared, const Place &place, Changes &changes) {
  const Layer &x = compared.a.layers[size_t(place.a)], &y = compared.b.layers[size_t(place.b)];
  if (kindOf(x.op) == OpKind::Reshape || kindOf(x.op) == OpKind::Resize)
    return;
  for (size_t k = 0; k < std::min(x.inputs.size(), y.inputs.size()); ++k) {
    const TensorDataRef &a = x.inputs[k].constant, &b = y.inputs[k].constant;
    if (!a || !b || (a->type.shape != b->type.shape && compared.otherSize()))
      continue;
    const std::vector<float> inA = floatsOf(*a), inB = floatsOf(*b);
    if (same(inA, inB))
      continue;
    constexpr size_t most = 4;
    std::string text = layerText(compared.b, place.b) + " gets another constant";
    if (inA.size() <= most && inB.size() <= most)
      text += " (" + listText(inA) + " in A, " + listText(inB) + " in B)";
    else
      text += relationText(inA, inB, 0);
    changes.push_back({EditKind::ConstantChanged, place, text, text, ""});
  }
}

} // namespace

void findDecode(const Compared &compared, Changes &changes) {
  for (size_t i = 0; i < compared.a.layers.size(); ++i) {
    const int j = compared.matching.toB[i];
    if (j < 0)
      continue;
    const Layer &x = compared.a.layers[i], &y = compared.b.layers[size_t(j)];
    const Place place{y.path, int(i), j, 0, -1, {}, {}, 0};
    const Describe describe{place, "the decode", changes};
    if (std::holds_alternative<YoloDecodeAttrs>(x.attrs) &&
        std::holds_alternative<YoloDecodeAttrs>(y.attrs))
      describe.decode(std::get<YoloDecodeAttrs>(x.attrs), std::get<YoloDecodeAttrs>(y.attrs));
    else if (std::holds_alternative<NmsAttrs>(x.attrs) && std::holds_alternative<NmsAttrs>(y.attrs))
      describe.suppression(std::get<NmsAttrs>(x.attrs), std::get<NmsAttrs>(y.attrs));
    else
      compareConstants(compared, place, changes);
  }
}

} // namespace bstc::diagnose
