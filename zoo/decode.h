/// The Detect and Segment heads' decode, from the convolutions' results to boxes.
#ifndef BSTC_TOOLS_ZOO_DECODE_H
#define BSTC_TOOLS_ZOO_DECODE_H

#include "zoo/onnx_builder.h"

namespace bstc::zoo {

/// Appends the decode of YOLOv5 v6/v7 as PyTorch exports it, one level after the other:
/// xy = (2 * sigmoid - 0.5 + cell) * stride, wh = (2 * sigmoid)^2 * anchor, all scores through the
/// sigmoid, mask coefficients as they are.
class DecodeWriter {
public:
  /// `scope` is the head's ("/model.24"), `valuesPerAnchor` 85, or 117 with mask coefficients.
  DecodeWriter(OnnxBuilder &builder, llvm::StringRef scope, int valuesPerAnchor);

  /// Appends one level. `x` is [1, 3 * valuesPerAnchor, cells, cells], `stride` pixels per cell.
  void level(int index, const OnnxBuilder::Value &x, int cells, int stride);

  /// Joins the levels: [1, boxes, valuesPerAnchor], named `name`.
  void finish(llvm::StringRef name);

private:
  OnnxBuilder &builder;
  std::string scope;
  int valuesPerAnchor;
  OnnxBuilder::Value splitSizes; ///< one constant for all levels
  llvm::SmallVector<OnnxBuilder::Value, headLevels> levels;
};

} // namespace bstc::zoo

#endif // BSTC_TOOLS_ZOO_DECODE_H
