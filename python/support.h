#ifndef BSTRT_PYTHON_SUPPORT_H
#define BSTRT_PYTHON_SUPPORT_H

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <bst/bst.h>

#include <stdexcept>
#include <string>

/// What the parts of the Python module share.
namespace bstrt::python {

namespace py = pybind11;

/// What becomes bstrt.Error in Python.
struct Failure : std::runtime_error {
  explicit Failure(const bst_error &error) : std::runtime_error(error.message), code(error.code) {}
  Failure(bst_status code, const std::string &message) : std::runtime_error(message), code(code) {}
  bst_status code;
};

/// Calls a function of the C interface with an error to fill; throws what it fails with.
template <class Call> void check(Call &&call) {
  bst_error error = {};
  if (call(&error) != BST_OK)
    throw Failure(error);
}

inline std::string text(const py::handle &of) { return py::str(of); }

} // namespace bstrt::python

#endif // BSTRT_PYTHON_SUPPORT_H
