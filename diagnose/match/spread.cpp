#include "diagnose/match/anchors.h"

#include "llvm/ADT/STLExtras.h"

#include <queue>

namespace bstc::diagnose {
namespace {

/// Matches layers without weights from neighbour to neighbour.
class Spreading {
public:
  Spreading(const Network &a, const Network &b, Matching &matching)
      : a(a), b(b), matching(matching) {}

  void run() {
    for (size_t i = 0; i < a.layers.size(); ++i)
      if (matching.toB[i] >= 0)
        proposeAround(int(i), matching.toB[i]);
    proposeEnds();
    while (!queue.empty()) {
      const Candidate top = queue.top();
      queue.pop();
      if (matching.toB[top.a] >= 0 || matching.toA[top.b] >= 0)
        continue;
      if (agreement(top.a, top.b) != top.score)
        continue; // One with the new score was proposed when a neighbour was matched.
      matching.toB[top.a] = top.b;
      matching.toA[top.b] = top.a;
      proposeAround(top.a, top.b);
    }
  }

private:
  struct Candidate {
    double score;
    int a, b;
    bool operator<(const Candidate &other) const {
      return std::tie(score, other.a, other.b) < std::tie(other.score, a, b);
    }
  };

  void propose(int i, int j) {
    if (i < 0 || j < 0 || matching.toB[i] >= 0 || matching.toA[j] >= 0 || a.layers[i].weights ||
        b.layers[j].weights)
      return;
    if (const double score = agreement(i, j); score > 0)
      queue.push({score, i, j});
  }

  void proposeAround(int i, int j) {
    for (const Wire &x : a.layers[i].inputs)
      for (const Wire &y : b.layers[j].inputs)
        propose(x.layer, y.layer);
    for (const auto &readersA : a.layers[i].readers)
      for (const int x : readersA)
        for (const auto &readersB : b.layers[j].readers)
          for (const int y : readersB)
            propose(x, y);
  }

  /// What reads the network's inputs, and what makes its outputs.
  void proposeEnds() {
    for (size_t i = 0; i < std::min(a.outputs.size(), b.outputs.size()); ++i)
      propose(a.outputs[i].layer, b.outputs[i].layer);
    const auto readsInput = [](const Layer &layer) {
      return llvm::any_of(layer.inputs, [](const Wire &wire) { return wire.input >= 0; });
    };
    for (size_t i = 0; i < a.layers.size(); ++i)
      for (size_t j = 0; readsInput(a.layers[i]) && j < b.layers.size(); ++j)
        if (readsInput(b.layers[j]))
          propose(int(i), int(j));
  }

  static size_t operandsOf(const Layer &layer) {
    return llvm::count_if(layer.inputs, [](const Wire &w) { return !Source(w).isConstant(); });
  }
  /// Operands that are the same in both, at the same place where the place matters.
  double operandsShared(const Layer &x, const Layer &y) const {
    double shared = 0;
    for (size_t k = 0; k < x.inputs.size(); ++k) {
      if (Source(x.inputs[k]).isConstant())
        continue;
      const std::optional<Source> expected = matching.inB(Source(x.inputs[k]));
      if (!expected)
        continue;
      if (k < y.inputs.size() && Source(y.inputs[k]) == *expected)
        shared += 1;
      else if (llvm::any_of(y.inputs, [&](const Wire &w) { return Source(w) == *expected; }))
        shared += isCommutative(x.op) ? 1 : 0.5;
    }
    return shared;
  }
  static size_t readersOf(const Layer &layer) {
    size_t count = 0;
    for (const auto &readers : layer.readers)
      count += readers.size();
    return count;
  }
  double readersShared(const Layer &x, const Layer &y) const {
    double shared = 0;
    for (size_t result = 0; result < std::min(x.readers.size(), y.readers.size()); ++result)
      for (const int reader : x.readers[result])
        shared += matching.toB[reader] >= 0 &&
                  llvm::is_contained(y.readers[result], matching.toB[reader]);
    return shared;
  }
  double outputsShared(int i, int j) const {
    double shared = 0;
    for (size_t k = 0; k < std::min(a.outputs.size(), b.outputs.size()); ++k)
      shared += a.outputs[k].layer == i && b.outputs[k].layer == j;
    return shared;
  }

  /// 0: nothing speaks for the two being one.
  double agreement(int i, int j) const {
    const Layer &x = a.layers[i], &y = b.layers[j];
    if (kindOf(x.op) != kindOf(y.op))
      return 0;
    const double operands = operandsShared(x, y);
    const double outputs = outputsShared(i, j);
    const double readers = readersShared(x, y) + outputs;
    if (operands + readers == 0)
      return 0;
    const auto share = [](double part, size_t whole) { return whole ? part / double(whole) : 0; };
    double score = 3 * share(operands, std::max(operandsOf(x), operandsOf(y))) +
                   3 * share(readers, std::max(readersOf(x), readersOf(y)) + size_t(outputs));
    score += (x.op == y.op) + 0.3 * (x.results == y.results) + 0.2 * (x.path == y.path);
    return score >= 2 ? score : 0;
  }

  const Network &a, &b;
  Matching &matching;
  std::priority_queue<Candidate> queue;
};

} // namespace

void spreadMatches(const Network &a, const Network &b, Matching &matching) {
  Spreading(a, b, matching).run();
}

} // namespace bstc::diagnose
