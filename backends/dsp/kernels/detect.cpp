// Decode and suppression in one: equal to runYoloDecode() and runNms() one after the other, bit for
// bit. Of most boxes nothing but the objectness is read, and that as the integer in the head.
#include "backends/dsp/kernels/head.h"
#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/nms_parts.h"

namespace bst {
namespace {

/// What the integers of a head stand for, by their order: the lowest has index 0.
///
/// The sigmoids ascend, so that integers can be compared in their place: neighbours are numbers x
/// that differ by |x| / 255 or more, as there are 256 of them with 0 among them. Beyond 1e-4 that
/// changes e^x by more than the error of expOf(); nearer to 0 each of its operations ascends.
struct CodeTables {
  float sigmoid[256], plain[256];

  void fill(const Tensor &head) {
    const int32_t lowest = rangeOf(head.dtype).lo;
    for (int code = 0; code < 256; ++code) {
      plain[code] = realOf(head, uint8_t(lowest + code));
      sigmoid[code] = sigmoidOf(plain[code]);
    }
  }
};

/// One level's head. A code is an element's place in the order of its type: s8 elements have their
/// sign bit turned over.
struct Level {
  const uint8_t *data;
  const CodeTables *tables;
  const float *anchors;
  int64_t ny, nx, channels; ///< Channels of all anchors.
  int64_t firstRow;         ///< Of the predictions.
  float stride;
  int threshold; ///< A code; 256: no box of this level can be a candidate.
  uint8_t flip;
};

/// A box of a level.
struct Place {
  const Level *level;
  const uint8_t *box, *scores; ///< Where x, y, w, h and the classes with what follows them begin.
  int64_t anchor, x, y;
};

class Detection {
public:
  Detection(const DetectParams &params, TensorViews heads, std::byte *scratch);

  /// Finds the candidates.
  BST_INLINE void collect();
  size_t keep();
  void write(size_t count, float *y) const;

  /// Where things are in the scratch memory.
  struct Places {
    uint64_t levels, tables, boxes, suppression, size;
    Places(const DetectParams &params, int64_t rows) {
      const uint64_t heads = params.thresholds.size();
      ScratchLayout layout;
      levels = layout.take(heads * sizeof(Level));
      tables = layout.take(heads * sizeof(CodeTables));
      boxes = layout.take(mostKept(params.options) * sizeof(NmsBox));
      suppression = layout.take(nmsScratchSize(rows, params.decode.classes, params.options));
      size = layout.size();
    }
  };

private:
  static int64_t rowsOf(const DetectParams &params, const Tensor &head) {
    return params.decode.anchorsPerLevel * int64_t(head.shape[2]) * head.shape[3];
  }
  static int64_t rowsOf(const DetectParams &params, TensorViews heads) {
    int64_t rows = 0;
    for (const TensorView &head : heads)
      rows += rowsOf(params, *head.tensor);
    return rows;
  }

  /// The channel of a number (PredictionRow) of an anchor.
  int64_t channelOf(int64_t number, int64_t anchor) const {
    return params.objectnessFirst ? params.decode.row().channelObjectnessFirst(
                                        number, anchor, params.decode.anchorsPerLevel)
                                  : anchor * width + number;
  }
  Place placeOf(const Level &level, int64_t anchor, int64_t x, int64_t y) const {
    const uint8_t *pixel = level.data + (y * level.nx + x) * level.channels;
    return {&level,
            pixel + channelOf(0, anchor),
            pixel + channelOf(PredictionRow::scores, anchor),
            anchor,
            x,
            y};
  }
  Place placeOf(int64_t row) const;
  BST_INLINE void placeBox(const Place &place, float *numbers) const;
  BST_INLINE void collectBox(const Place &place, uint8_t objectnessCode, int64_t row);

