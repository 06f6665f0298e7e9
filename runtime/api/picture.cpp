// Pictures for networks that take them as they are: bst/picture.h.
#include "runtime/api/handles.h"
#include "runtime/api/picture_rows.h"

#include <cmath>
#include <cstring>

using namespace bst;
using namespace bst::api;

static bool isExtent(uint32_t extent) { return extent >= 1 && extent <= BST_PICTURE_MAX; }

static bst_status checkExtents(const char *what, uint32_t width, uint32_t height,
                               bst_error *error) {
  if (isExtent(width) && isExtent(height))
    return BST_OK;
  return fail(error, BST_ERROR_INVALID_ARGUMENT, "{}: is {} x {}, expected extents of 1 to {}",
              what, width, height, uint32_t(BST_PICTURE_MAX));
}

/// Of an odd number of pixels, the smaller half comes first.
static uint32_t firstPad(uint32_t both) { return uint32_t(std::lrint(both / 2.0 - 0.1)); }

static void letterbox(bst_placement &p) {
  const double gain =
      std::min(double(p.height) / p.picture_height, double(p.width) / p.picture_width);
  // Even the short side of a very long picture keeps one pixel.
  p.inner_width = uint32_t(std::max(1L, std::lrint(p.picture_width * gain)));
  p.inner_height = uint32_t(std::max(1L, std::lrint(p.picture_height * gain)));
  p.left = firstPad(p.width - p.inner_width);
  p.top = firstPad(p.height - p.inner_height);
  p.gain_x = p.gain_y = float(gain);
  p.pad_x = float((p.width - p.picture_width * gain) / 2);
  p.pad_y = float((p.height - p.picture_height * gain) / 2);
}

bst_status bst_picture_place(uint32_t picture_width, uint32_t picture_height, uint32_t width,
                             uint32_t height, uint32_t fit, bst_placement *placement,
                             bst_error *error) noexcept {
  if (const bst_status status = checkExtents("picture", picture_width, picture_height, error);
      status != BST_OK)
    return status;
  if (const bst_status status = checkExtents("input", width, height, error); status != BST_OK)
    return status;
  if (fit > BST_FIT_LETTERBOX)
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "fit: {} is unknown", fit);
  if (fit == BST_FIT_EXACT && (picture_width != width || picture_height != height))
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "the picture is {}x{}, but the network takes only {}x{}", picture_width,
                picture_height, width, height);
  bst_placement filled = {};
  filled.width = filled.inner_width = width;
  filled.height = filled.inner_height = height;
  filled.picture_width = picture_width;
  filled.picture_height = picture_height;
  filled.gain_x = float(width) / float(picture_width);
  filled.gain_y = float(height) / float(picture_height);
  if (fit == BST_FIT_LETTERBOX)
    letterbox(filled);
  return fillInfo(filled, placement, "placement", error);
}

bst_status bst_picture_of_input(const bst_package *package, uint32_t index, void *data,
                                bst_picture *picture, bst_error *error) noexcept {
  if (!isHandle(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  const Program &program = package->program();
  if (index >= program.inputs.size())
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "input {}: the package has {}", index,
                program.inputs.size());
  const Tensor &tensor = program.tensors[program.inputs[index]];
  for (const Preprocess &preprocess : program.preprocess) {
    if (preprocess.input != index || tensor.dtype != DType::U8 || tensor.shape[0] != 1 ||
        !preprocess.channelsLast)
      continue;
    const bool nv12 = preprocess.form != PictureForm::Elements;
    bst_picture filled = {};
    filled.format = preprocess.form == PictureForm::Nv12       ? BST_PIXELS_NV12
                    : preprocess.form == PictureForm::Nv12Full ? BST_PIXELS_NV12_FULL
                    : preprocess.colours == ColourOrder::Bgr   ? BST_PIXELS_BGR
                                                               : BST_PIXELS_RGB;
    filled.width = uint32_t(tensor.shape[2]);
    filled.height = uint32_t(nv12 ? tensor.shape[1] / 3 * 2 : tensor.shape[1]);
    filled.planes[0] = data;
    return fillInfo(filled, picture, "picture", error);
  }
  return fail(error, BST_ERROR_UNSUPPORTED, "input {}: it does not take a picture of 8-bit pixels",
              quoted(tensor.name));
}

/// The caller's structures, checked.
struct PictureWrite {
  bst_picture from, to;
  bst_placement placement;

  bst_status read(const bst_picture *givenFrom, const bst_placement *givenPlacement,
                  const bst_picture *givenTo, bst_error *error);
};

static bst_status readPicture(const bst_picture *given, const char *name, uint32_t width,
                              uint32_t height, bst_picture &picture, bst_error *error) {
  if (!isGiven(given, name, error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (const bst_status status = readOptions(given, picture, name, error); status != BST_OK)
    return status;
  if (picture.format < BST_PIXELS_RGB || picture.format > BST_PIXELS_NV12_FULL)
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "{}: format {} is unknown", name,
                picture.format);
  if (const bst_status status = checkExtents(name, picture.width, picture.height, error);
      status != BST_OK)
    return status;
  if (picture.width != width || picture.height != height)
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "{}: is {} x {}, the placement is for {} x {}",
                name, picture.width, picture.height, width, height);
  const bool nv12 = picture.format >= BST_PIXELS_NV12;
  if (nv12 && (picture.width % 2 || picture.height % 2))
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "{}: is {} x {}, NV12 has an even number of rows and columns", name, picture.width,
                picture.height);
  const size_t row = size_t(picture.width) * (nv12 ? 1 : 3);
  const size_t most = SIZE_MAX / 4 / picture.height; // Of 1.5 planes: no place wraps around.
  for (int plane = 0; plane < (nv12 ? 2 : 1); ++plane)
    if (const size_t stride = picture.strides[plane]; stride && (stride < row || stride > most))
      return fail(error, BST_ERROR_INVALID_ARGUMENT, "{}: stride is {}, expected {} to {} bytes",
                  name, uint64_t(stride), uint64_t(row), uint64_t(most));
  return BST_OK;
}

