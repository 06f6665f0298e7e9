#ifndef BSTC_VISION_DRAW_TEXT_H
#define BSTC_VISION_DRAW_TEXT_H

#include "vision/image/image.h"

#include "llvm/ADT/StringRef.h"

#include <memory>

namespace bstc {

struct Colour {
  uint8_t red = 0, green = 0, blue = 0;
};

/// Mixes `colour` into a pixel. A coverage of 0 leaves the pixel, 1 replaces it.
void blend(uint8_t *pixel, Colour colour, float coverage);

/// DejaVu Sans Bold at one size, with smooth edges. Text is UTF-8; a character that the font does
/// not have shows as its replacement box. Threads may share one.
class Font {
public:
  /// \p size: pixels from one line's baseline to the next.
  explicit Font(float size);
  ~Font();

  int ascent() const;  ///< Pixels above the baseline.
  int descent() const; ///< Pixels below it.
  int width(llvm::StringRef text) const;
  /// Draws from pixel x on, above the baseline at y; what is outside of the image is left out.
  void draw(Image &image, int x, int y, Colour colour, llvm::StringRef text) const;

private:
  struct Face;
  std::unique_ptr<Face> face;
};

} // namespace bstc

#endif // BSTC_VISION_DRAW_TEXT_H