  const DetectParams &params;
  const int64_t classes, width, rows;
  const Places places;
  std::byte *const scratch;
  Level *const levels;
  const size_t levelCount;
  BestKeys best;
};

Detection::Detection(const DetectParams &params, TensorViews heads, std::byte *scratch)
    : params(params), classes(params.decode.classes), width(params.decode.row().width()),
      rows(rowsOf(params, heads)), places(params, rows), scratch(scratch),
      levels(at<Level>(scratch, places.levels)), levelCount(heads.size()),
      best(at<Key>(scratch + places.suppression,
                   NmsScratch(rows, params.decode.classes, params.options).keys),
           heldCandidates(rows, params.decode.classes, params.options),
           uint64_t(params.options.maxCandidates)) {
  int64_t firstRow = 0;
  for (size_t i = 0; i < heads.size(); ++i) {
    const Tensor &head = *heads[i].tensor;
    const Extents4 extents(head);
    CodeTables &tables = at<CodeTables>(scratch, places.tables)[i];
    tables.fill(head);
    levels[i] = {.data = reinterpret_cast<const uint8_t *>(heads[i].data),
                 .tables = &tables,
                 .anchors =
                     params.decode.anchors.data() + 2 * int64_t(i) * params.decode.anchorsPerLevel,
                 .ny = extents.h,
                 .nx = extents.w,
                 .channels = extents.c,
                 .firstRow = firstRow,
                 .stride = params.decode.strides[i],
                 .threshold = params.thresholds[i] - rangeOf(head.dtype).lo,
                 .flip = uint8_t(head.dtype == DType::S8 ? 0x80 : 0)};
    firstRow += rowsOf(params, head);
  }
}

void Detection::collect() {
  for (const Level *level = levels; level != levels + levelCount; ++level) {
    const int64_t anchors = params.decode.anchorsPerLevel, pixels = level->ny * level->nx;
    if (level->threshold > 255)
      continue;
    // In the order of the memory; the order of the candidates is that of their scores and rows.
    const int64_t first = channelOf(PredictionRow::objectness, 0);
    const int64_t step = channelOf(PredictionRow::objectness, 1) - first;
    const int64_t channels = level->channels;
    const int threshold = level->threshold, flip = level->flip;
    const uint8_t *pixel = level->data + first;
    for (int64_t i = 0; i < pixels; ++i, pixel += channels)
      for (int64_t a = 0; a < anchors; ++a)
        if (const int code = pixel[a * step] ^ flip; code >= threshold)
          collectBox(placeOf(*level, a, i % level->nx, i / level->nx), uint8_t(code),
                     level->firstRow + a * pixels + i);
  }
}

/// Products with one objectness ascend as the classes' integers do.
void Detection::collectBox(const Place &place, uint8_t objectnessCode, int64_t row) {
  const uint8_t *codes = place.scores, flip = place.level->flip;
  const float *sigmoid = place.level->tables->sigmoid;
  const float objectness = sigmoid[objectnessCode];
  uint8_t greatest = 0;
  for (int64_t c = 0; c < classes; ++c)
    greatest = std::max(greatest, uint8_t(codes[c] ^ flip));
  const float top = objectness * sigmoid[greatest];
  float numbers[4];
  if (!(top > params.options.confidence))
    return;
  placeBox(place, numbers);
  if (!isFiniteBox(numbers))
    return;
  // Of classes whose integers differ but whose scores are equal, the first counts.
  const bool all = params.options.multiLabel;
  const float *lowest = std::partition_point(sigmoid, sigmoid + greatest, [&](float probability) {
    const float score = objectness * probability;
    return all ? !(score > params.options.confidence) : score < top;
  });
  for (int64_t c = 0; c < classes; ++c) {
    const uint8_t code = codes[c] ^ flip;
    if (code < lowest - sigmoid)
      continue;
    best.add(keyOf(objectness * sigmoid[code], uint64_t(row * classes + c)));
    if (!all)
      break;
  }
}

Place Detection::placeOf(int64_t row) const {
  const Level *level = levels + levelCount - 1;
  while (row < level->firstRow)
    --level;
  const int64_t own = row - level->firstRow, pixels = level->ny * level->nx;
  const int64_t anchor = own / pixels, pixel = own % pixels;
  return placeOf(*level, anchor, pixel % level->nx, pixel / level->nx);
}

void Detection::placeBox(const Place &place, float *numbers) const {
  const Level &level = *place.level;
  for (int i = 0; i < 4; ++i)
    numbers[i] = level.tables->sigmoid[place.box[i] ^ level.flip];
  const float *anchor = level.anchors + 2 * place.anchor;
  BoxPlacement{level.stride, anchor[0], anchor[1]}.apply(numbers, place.x, place.y);
}

size_t Detection::keep() {
  const auto most = size_t(mostKept(params.options));
  const auto count = uint32_t(classes);
  return keepBoxes(best, params.decode.classes, params.options,
                   {at<NmsBox>(scratch, places.boxes), most}, scratch + places.suppression,
                   NmsScratch(rows, params.decode.classes, params.options), [&](Key key) {
                     float numbers[4];
                     placeBox(placeOf(uint32_t(key) / count), numbers);
                     return boxOf(key, count, numbers);
                   });
}

void Detection::write(size_t count, float *y) const {
  writeDetections(params.nms(), {at<NmsBox>(scratch, places.boxes), count}, y,
                  [&](uint32_t row, float *to) {
                    const Place place = placeOf(row);
                    const uint8_t *masks = place.scores + classes;
                    for (int64_t i = 0; i < params.decode.masks; ++i)
                      to[i] = place.level->tables->plain[masks[i] ^ place.level->flip];
                  });
}

} // namespace

uint64_t detectScratchSize(const DetectParams &params, int64_t rows) {
  return Detection::Places(params, rows).size;
}

void runDetect(const DetectParams &params, TensorViews heads, const TensorView &y,
               const KernelContext &context) {
  Detection detection(params, heads, context.scratch);
  runFor(context.isa, [&]() BST_ALWAYS_INLINE { detection.collect(); });
  detection.write(detection.keep(), reinterpret_cast<float *>(y.data));
}

} // namespace bst
