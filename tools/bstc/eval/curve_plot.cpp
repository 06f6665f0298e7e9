#include "tools/bstc/eval/curve_plot.h"
#include "tools/bstc/cli/table.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

namespace bstc {

namespace {

constexpr int width = 960, height = 600;
constexpr int left = 72, top = 60, side = 470, plotWidth = 600; ///< The unit square's frame.
constexpr int legendX = left + plotWidth + 24, legendRow = 20;

double xOf(double x) { return left + x * plotWidth; }
double yOf(double y) { return top + (1 - y) * side; }

std::string escaped(llvm::StringRef text) {
  std::string result;
  llvm::raw_string_ostream stream(result);
  llvm::printHTMLEscaped(text, stream);
  return stream.str();
}

/// Names differ at their end.
std::string shortened(const std::string &text, size_t most) {
  return text.size() <= most ? text : "\xe2\x80\xa6" + text.substr(text.size() - most + 1);
}

/// The line's points, without those in the middle of a straight piece.
std::string pointsOf(const std::vector<float> &values) {
  std::string text;
  const size_t count = values.size();
  for (size_t i = 0; i < count; ++i) {
    if (i > 0 && i + 1 < count && std::abs(values[i + 1] - 2 * values[i] + values[i - 1]) < 1e-6f)
      continue;
    const double x = count > 1 ? double(i) / double(count - 1) : 0;
    const double y = std::clamp(double(values[i]), 0.0, 1.0);
    text += fixedPoint(xOf(x), 1) + "," + fixedPoint(yOf(y), 1) + " ";
  }
  return text;
}

void drawAxes(llvm::raw_ostream &svg, llvm::StringRef xTitle, llvm::StringRef yTitle) {
  svg << "<g stroke=\"#e4e7eb\" stroke-width=\"1\">\n";
  for (int i = 0; i <= 10; ++i) {
    const double x = xOf(i / 10.0), y = yOf(i / 10.0);
    svg << "<path d=\"M" << fixedPoint(x, 1) << " " << top << "V" << top + side << "M" << left
        << " " << fixedPoint(y, 1) << "H" << left + plotWidth << "\"/>\n";
  }
  svg << "</g>\n<path d=\"M" << left << " " << top << "V" << top + side << "H" << left + plotWidth
      << "\" fill=\"none\" stroke=\"#6b7280\"/>\n<g fill=\"#4b5563\" font-size=\"13\">\n";
  for (int i = 0; i <= 10; i += 2) {
    const std::string number = fixedPoint(i / 10.0, 1);
    svg << "<text x=\"" << numberText(xOf(i / 10.0)) << "\" y=\"" << top + side + 20
        << "\" text-anchor=\"middle\">" << number << "</text>\n<text x=\"" << left - 10 << "\" y=\""
        << numberText(yOf(i / 10.0) + 4.5) << "\" text-anchor=\"end\">" << number << "</text>\n";
  }
  svg << "</g>\n<g fill=\"#1f2933\" font-size=\"15\" text-anchor=\"middle\">\n<text x=\""
      << numberText(xOf(0.5)) << "\" y=\"" << top + side + 46 << "\">" << escaped(xTitle)
      << "</text>\n<text transform=\"translate(24 " << numberText(yOf(0.5)) << ") rotate(-90)\">"
      << escaped(yTitle) << "</text>\n</g>\n";
}

void drawLegend(llvm::raw_ostream &svg, llvm::ArrayRef<PlotCurve> curves) {
  // The lines on top come first.
  int y = top + 10;
  svg << "<g fill=\"#1f2933\" font-size=\"13\">\n";
  for (const PlotCurve &curve : llvm::reverse(curves)) {
    if (!curve.inLegend)
      continue;
    svg << "<path d=\"M" << legendX << " " << y << "h22\" stroke=\"" << curve.colour
        << "\" stroke-width=\"" << numberText(std::max(2.0, curve.width)) << "\"/><text x=\""
        << legendX + 30 << "\" y=\"" << y + 4 << "\">" << escaped(shortened(curve.label, 28))
        << "</text>\n";
    y += legendRow;
    if (curve.note.empty())
      continue;
    svg << "<text x=\"" << legendX + 30 << "\" y=\"" << y + 2 << "\" fill=\"#6b7280\">"
        << escaped(curve.note) << "</text>\n";
    y += legendRow + 4;
  }
  svg << "</g>\n";
}

} // namespace

std::string drawCurves(llvm::StringRef title, llvm::StringRef xTitle, llvm::StringRef yTitle,
                       llvm::ArrayRef<PlotCurve> curves) {
  std::string text;
  llvm::raw_string_ostream svg(text);
  svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << " " << height
      << "\" width=\"" << width << "\" height=\"" << height
      << "\" font-family=\"system-ui, 'DejaVu Sans', Arial, sans-serif\">\n<rect width=\"" << width
      << "\" height=\"" << height << "\" fill=\"#ffffff\"/>\n<text x=\"" << left
      << "\" y=\"34\" font-size=\"19\" font-weight=\"600\" fill=\"#1f2933\">" << escaped(title)
      << "</text>\n";
  drawAxes(svg, xTitle, yTitle);
  svg << "<g fill=\"none\" stroke-linejoin=\"round\">\n";
  for (const PlotCurve &curve : curves)
    svg << "<polyline stroke=\"" << curve.colour << "\" stroke-width=\"" << numberText(curve.width)
        << "\" stroke-opacity=\"" << numberText(curve.opacity) << "\" points=\""
        << pointsOf(curve.values) << "\"><title>" << escaped(curve.label)
        << "</title></polyline>\n";
  svg << "</g>\n";
  drawLegend(svg, curves);
  svg << "</svg>\n";
  return svg.str();
}

} // namespace bstc
