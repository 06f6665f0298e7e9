#ifndef BSTC_TESTS_PASSES_DECODE_GRAPH_H
#define BSTC_TESTS_PASSES_DECODE_GRAPH_H

#include "tests/support/graph_builder.h"

#include <cmath>

namespace bstc::test {

/// How a decode is written down; exporters differ.
struct Form {
  bool segment = false;        ///< Split before the sigmoids, with 2 mask coefficients.
  bool squareByMul = false;    ///< x * x in place of Pow(x, 2).
  bool separateHalf = false;   ///< (s * 2 - 0.5 + grid) in place of a grid with -0.5 inside.
  bool slices = false;         ///< Channels by Slice in place of Split.
  bool constantsFirst = false; ///< 2 * s and grid + xy in place of s * 2 and xy + grid.
  bool divisions = false;      ///< xy / (1 / stride) in place of xy * stride.
  bool wholeConstants = false; ///< Constants have an element for each of the result's.
  bool sharedGrid = false;     ///< A grid for all anchors: [1, 1, ny, nx, 2].
  bool splitScores = false;    ///< Objectness and the first class apart from the other classes.
  float insideSquare = 2;      ///< (f s)^2 * (anchor * 4 / f^2), f = 2 as written by ultralytics.
  int64_t batch = 1, anchors = 2, classes = 2;
  float gridError = 0; ///< Makes it another decode.

  int64_t masks() const { return segment ? 2 : 0; }
  int64_t channels() const { return 5 + classes + masks(); }
};

/// Writes YOLOv5's decode (ultralytics/yolov5 v7.0, models/yolo.py) as plain operators. Nodes of
/// level L: L.head (what makes its head), L.r, L.t, L.split or L.part0.., L.sig.., L.xy2, L.half,
/// L.grid, L.stride, L.wh2, L.square, L.anchor, L.cat and L.rows; a constant is its reader's, with
/// ".c".
class DecodeBuilder : public GraphBuilder {
public:
  explicit DecodeBuilder(Form form) : form(form) {}

  /// Rows [batch, anchors * ny * nx, channels]. `anchors`: w and h of each, the first ones count.
  Value *level(const std::string &name, int64_t ny, int64_t nx, float stride,
               std::vector<float> anchors) {
    const int64_t na = form.anchors, no = form.channels();
    anchors.resize(size_t(na) * 2);
    Value *x = input(name, {form.batch, na * no, ny, nx});
    Value *head = unary(OpKind::Relu, name + ".head", x);
    Shape cells = {form.batch, na, ny, nx, no};
    Value *grouped = node(OpKind::Reshape, name + ".r", {head}, std::monostate{},
                          f32({form.batch, na, no, ny, nx}));
    Value *rows = node(OpKind::Transpose, name + ".t", {grouped}, TransposeAttrs{{0, 1, 3, 4, 2}},
                       f32(cells));
    std::vector<Value *> parts = split(name, rows);
    pair = {form.batch, na, ny, nx, 2};
    std::vector<Value *> decoded = {centre(name, parts[0], stride), size(name, parts[1], anchors)};
    decoded.insert(decoded.end(), parts.begin() + 2, parts.end());
    Value *joined = node(OpKind::Concat, name + ".cat", decoded, AxisAttrs{4}, f32(cells));
    return node(OpKind::Reshape, name + ".rows", {joined}, std::monostate{},
                f32({form.batch, na * ny * nx, no}));
  }

private:
  std::vector<Value *> split(const std::string &name, Value *rows) {
    if (!form.segment)
      rows = unary(OpKind::Sigmoid, name + ".sig", rows);
    std::vector<int64_t> sizes = {2, 2, 1 + form.classes};
    if (form.splitScores) {
      sizes.back() = 2;
      sizes.push_back(form.classes - 1);
    }
    const size_t sigmoids = sizes.size();
    if (form.masks())
      sizes.push_back(form.masks());
    std::vector<std::pair<std::string, TensorType>> results;
    std::vector<Value *> parts;
    std::vector<int64_t> start = {0, 0, 0, 0, 0};
    for (size_t i = 0; i < sizes.size(); ++i) {
      Shape shape = rows->type.shape;
      shape[4] = sizes[i];
      const std::string part = name + ".part" + std::to_string(i);
      results.emplace_back(part, f32(shape));
      if (form.slices)
        parts.push_back(node(
            OpKind::Slice, part, {rows},
            SliceAttrs{start, {1, 1, 1, 1, 1}, {shape[0], shape[1], shape[2], shape[3], shape[4]}},
            f32(shape)));
      start[4] += sizes[i];
    }
    if (!form.slices) {
      Node *node =
          graph.addNode(OpKind::Split, name + ".split", {rows}, SplitAttrs{4, sizes}, results);
      parts.assign(node->outputs().begin(), node->outputs().end());
    }
    for (size_t i = 0; form.segment && i < sigmoids; ++i)
      parts[i] = unary(OpKind::Sigmoid, name + ".sig" + std::to_string(i), parts[i]);
    return parts;
  }

