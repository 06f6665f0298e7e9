#ifndef BSTC_DETECTORS_SHARED_FAMILY_H
#define BSTC_DETECTORS_SHARED_FAMILY_H

#include "detectors/shared/anchors.h"
#include "detectors/shared/head_decoder.h"
#include "ir/graph.h"
#include "runtime/program/program.h"

#include <memory>
#include <optional>

namespace bstc {

/// How a network's predictions come out of its heads, as packages keep it (bst::DecodeInfo).
struct DecodeDescription {
  int64_t classes = 0;
  int64_t masks = 0; ///< Mask coefficients per box.
  /// Pixels, one per level, the finest first. Strides and anchors are empty where rows were decoded
  /// by something that nobody knows; anchors also in a family that has none.
  std::vector<float> strides = {};
  std::vector<float> anchors = {}; ///< Pixels, [level][anchor][w, h].
};

/// The outputs of a network whose decode is not in its graph.
struct RawHeads {
  std::vector<uint32_t> outputs; ///< Indices into Graph::outputs(), the finest level first.
  /// Strides as the shapes say, of input and heads; masks and classes cannot be told apart here, so
  /// all of those numbers count as classes.
  DecodeDescription decode;
};

/// What a family of detectors knows: a folder here fills it in, and families.cpp has a row for it.
/// Whatever is above asks the families and names none.
struct Family {
  /// One word, with which the package's kind begins (kindOf()) and by which users mean the family.
  const char *name;
  /// The form of an output with rows, for messages: "f32 1xROWSx(5+CLASSES)".
  const char *rowsForm;
  /// What makes an input of a picture, unless the user says otherwise.
  bst::Preprocess preprocess;

  // In a graph.

  /// The operators that are a decode of this family. They take float and int8 heads.
  llvm::ArrayRef<OpKind> decodes;
  /// Replaces the decodes in the graph by such an operator. Recognised by what they compute, never
  /// by names.
  void (*recognise)(Graph &graph);
  /// What such an operator says of its predictions.
  DecodeDescription (*describe)(const Node &decode);
  /// The numbers that a row has for classes and masks where a value of that type holds rows; none
  /// where it cannot. Necessary, but no proof that it does.
  std::optional<int64_t> (*numbersOf)(const TensorType &type);
  /// Finds the heads that the user says are there, among the outputs by their shapes. \p anchors:
  /// empty for the family's own. Errors: none, several sets of them, heads that do not divide the
  /// input by whole strides or fit no anchors, heads that are not raw.
  llvm::Expected<RawHeads> (*findRawHeads)(const Graph &graph, const AnchorLevels &anchors);
  /// Puts the decode of the heads into the graph and returns its predictions, which suppression
  /// takes. The graph's outputs stay as they are; \p heads are their indices, by level.
  Value *(*appendDecode)(Graph &graph, llvm::ArrayRef<uint32_t> heads,
                         const DecodeDescription &decode);

  // In a program.

  /// Where the numbers of a row are.
  bst::PredictionRow (*row)(int64_t classes, int64_t masks);
  /// The rows that the command writes where it is a decode of this family.
  std::optional<bst::PredictionRow> (*rowOf)(const bst::Command &command);
  /// Decodes the heads of a program on the host, in that many threads. \p program is verified, its
  /// stage is Heads, its kind is of this family, and it outlives the decoder. An error where heads,
  /// strides or anchors are not the family's, as far as the verifier does not know that
  /// (runtime/verify/picture.cpp).
  llvm::Expected<std::unique_ptr<HeadDecoder>> (*createDecoder)(const bst::Program &program,
                                                                unsigned threads);
};

/// The package's kind: "yolov5-detect", "yolov5-segment" where there are masks.
std::string kindOf(const Family &family, const DecodeDescription &decode);

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_FAMILY_H
