#ifndef BSTC_DETECTORS_SHARED_HEAD_DECODER_H
#define BSTC_DETECTORS_SHARED_HEAD_DECODER_H

#include <cstddef>
#include <span>

namespace bstc {

/// The host's part of a network whose outputs are raw heads (bst::DetectionStage::Heads): turns
/// them into the predictions that a decode in the graph would give, bit for bit. Used by one thread
/// at a time.
class HeadDecoder {
public:
  virtual ~HeadDecoder() = default;

  /// Rows of predictions in the family's layout (Family::row): valid until the next call. \p heads:
  /// the bytes of each head as a session gives them, float or quantised, in the order of
  /// DecodeInfo::outputs; 4-byte aligned.
  virtual std::span<const float> decode(std::span<const std::span<const std::byte>> heads) = 0;
};

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_HEAD_DECODER_H
