#ifndef BSTRT_PYTHON_PICTURES_H
#define BSTRT_PYTHON_PICTURES_H

#include "python/support.h"

#include <bst/picture.h>

namespace bstrt::python {

/// bstrt.Placement and bstrt.write_picture.
void addPictures(py::module_ &module);

/// Package.write_picture: brings `picture`, an array in the form `format`, to its place in `to`, an
/// array of input `index`. Returns that place.
bst_placement writePicture(const bst_package *package, uint32_t index, const py::array &picture,
                           const std::string &format, const py::array &to);

} // namespace bstrt::python

#endif // BSTRT_PYTHON_PICTURES_H
