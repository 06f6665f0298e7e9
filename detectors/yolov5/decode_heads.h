#ifndef BSTC_DETECTORS_YOLOV5_DECODE_HEADS_H
#define BSTC_DETECTORS_YOLOV5_DECODE_HEADS_H

#include "detectors/suppress.h"
#include "runtime/program/program.h"
#include "runtime/support/workers.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace bstc {

/// The host's part of a network whose outputs are raw heads (bst::DetectionStage::Heads): turns
/// them into the predictions that a decode in the graph would give, bit for bit, with the kernel of
/// the DSP command. Used by one thread at a time.
class HeadDecoder {
public:
  /// \p program is verified, its stage is Heads, and it outlives the decoder.
  explicit HeadDecoder(const bst::Program &program, unsigned threads = 1);

  size_t rows() const { return rowCount; }
  DecodedLayout layout() const { return {params.classes, params.masks}; }

  /// Rows of x, y, w, h, objectness, classes, mask coefficients: valid until the next call.
  /// \p heads: the bytes of each head as a session has them, float or quantised, in the order
  /// of DecodeInfo::outputs; 4-byte aligned.
  std::span<const float> decode(std::span<const std::span<const std::byte>> heads);

private:
  /// Floats at a 64-byte boundary, as kernels want them.
  class Floats {
  public:
    void resize(size_t count) { lines.resize((count + 15) / 16); }
    float *data() { return lines.empty() ? nullptr : lines.front().values; }
    bool empty() const { return lines.empty(); }

  private:
    struct alignas(64) Line {
      float values[16];
    };
    std::vector<Line> lines;
  };

  /// A head in a form that the kernel takes.
  struct Head {
    const bst::Tensor *source; ///< As the program gives it.
    bst::Tensor map;           ///< [1, channels, ny, nx]: float row-major, or quantised NHWC.
    Floats values;             ///< Of `map`, where it is not the source under another name.
  };

  bst::YoloDecodeParams params;
  std::vector<Head> sources;
  size_t rowCount = 0;
  bst::Tensor output;
  Floats predictions;
  bst::Workers workers;
  Floats scratch;
};

} // namespace bstc

#endif // BSTC_DETECTORS_YOLOV5_DECODE_HEADS_H
