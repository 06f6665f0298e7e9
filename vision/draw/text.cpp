// The font is a part of the program (BSTC_FONT_FILE, see CMakeLists.txt), so that labels look the
// same everywhere; stb_truetype draws it.
#include "vision/draw/text.h"

#include "llvm/Support/ConvertUTF.h"

#include <algorithm>
#include <cmath>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb/stb_truetype.h>
#pragma GCC diagnostic pop

__asm__(".section .rodata\n"
        ".balign 16\n"
        "bstc_font:\n"
        ".incbin \"" BSTC_FONT_FILE "\"\n"
        ".byte 0\n"
        ".previous\n");
extern "C" const unsigned char bstc_font[];

namespace bstc {

void blend(uint8_t *pixel, Colour colour, float coverage) {
  const float share = std::clamp(coverage, 0.0f, 1.0f);
  const uint8_t ink[] = {colour.red, colour.green, colour.blue};
  for (size_t channel = 0; channel < 3; ++channel) {
    const auto old = float(pixel[channel]);
    pixel[channel] = uint8_t(std::lrint(old + (float(ink[channel]) - old) * share));
  }
}

struct Font::Face {
  stbtt_fontinfo info = {};
  float scale = 0;
  int ascent = 0, descent = 0; ///< Pixels; the descent is negative.

  /// Calls visit(glyph, x) for each character, x pixels from the start; returns the whole width.
  template <class Visit> float forEachGlyph(llvm::StringRef text, const Visit &visit) const {
    const auto *at = reinterpret_cast<const llvm::UTF8 *>(text.begin());
    const auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
    float x = 0;
    int previous = 0;
    while (at < end) {
      llvm::UTF32 code = 0;
      if (llvm::convertUTF8Sequence(&at, end, &code, llvm::strictConversion) !=
          llvm::conversionOK) {
        ++at;
        code = 0xfffd;
      }
      const int glyph = stbtt_FindGlyphIndex(&info, int(code));
      if (previous)
        x += float(stbtt_GetGlyphKernAdvance(&info, previous, glyph)) * scale;
      visit(glyph, x);
      int advance = 0, bearing = 0;
      stbtt_GetGlyphHMetrics(&info, glyph, &advance, &bearing);
      x += float(advance) * scale;
      previous = glyph;
    }
    return x;
  }
};

Font::Font(float size) : face(std::make_unique<Face>()) {
  stbtt_InitFont(&face->info, bstc_font, 0);
  face->scale = stbtt_ScaleForPixelHeight(&face->info, size);
  int ascent = 0, descent = 0, gap = 0;
  stbtt_GetFontVMetrics(&face->info, &ascent, &descent, &gap);
  face->ascent = int(std::lround(float(ascent) * face->scale));
  face->descent = int(std::lround(float(descent) * face->scale));
}

Font::~Font() = default;

int Font::ascent() const { return face->ascent; }

int Font::descent() const { return -face->descent; }

int Font::width(llvm::StringRef text) const {
  return int(std::ceil(face->forEachGlyph(text, [](int, float) {})));
}

void Font::draw(Image &image, int x, int y, Colour colour, llvm::StringRef text) const {
  std::vector<uint8_t> coverage;
  face->forEachGlyph(text, [&](int glyph, float offset) {
    const float position = float(x) + offset, whole = std::floor(position);
    int left = 0, top = 0, right = 0, bottom = 0;
    stbtt_GetGlyphBitmapBoxSubpixel(&face->info, glyph, face->scale, face->scale, position - whole,
                                    0, &left, &top, &right, &bottom);
    const int width = right - left, height = bottom - top;
    if (width <= 0 || height <= 0)
      return;
    coverage.assign(size_t(width) * size_t(height), 0);
    stbtt_MakeGlyphBitmapSubpixel(&face->info, coverage.data(), width, height, width, face->scale,
                                  face->scale, position - whole, 0, glyph);
    for (int row = 0; row < height; ++row)
      for (int column = 0; column < width; ++column) {
        const int atX = int(whole) + left + column, atY = y + top + row;
        if (atX >= 0 && atX < image.width && atY >= 0 && atY < image.height)
          blend(image.at(atX, atY), colour,
                float(coverage[size_t(row) * size_t(width) + size_t(column)]) / 255);
      }
  });
}

} // namespace bstc
