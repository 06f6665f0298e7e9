// Nms: YOLOv5's non-maximum suppression as one operator. Only the compiler makes it.
#include "frontend/ops/support.h"

#include <algorithm>
#include <cmath>

namespace bstc {

llvm::Error importSuppression(const onnx::NodeProto &, int64_t, Node &) {
  return makeError(Code::Internal, "is an operator of the compiler, not of ONNX");
}

llvm::Error inferSuppression(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const auto &attrs = node.as<NmsAttrs>();
  const TensorType &x = node.input(0)->type;
  const int64_t width = attrs.row().width();
  if (!x.isFloat() || x.rank() != 3 || x.shape[0] != 1 || x.shape[2] != width)
    return makeError(Code::Internal, operandText(node, 0) + " is " + typeText(x) +
                                         ", but predictions are f32 [1, n, " + llvm::Twine(width) +
                                         "]");
  if (attrs.classes < 1 || attrs.maxDetections < 1 || attrs.maxCandidates < 1)
    return makeError(Code::Internal, "has no classes, or keeps nothing");
  results.push_back({ElementType::F32, {attrs.resultSize()}, std::nullopt});
  return llvm::Error::success();
}

namespace {

/// A row's box with the score of one class.
struct Candidate {
  float corners[4];
  float score;
  int64_t label, row;
};

float overlap(const Candidate &a, const Candidate &b) {
  auto area = [](const float *c) { return (c[2] - c[0]) * (c[3] - c[1]); };
  const float w = std::min(a.corners[2], b.corners[2]) - std::max(a.corners[0], b.corners[0]);
  const float h = std::min(a.corners[3], b.corners[3]) - std::max(a.corners[1], b.corners[1]);
  const float common = std::max(0.0f, w) * std::max(0.0f, h);
  return common / (area(a.corners) + area(b.corners) - common);
}

/// All candidates of a row; the best one only without `multiLabel`.
void addCandidates(const NmsAttrs &attrs, const float *x, int64_t row,
                   std::vector<Candidate> &all) {
  const bool finite =
      std::all_of(x, x + PredictionPlaces::scores, [](float v) { return std::isfinite(v); });
  if (!finite || !(x[PredictionPlaces::objectness] > attrs.confidence))
    return;
  const size_t first = all.size();
  Candidate candidate = {
      {x[0] - x[2] / 2, x[1] - x[3] / 2, x[0] + x[2] / 2, x[1] + x[3] / 2}, 0, 0, row};
  for (candidate.label = 0; candidate.label < attrs.classes; ++candidate.label) {
    candidate.score =
        x[PredictionPlaces::objectness] * x[PredictionPlaces::scores + candidate.label];
    if (!std::isfinite(candidate.score) || !(candidate.score > attrs.confidence))
      continue;
    if (attrs.multiLabel || all.size() == first)
      all.push_back(candidate);
    else if (candidate.score > all.back().score)
      all.back() = candidate;
  }
}

std::vector<Candidate> keptOf(const NmsAttrs &attrs, const float *x, int64_t rows) {
  std::vector<Candidate> all, kept;
  for (int64_t row = 0; row < rows; ++row)
    addCandidates(attrs, x + row * attrs.row().width(), row, all);
  std::stable_sort(all.begin(), all.end(),
                   [](const Candidate &a, const Candidate &b) { return a.score > b.score; });
  all.resize(std::min(all.size(), size_t(attrs.maxCandidates)));
  for (const Candidate &candidate : all) {
    const bool isNew = std::none_of(kept.begin(), kept.end(), [&](const Candidate &better) {
      return (attrs.classAgnostic || better.label == candidate.label) &&
             double(overlap(better, candidate)) > attrs.iou;
    });
    if (isNew)
      kept.push_back(candidate);
    if (int64_t(kept.size()) == attrs.maxDetections)
      break;
  }
  return kept;
}

} // namespace

llvm::Error evaluateSuppression(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                                llvm::MutableArrayRef<TensorData *> results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  const auto &attrs = node.as<NmsAttrs>();
  const float *x = operands[0]->values<float>().data();
  llvm::MutableArrayRef<float> y = results[0]->mutableValues<float>();
  std::fill(y.begin(), y.end(), 0.0f);
  const int64_t most = attrs.maxDetections, width = attrs.row().width();
  const std::vector<Candidate> kept = keptOf(attrs, x, operands[0]->type.shape[1]);
  for (int64_t i = 0; i < int64_t(kept.size()); ++i) {
    std::copy_n(kept[size_t(i)].corners, 4, y.begin() + 4 * i);
    y[size_t(4 * most + i)] = kept[size_t(i)].score;
    y[size_t(5 * most + i)] = float(kept[size_t(i)].label);
    std::copy_n(x + (kept[size_t(i)].row + 1) * width - attrs.masks, attrs.masks,
                y.begin() + 6 * most + attrs.masks * i);
  }
  y.back() = float(kept.size());
  return llvm::Error::success();
}

} // namespace bstc