bst_status PictureWrite::read(const bst_picture *givenFrom, const bst_placement *givenPlacement,
                              const bst_picture *givenTo, bst_error *error) {
  if (!isGiven(givenPlacement, "placement", error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (const bst_status status = readOptions(givenPlacement, placement, "placement", error);
      status != BST_OK)
    return status;
  const bst_placement &p = placement;
  if (const bst_status status =
          readPicture(givenFrom, "from", p.picture_width, p.picture_height, from, error);
      status != BST_OK)
    return status;
  if (const bst_status status = readPicture(givenTo, "to", p.width, p.height, to, error);
      status != BST_OK)
    return status;
  const auto inside = [](uint32_t begin, uint32_t extent, uint32_t all) {
    return extent >= 1 && extent <= all && begin <= all - extent;
  };
  if (!inside(p.left, p.inner_width, p.width) || !inside(p.top, p.inner_height, p.height) ||
      p.resampling > BST_RESAMPLE_AREA)
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "placement: {} x {} pixels from {}, {} on are not inside of {} x {}, or resampling "
                "{} is unknown",
                p.inner_width, p.inner_height, p.left, p.top, p.width, p.height, p.resampling);
  return BST_OK;
}

namespace {
/// What a write works with; without memory, how much of it that takes.
struct Pipeline {
  Pipeline(const PictureWrite &write, std::byte *memory)
      : scratch(memory), reader(write.from, scratch), writer(write.to, scratch),
        resizer(reader, int32_t(write.placement.inner_width), int32_t(write.placement.inner_height),
                write.placement.resampling, scratch, memory == nullptr) {}

  Scratch scratch;
  RowReader reader;
  RowWriter writer;
  Resizer resizer;
};
} // namespace

size_t bst_picture_scratch_size(const bst_picture *from, const bst_placement *placement,
                                const bst_picture *to) noexcept {
  PictureWrite write;
  if (write.read(from, placement, to, nullptr) != BST_OK)
    return 0;
  return Pipeline(write, nullptr).scratch.size() + 8; // Never 0.
}

bst_status bst_picture_write(const bst_picture *from, const bst_placement *placement, uint8_t pad,
                             const bst_picture *to, void *scratch, size_t scratch_size,
                             bst_error *error) noexcept {
  PictureWrite write;
  if (const bst_status status = write.read(from, placement, to, error); status != BST_OK)
    return status;
  if (!isGiven(write.from.planes[0], "from", error) || !isGiven(write.to.planes[0], "to", error) ||
      !isGiven(scratch, "scratch", error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (const size_t needed = Pipeline(write, nullptr).scratch.size() + 8;
      scratch_size < needed || uintptr_t(scratch) % 8)
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "scratch: {} bytes at {} past a multiple of 8, expected {} bytes at one",
                uint64_t(scratch_size), uint64_t(uintptr_t(scratch) % 8), uint64_t(needed));
  const bst_placement &p = write.placement;
  Pipeline pipeline(write, static_cast<std::byte *>(scratch));
  const size_t left = 3 * size_t(p.left), inner = 3 * size_t(p.inner_width);
  const size_t row = 3 * size_t(p.width);
  for (uint32_t y = 0; y < p.height; ++y) {
    uint8_t *out = pipeline.writer.next();
    if (y < p.top || y - p.top >= p.inner_height) {
      std::memset(out, pad, row);
    } else {
      std::memset(out, pad, left);
      pipeline.resizer.next(out + left);
      std::memset(out + left + inner, pad, row - left - inner);
    }
    pipeline.writer.done();
  }
  return succeed(error);
}

void bst_picture_boxes(const bst_placement *placement, float *boxes, size_t count) noexcept {
  bst_placement p;
  if (!placement || !boxes || readOptions(placement, p, "placement", nullptr) != BST_OK)
    return;
  const float most[2] = {float(p.picture_width), float(p.picture_height)};
  const float pad[2] = {p.pad_x, p.pad_y}, gain[2] = {p.gain_x, p.gain_y};
  for (size_t i = 0; i < 4 * count; ++i)
    boxes[i] = std::clamp((boxes[i] - pad[i % 2]) / gain[i % 2], 0.0f, most[i % 2]);
}
