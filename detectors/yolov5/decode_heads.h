#ifndef BSTC_DETECTORS_YOLOV5_DECODE_HEADS_H
#define BSTC_DETECTORS_YOLOV5_DECODE_HEADS_H

#include "detectors/shared/head_decoder.h"
#include "runtime/program/program.h"
#include "runtime/support/workers.h"

#include <vector>

namespace bstc::yolov5 {

/// Decodes heads with the kernel of the DSP command.
class Decoder final : public HeadDecoder {
public:
  /// \p program is verified, its stage is Heads, and it outlives the decoder.
  explicit Decoder(const bst::Program &program, unsigned threads = 1);

  size_t rows() const { return rowCount; }
  bst::PredictionRow layout() const { return params.row(); }

  std::span<const float> decode(std::span<const std::span<const std::byte>> heads) override;

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

} // namespace bstc::yolov5

#endif // BSTC_DETECTORS_YOLOV5_DECODE_HEADS_H