  /// A constant of one element, or of one for each of the pairs.
  Value *scalar(const std::string &name, float value) {
    return form.wholeConstants ? filled(name, pair, value) : constant(name, {}, {value});
  }

  Value *combine(OpKind op, const std::string &name, Value *x, Value *c) {
    const bool swapped = form.constantsFirst && (op == OpKind::Mul || op == OpKind::Add);
    return node(op, name, {swapped ? c : x, swapped ? x : c}, ElementwiseAttrs{}, x->type);
  }

  Value *scale(const std::string &name, Value *x, float factor) {
    return form.divisions ? combine(OpKind::Div, name, x, scalar(name + ".c", 1 / factor))
                          : combine(OpKind::Mul, name, x, scalar(name + ".c", factor));
  }

  Value *centre(const std::string &name, Value *s, float stride) {
    Shape shape = pair;
    if (form.sharedGrid)
      shape[0] = shape[1] = 1;
    std::vector<float> grid;
    for (int64_t i = 0; i < f32(shape).count(); ++i) {
      int64_t x = i / 2 % shape[3], y = i / 2 / shape[3] % shape[2];
      grid.push_back(float(i % 2 ? y : x) - (form.separateHalf ? 0.0f : 0.5f));
    }
    grid.back() += form.gridError;
    Value *xy = scale(name + ".xy2", s, 2);
    if (form.separateHalf)
      xy = combine(OpKind::Sub, name + ".half", xy, scalar(name + ".half.c", 0.5f));
    xy = combine(OpKind::Add, name + ".grid", xy, constant(name + ".grid.c", shape, grid));
    return scale(name + ".stride", xy, stride);
  }

  Value *size(const std::string &name, Value *s, std::vector<float> anchors) {
    Value *wh = scale(name + ".wh2", s, form.insideSquare);
    wh = form.squareByMul
             ? binary(OpKind::Mul, name + ".square", wh, wh)
             : binary(OpKind::Pow, name + ".square", wh, constant(name + ".square.c", {}, {2}));
    for (float &anchor : anchors)
      anchor *= 4 / (form.insideSquare * form.insideSquare);
    Shape shape = {1, pair[1], 1, 1, 2};
    if (form.wholeConstants) {
      std::vector<float> all;
      const auto cells = f32(pair).count() / (pair[0] * pair[1]);
      for (int64_t i = 0; i < f32(pair).count(); ++i)
        all.push_back(anchors[size_t(i / cells % pair[1] * 2 + i % 2)]);
      anchors = all;
      shape = pair;
    }
    return combine(OpKind::Mul, name + ".anchor", wh, constant(name + ".anchor.c", shape, anchors));
  }

  Form form;
  Shape pair; ///< Of the level being written: [batch, anchors, ny, nx, 2].
};

/// Level 'a' of 3 x 4 cells and level 'b' of 2 x 2; 'all' joins their rows.
inline Graph buildDecode(Form form) {
  DecodeBuilder b(form);
  Value *first = b.level("a", 3, 4, 8, {10, 13, 16, 30, 33, 23});
  Value *second = b.level("b", 2, 2, 16, {30, 61, 62, 45, 59, 119});
  b.graph.addOutput(b.node(OpKind::Concat, "all", {first, second}, AxisAttrs{1},
                           f32({form.batch, form.anchors * (12 + 4), first->type.shape[2]})));
  return std::move(b.graph);
}

} // namespace bstc::test

#endif // BSTC_TESTS_PASSES_DECODE_GRAPH_H
