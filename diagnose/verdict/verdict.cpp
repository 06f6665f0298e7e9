#include "diagnose/verdict/verdict.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc::diagnose {

const char *basisName(Basis basis) {
  static const char *const names[] = {"file", "reference", "pictures"};
  return names[size_t(basis)];
}

Aspect aspectOf(Code code) {
  switch (code) {
#define BSTC_ASPECT(code, aspect)                                                                  \
  case Code::code:                                                                                 \
    return Aspect::aspect;
#include "diagnose/verdict/aspects.def"
  default:
    return Aspect::Other;
  }
}

bool Verdict::isFaulty() const {
  return llvm::any_of(faults,
                      [](const Fault &fault) { return fault.finding.severity == Severity::Error; });
}

namespace {

/// "model.13.m.0" of "model.13.m.0.cv2".
llvm::StringRef parentOf(llvm::StringRef path) { return path.rsplit('.').first; }

bool isInside(llvm::StringRef path, llvm::StringRef module) {
  return path == module || (path.startswith(module) && path[module.size()] == '.');
}

/// Whether two paths name one place. An edit of the structure is where its neighbours are: an
/// addition that the exporter names after its block is that behind the block's last convolution.
bool isSamePlace(llvm::StringRef a, llvm::StringRef b, Aspect aspect) {
  if (a.empty() || b.empty())
    return a == b;
  if (isInside(a, b) || isInside(b, a))
    return true;
  return aspect == Aspect::Structure && parentOf(a) == parentOf(b) && a.contains('.');
}

bool isAboutOne(const Finding &a, const Finding &b) {
  const Aspect aspect = aspectOf(a.code), other = aspectOf(b.code);
  // A layer that deviates does so for any reason.
  const bool anyReason = a.code == Code::LayerDeviates || b.code == Code::LayerDeviates;
  if (aspect == Aspect::Other || other == Aspect::Other || (aspect != other && !anyReason))
    return false;
  if (aspect == Aspect::Input)
    return true;
  const auto placesOf = [](const Finding &of) {
    std::vector<llvm::StringRef> paths = {of.layer};
    if (of.severity != Severity::Note) // A hint is about many layers, and explains none.
      llvm::append_range(paths, of.others);
    return paths;
  };
  const std::vector<llvm::StringRef> places = placesOf(a), others = placesOf(b);
  return llvm::any_of(places, [&](llvm::StringRef place) {
    return llvm::any_of(others,
                        [&](llvm::StringRef second) { return isSamePlace(place, second, aspect); });
  });
}

/// The surest first; of two as sure, the one that needs less.
bool isSurer(const Evidence &a, const Evidence &b) {
  const auto rank = [](const Evidence &evidence) {
    return std::tuple(evidence.finding.certainty, evidence.basis);
  };
  return rank(a) < rank(b);
}

/// Takes a finding into a fault that is the same.
void join(Fault &fault, Evidence evidence) {
  Finding &finding = fault.finding;
  const Finding &other = evidence.finding;
  finding.severity = std::max(finding.severity, other.severity);
  finding.weight = std::max(finding.weight, other.weight);
  if (!finding.decibels)
    finding.decibels = other.decibels;
  if (evidence.edit)
    fault.edits.push_back(evidence.edit);
  fault.evidence.push_back(std::move(evidence));
}

Fault faultOf(Evidence evidence) {
  Fault fault{std::move(evidence.finding), evidence.basis, {}, {}, {}};
  fault.cure = evidence.hint ? evidence.hint : codeInfo(fault.finding.code).cure;
  if (evidence.edit)
    fault.edits.push_back(evidence.edit);
  return fault;
}

/// The most likely cause first. What was measured to lose more comes before what is only heavier by
/// experience.
void sortFaults(std::vector<Fault> &faults) {
  llvm::stable_sort(faults, [](const Fault &a, const Fault &b) {
    const auto rank = [](const Fault &fault) {
      const Finding &finding = fault.finding;
      return std::tuple(-int(finding.severity), finding.certainty,
                        finding.decibels.value_or(INFINITY), -finding.weight);
    };
    return rank(a) < rank(b);
  });
}

} // namespace

std::vector<std::string> Fault::layers() const {
  std::vector<std::string> paths;
  const auto add = [&](const std::string &path) {
    if (!path.empty() &&
        llvm::none_of(paths, [&](const std::string &known) { return isInside(path, known); }))
      paths.push_back(path);
  };
  const auto addAll = [&](const Finding &of) {
    add(of.layer);
    llvm::for_each(of.others, add);
  };
  addAll(finding);
  for (const Evidence &other : evidence)
    if (other.finding.severity != Severity::Note)
      addAll(other.finding);
  return paths;
}

Verdict judge(std::vector<Evidence> evidence) {
  llvm::stable_sort(evidence, isSurer);
  std::vector<Fault> all;
  for (Evidence &next : evidence) {
    const auto same = llvm::find_if(
        all, [&](const Fault &fault) { return isAboutOne(fault.finding, next.finding); });
    if (same != all.end())
      join(*same, std::move(next));
    else
      all.push_back(faultOf(std::move(next)));
  }
  sortFaults(all);
  Verdict verdict;
  for (Fault &fault : all)
    (fault.finding.severity == Severity::Note ? verdict.hints : verdict.faults)
        .push_back(std::move(fault));
  return verdict;
}

std::optional<SignalLoss> signalLoss(const Fault &fault, const Measurement &measurement,
                                     const Measures &measures) {
  const llvm::ArrayRef<MeasuredTensor> tensors = measurement.tensors();
  const auto measured = [&](size_t row) { return measures.tensors[row].endToEnd; };
  for (const std::string &path : fault.layers())
    for (size_t row = 0; row < tensors.size(); ++row) {
      if (!isSamePlace(tensors[row].path, path, Aspect::Other) || measured(row).empty())
        continue;
      double before = INFINITY;
      for (const int source : tensors[row].sources)
        if (!measured(size_t(source)).empty())
          before = std::min(before, measured(size_t(source)).decibels());
      const double behind = measured(row).decibels();
      if (behind < before)
        return SignalLoss{before, behind};
    }
  return std::nullopt;
}

} // namespace bstc::diagnose
