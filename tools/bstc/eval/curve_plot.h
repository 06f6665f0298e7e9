#ifndef BSTC_TOOLS_BSTC_EVAL_CURVE_PLOT_H
#define BSTC_TOOLS_BSTC_EVAL_CURVE_PLOT_H

#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace bstc {

/// One line of a plot: values at equal steps of x from 0 to 1.
struct PlotCurve {
  std::string label; ///< In the legend, where `inLegend`, and when the pointer is on the line.
  std::string note;  ///< Below the label.
  std::vector<float> values;
  std::string colour; ///< As SVG has it: "#2f6fde".
  double width = 1;   ///< Pixels.
  double opacity = 1;
  bool inLegend = true;
};

/// Curves in the unit square as an SVG document of 960 x 600 with axes, grid and legend. The last
/// curve is drawn on top.
std::string drawCurves(llvm::StringRef title, llvm::StringRef xTitle, llvm::StringRef yTitle,
                       llvm::ArrayRef<PlotCurve> curves);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_EVAL_CURVE_PLOT_H
