#ifndef BSTC_DIAGNOSE_DIFF_SPOTS_H
#define BSTC_DIAGNOSE_DIFF_SPOTS_H

#include "diagnose/diff/finders.h"

namespace bstc::diagnose {

/// A value that both networks have, and its pairs on the way to its readers.
struct Spot {
  Place place;
  std::string text;                      ///< "behind model.6.cv2", "behind the input images".
  const Pair *a = nullptr, *b = nullptr; ///< The first that a reader gets it through; or null.
  int activation = -1; ///< Of A: a matched activation that alone reads a layer with weights.
  size_t bareA = 0, bareB = 0; ///< Wires without a pair.
  /// Readers that only one has, or other activations: pairs go with them and say nothing.
  bool readersDiffer = false;
};

/// The inputs, then every result of a matched layer.
std::vector<Spot> spotsOf(const Compared &compared);

/// The greatest magnitude that the codes of a pair stand for, as the QuantizeLinear has it. Equal
/// for symmetric and affine codes of one observer.
double reachOf(const Pair &pair);
/// Scale exactly 1 and zero point 0: what an observer has that saw nothing.
bool isUncalibrated(const Pair &pair);
/// "int8 with zero point 0".
std::string typeText(const Pair &pair);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_DIFF_SPOTS_H
