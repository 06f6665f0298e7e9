#ifndef BSTC_DETECTORS_PREDICTIONS_H
#define BSTC_DETECTORS_PREDICTIONS_H

#include "detectors/picture_options.h"
#include "ir/graph.h"

#include <optional>

namespace bstc {

/// An output of the graph that holds decoded rows (Family::row).
struct Predictions {
  uint32_t output = 0; ///< Index into Graph::outputs().
  const Family *family = nullptr;
  DecodeDescription decode; ///< Strides and anchors only where the decode is in the graph.
  /// Otherwise the user says so: how many of the numbers are masks is open.
  bool recognised = false;
};

/// Has the graph an output that could hold rows, by its shape? Necessary, but no proof.
bool mayHaveRows(const Graph &graph);

/// The outputs that are what a decode operator gives, in their order. \p graph: one in which the
/// families' decodes are recognised (Family::recognise); its outputs are the network's.
std::vector<Predictions> decodedOutputs(const Graph &graph);

/// The output whose rows the user means: with PictureOptions::Decode::Graph one of \p recognised
/// (none: nothing is known), with Rows the one that has the shape. PictureOptions::predictions
/// chooses among several; an error names them where it does not.
llvm::Expected<std::optional<Predictions>> choosePredictions(const Graph &graph,
                                                             llvm::ArrayRef<Predictions> recognised,
                                                             const PictureOptions &options);

/// How many of a row's numbers are mask coefficients, and the output with the masks' prototypes.
struct Masks {
  int64_t count = 0;
  std::optional<uint32_t> prototypes; ///< [1, count, h, w], index into Graph::outputs().
};

/// What is asked of chooseMasks().
struct MaskQuestion {
  llvm::ArrayRef<uint32_t> predictions; ///< Outputs that are heads or rows.
  int64_t numbers = 0;                  ///< Of a row, for classes and masks.
  std::optional<int64_t> known;         ///< Mask coefficients, where the decode is recognised.
  size_t classNames = 0;                ///< Of the user or the file; 0: none.
};

/// PictureOptions::prototypes decides; else the number of coefficients does, which a recognised
/// decode has, or which the class names leave over. An error where that does not decide: a map with
/// few channels may be anything.
llvm::Expected<Masks> chooseMasks(const Graph &graph, const MaskQuestion &question,
                                  const PictureOptions &options);

} // namespace bstc

#endif // BSTC_DETECTORS_PREDICTIONS_H
