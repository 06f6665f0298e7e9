// Pictures of 8-bit pixels in the Python module: bst/picture.h on NumPy arrays.
#include "python/pictures.h"

#include <algorithm>
#include <vector>

namespace bstrt::python {

static constexpr const char *formats[] = {"rgb", "bgr", "nv12", "nv12-full"}; // BST_PIXELS_*.
static constexpr const char *fits[] = {"exact", "stretch", "letterbox"};      // BST_FIT_*.

/// Where the name is in the list.
template <size_t count>
static uint32_t indexOf(const std::string &name, const char *const (&names)[count],
                        const char *what) {
  const auto *found = std::find(names, names + count, name);
  if (found != names + count)
    return uint32_t(found - names);
  std::string list;
  for (const char *each : names)
    list += (list.empty() ? "'" : ", '") + std::string(each) + "'";
  throw Failure(BST_ERROR_INVALID_ARGUMENT,
                std::string(what) + " is one of " + list + ", not '" + name + "'");
}

/// Whether pixels follow one another in each row. Rows may be apart.
static bool hasPlainRows(const py::array &array, bool nv12) {
  const py::ssize_t first = array.ndim() - (nv12 ? 2 : 3); // The axis of rows.
  const auto steps = [&](py::ssize_t axis, py::ssize_t bytes) {
    return array.shape(axis) == 1 || array.strides(axis) == bytes;
  };
  const bool dense =
      nv12 ? steps(first + 1, 1) : steps(first + 1, 3) && array.strides(first + 2) == 1;
  return dense && (array.shape(first) == 1 || array.strides(first) > 0);
}

/// The array's memory, which has plain rows: [height, width, 3], or [height * 3 / 2, width] of
/// NV12. An axis of one picture may stand in front.
static bst_picture pictureOf(const py::array &array, bst_pixels format, const char *name) {
  const bool nv12 = format >= BST_PIXELS_NV12;
  const py::ssize_t rank = nv12 ? 2 : 3, ones = array.ndim() - rank;
  const auto refuse = [&](const std::string &what) {
    throw Failure(BST_ERROR_INVALID_ARGUMENT, std::string(name) + ": " + what);
  };
  if (!array.dtype().equal(py::dtype::of<uint8_t>()))
    refuse("the array's dtype is " + text(array.dtype()) + ", expected uint8");
  const bool isPicture = (ones == 0 || (ones == 1 && array.shape(0) == 1)) &&
                         (nv12 ? array.shape(ones) % 3 == 0 : array.shape(ones + 2) == 3);
  if (!isPicture || array.size() == 0)
    refuse("the array's shape is " + text(array.attr("shape")) + ", expected " +
           (nv12 ? "(height * 3 / 2, width)" : "(height, width, 3)"));
  if (!hasPlainRows(array, nv12))
    refuse("the array's pixels have gaps between them, or are in another order");
  bst_picture picture = BST_INIT(bst_picture);
  picture.format = format;
  const py::ssize_t rows = array.shape(ones);
  picture.height = uint32_t(std::min<py::ssize_t>(nv12 ? rows / 3 * 2 : rows, UINT32_MAX));
  picture.width = uint32_t(std::min<py::ssize_t>(array.shape(ones + 1), UINT32_MAX));
  picture.planes[0] = const_cast<void *>(array.data());
  picture.strides[0] = rows > 1 ? size_t(array.strides(ones)) : 0;
  return picture;
}

/// To be read: where pixels are not one after the other (turned, or every other one), a copy.
static py::array readable(const py::array &array, bool nv12) {
  const bool tooFew = array.ndim() < (nv12 ? 2 : 3);
  return tooFew || hasPlainRows(array, nv12) ? array : py::array::ensure(array, py::array::c_style);
}

static void write(const bst_picture &from, const bst_placement &placement, uint8_t pad,
                  const bst_picture &to) {
  const py::gil_scoped_release others;
  std::vector<uint64_t> scratch(bst_picture_scratch_size(&from, &placement, &to) / 8 + 1);
  check([&](bst_error *error) {
    return bst_picture_write(&from, &placement, pad, &to, scratch.data(), scratch.size() * 8,
                             error);
  });
}

static bst_placement place(uint32_t pictureWidth, uint32_t pictureHeight, uint32_t width,
                           uint32_t height, uint32_t fit) {
  bst_placement placement = BST_INIT(bst_placement);
  check([&](bst_error *error) {
    return bst_picture_place(pictureWidth, pictureHeight, width, height, fit, &placement, error);
  });
  return placement;
}

bst_placement writePicture(const bst_package *package, uint32_t index, const py::array &picture,
                           const std::string &format, const py::array &to) {
  bst_picture input = BST_INIT(bst_picture);
  check([&](bst_error *error) {
    return bst_picture_of_input(package, index, nullptr, &input, error);
  });
  bst_preprocess_info how = BST_INIT(bst_preprocess_info);
  check([&](bst_error *error) { return bst_package_get_preprocess(package, index, &how, error); });
  const auto pixels = bst_pixels(indexOf(format, formats, "format"));
  const py::array from = readable(picture, pixels >= BST_PIXELS_NV12);
  const bst_picture read = pictureOf(from, pixels, "picture");
  if (!to.writeable())
    throw Failure(BST_ERROR_INVALID_ARGUMENT, "to: the array is read-only");
  const bst_placement placement =
      place(read.width, read.height, input.width, input.height, how.fit);
  write(read, placement, uint8_t(how.pad), pictureOf(to, input.format, "to"));
  return placement;
}

static void writeAnywhere(const py::array &picture, const bst_placement &placement,
                          const py::array &to, const std::string &format,
                          const std::string &toFormat, uint8_t pad) {
  const auto pixels = bst_pixels(indexOf(format, formats, "format"));
  const auto toPixels = bst_pixels(indexOf(toFormat, formats, "to_format"));
  const py::array from = readable(picture, pixels >= BST_PIXELS_NV12);
  if (!to.writeable())
    throw Failure(BST_ERROR_INVALID_ARGUMENT, "to: the array is read-only");
  write(pictureOf(from, pixels, "picture"), placement, pad, pictureOf(to, toPixels, "to"));
}

/// A copy of the boxes, in pixels of the picture.
static py::array boxes(const bst_placement &placement,
                       const py::array_t<float, py::array::forcecast> &given) {
  if (given.ndim() < 1 || given.shape(given.ndim() - 1) != 4)
    throw Failure(BST_ERROR_INVALID_ARGUMENT, "boxes: the array's shape is " +
                                                  text(given.attr("shape")) +
                                                  ", expected (..., 4)");
  auto copy = py::array_t<float, py::array::c_style>(given.attr("copy")("C"));
  bst_picture_boxes(&placement, copy.mutable_data(), size_t(copy.size()) / 4);
  return copy;
}

void addPictures(py::module_ &module) {
  using Placement = bst_placement;
  py::class_<Placement>(module, "Placement", "Where a picture lies in a network's input.")
      .def(py::init([](uint32_t pictureWidth, uint32_t pictureHeight, uint32_t width,
                       uint32_t height, const std::string &fit) {
             return place(pictureWidth, pictureHeight, width, height, indexOf(fit, fits, "fit"));
           }),
           py::arg("picture_width"), py::arg("picture_height"), py::arg("width"), py::arg("height"),
           py::arg("fit") = "letterbox")
      .def_readonly("width", &Placement::width)
      .def_readonly("height", &Placement::height)
      .def_readonly("picture_width", &Placement::picture_width)
      .def_readonly("picture_height", &Placement::picture_height)
      .def_readonly("inner_width", &Placement::inner_width)
      .def_readonly("inner_height", &Placement::inner_height)
      .def_readonly("left", &Placement::left)
      .def_readonly("top", &Placement::top)
      .def("boxes", &boxes, py::arg("boxes"),
           "Boxes (x1, y1, x2, y2) in pixels of the input as boxes in pixels of the picture, cut "
           "off at its edges: an array of the same shape.")
      .def("__repr__", [](const Placement &p) {
        return py::str("<bstrt.Placement {} x {} at {}, {} of {} x {}>")
            .format(p.inner_width, p.inner_height, p.left, p.top, p.width, p.height);
      });
  module.def("write_picture", &writeAnywhere, py::arg("picture"), py::arg("placement"),
             py::arg("to"), py::arg("format") = "rgb", py::arg("to_format") = "rgb",
             py::arg("pad") = 114,
             "Brings a picture, uint8 (height, width, 3) or NV12 (height * 3 / 2, width), to its "
             "place in another array. Formats: 'rgb', 'bgr', 'nv12', 'nv12-full'.");
}

} // namespace bstrt::python
