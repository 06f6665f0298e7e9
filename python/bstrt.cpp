// The Python module bstrt: packages and sessions of libbstrt with NumPy arrays. Arrays have the
// shapes of the ONNX file; what lies in memory as NHWC is shown through strides, not copied.
#include "python/pictures.h"

#include <pybind11/stl.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace bstrt::python;

namespace {

struct Release {
  void operator()(bst_package *package) const { bst_package_release(package); }
  void operator()(bst_device *device) const { bst_device_release(device); }
  void operator()(bst_session *session) const { bst_session_destroy(session); }
};
template <class Handle> using Held = std::unique_ptr<Handle, Release>;

// Names come from ONNX files, which do not all hold UTF-8. In Python, their other bytes are what
// they are in names of files ("surrogateescape"): nothing is lost, and a name can be handed back.
py::str nameFrom(const char *name) {
  PyObject *decoded = PyUnicode_DecodeUTF8(name, py::ssize_t(std::strlen(name)), "surrogateescape");
  if (!decoded)
    throw py::error_already_set();
  return py::reinterpret_steal<py::str>(decoded);
}
std::string nameTo(const py::str &name) {
  const auto bytes = py::reinterpret_steal<py::bytes>(
      PyUnicode_AsEncodedString(name.ptr(), "utf-8", "surrogateescape"));
  if (!bytes)
    throw py::error_already_set();
  return bytes;
}

py::dtype numpyType(bst_dtype dtype) {
  switch (dtype) {
  case BST_S8:
    return py::dtype::of<int8_t>();
  case BST_U8:
    return py::dtype::of<uint8_t>();
  case BST_S32:
    return py::dtype::of<int32_t>();
  default:
    return py::dtype::of<float>();
  }
}

py::tuple tupleOf(const int32_t *values, uint32_t count) {
  py::tuple tuple(count);
  for (uint32_t i = 0; i < count; ++i)
    tuple[i] = values[i];
  return tuple;
}

std::vector<py::ssize_t> shapeOf(const bst_tensor_info &info) {
  return {info.shape, info.shape + info.rank};
}

/// Bytes from an element to the next along each axis of the shape.
std::vector<py::ssize_t> stridesOf(const bst_tensor_info &info) {
  std::vector<py::ssize_t> order; // Axes, the innermost first.
  for (auto axis = py::ssize_t(info.rank); axis-- > 0;)
    order.push_back(axis);
  if (info.layout == BST_NHWC)
    order = {1, 3, 2, 0};
  std::vector<py::ssize_t> strides(info.rank);
  py::ssize_t step = numpyType(info.dtype).itemsize();
  for (py::ssize_t axis : order) {
    strides[size_t(axis)] = step;
    step *= info.shape[axis];
  }
  return strides;
}

bst_buffer bufferOf(const bst_tensor_info &info, void *data) {
  bst_buffer buffer = BST_INIT(bst_buffer);
  buffer.data = data;
  buffer.size = size_t(info.size);
  buffer.dtype = info.dtype;
  buffer.layout = info.layout;
  buffer.rank = info.rank;
  std::memcpy(buffer.shape, info.shape, sizeof(buffer.shape));
  return buffer;
}

class Package {
public:
  explicit Package(const std::string &path) {
    check([&](bst_error *error) { return opened(bst_package_open, error, path.c_str()); });
  }
  static Package fromBytes(const py::bytes &bytes) {
    const std::string_view view = bytes;
    Package package;
    check([&](bst_error *error) {
      return package.opened(bst_package_open_memory, error, view.data(), view.size(),
                            uint32_t(BST_MEMORY_COPY));
    });
    return package;
  }

  bst_package *get() const { return handle.get(); }
  bst_package_info info() const {
    bst_package_info info = BST_INIT(bst_package_info);
    bst_package_get_info(get(), &info, nullptr);
    return info;
  }
  std::vector<bst_tensor_info> inputs() const {
    return ports(info().inputs, bst_package_get_input);
  }
  std::vector<bst_tensor_info> outputs() const {
    return ports(info().outputs, bst_package_get_output);
  }
  py::object preprocess(uint32_t input) const;
  py::dict decode() const;

private:
  Package() = default;
  template <class Open, class... Arguments>
  bst_status opened(Open open, bst_error *error, Arguments... arguments) {
    bst_package *package = nullptr;
    const bst_status status = open(arguments..., &package, error);
    handle = std::shared_ptr<bst_package>(package, Release());
    return status;
  }
  template <class Get> std::vector<bst_tensor_info> ports(uint32_t count, Get get) const {
    std::vector<bst_tensor_info> infos(count, BST_INIT(bst_tensor_info));
    for (uint32_t i = 0; i < count; ++i)
      check([&](bst_error *error) { return get(handle.get(), i, &infos[i], error); });
    return infos;
  }
  std::shared_ptr<bst_package> handle;
};

/// None where the package does not say.
py::object Package::preprocess(uint32_t input) const {
  bst_preprocess_info info = BST_INIT(bst_preprocess_info);
  bst_error error = {};
  if (bst_package_get_preprocess(get(), input, &info, &error) == BST_ERROR_UNSUPPORTED)
    return py::none();
  check(
      [&](bst_error *failure) { return bst_package_get_preprocess(get(), input, &info, failure); });
  static constexpr const char *fits[] = {"exact", "stretch", "letterbox"};
  static constexpr const char *forms[] = {"elements", "nv12", "nv12-full"};
  py::dict result;
  result["channels_last"] = info.channels_last != 0;
  result["colours"] = info.colours == BST_BGR ? "bgr" : "rgb";
  result["fit"] = info.fit < 3 ? fits[info.fit] : "unknown";
  result["form"] = info.form < 3 ? forms[info.form] : "unknown";
  result["pad"] = info.pad;
  result["mean"] = py::make_tuple(info.mean[0], info.mean[1], info.mean[2]);
  result["scale"] = py::make_tuple(info.scale[0], info.scale[1], info.scale[2]);
  return result;
}

py::dict Package::decode() const {
  bst_decode_info info = BST_INIT(bst_decode_info);
  check([&](bst_error *error) { return bst_package_get_decode(get(), &info, error); });
  static constexpr const char *stages[] = {"predictions", "heads", "detections"};
  py::dict result;
  result["kind"] = info.kind;
  result["classes"] = info.classes;
  result["masks"] = info.masks;
  result["strides"] = std::vector<float>(info.strides, info.strides + info.levels);
  result["anchors"] = std::vector<float>(
      info.anchors, info.anchors + size_t(info.levels) * info.anchors_per_level * 2);
  py::list names;
  for (uint32_t i = 0; i < info.class_names; ++i)
    names.append(nameFrom(bst_package_class_name(get(), i)));
  result["class_names"] = names;
  result["stage"] = info.stage < 3 ? stages[info.stage] : "unknown";
  result["outputs"] = std::vector<uint32_t>(info.outputs, info.outputs + info.output_count);
  result["prototypes"] = info.prototypes;
  result["nms_confidence"] = info.nms_confidence;
  result["nms_iou"] = info.nms_iou;
  result["nms_max_detections"] = info.nms_max_detections;
  return result;
}

/// A device that sessions may share.
class Device {
public:
  explicit Device(const std::string &name, const std::string &options) {
    bst_device *device = nullptr;
    check([&](bst_error *error) {
      return bst_device_open_by_name(name.c_str(), options.empty() ? nullptr : options.c_str(),
                                     &device, error);
    });
    handle.reset(device, Release());
  }
  bst_device *get() const { return handle.get(); }

private:
  std::shared_ptr<bst_device> handle;
};

/// A session. Everything that takes long lets other Python threads run.
class Session {
public:
  Session(Package from, const Device &device, uint32_t threads, uint32_t frames, int32_t priority)
      : package(std::move(from)), inputs(package.inputs()), outputs(package.outputs()) {
    bst_session_options options = BST_INIT(bst_session_options);
    options.threads = threads;
    options.frames = frames;
    options.priority = priority;
    bst_session *created = nullptr;
    check([&](bst_error *error) {
      return bst_session_create(package.get(), device.get(), &options, &created, error);
    });
    handle.reset(created);
  }

  /// The frame's memory of an input or output as an array; it keeps the session alive.
  py::array input(const py::object &self, const py::str &name, uint32_t frame) {
    return view(self, inputs, find(bst_package_find_input, name), frame, bst_session_get_input);
  }
  py::array output(const py::object &self, const py::str &name, uint32_t frame) {
    return view(self, outputs, find(bst_package_find_output, name), frame, bst_session_get_output);
  }

  /// Copies the arrays in, runs, and returns copies of the outputs by name.
  py::dict run(const py::object &self, const py::object &given, uint32_t frame) {
    if (py::isinstance<py::array>(given)) {
      if (inputs.size() != 1)
        throw Failure(BST_ERROR_INVALID_ARGUMENT, "the package has " +
                                                      std::to_string(inputs.size()) +
                                                      " inputs: pass a dict of arrays by name");
      write(self, 0, given.cast<py::array>(), frame);
    } else if (!given.is_none()) {
      for (const auto &[name, array] : given.cast<py::dict>())
        write(self, find(bst_package_find_input, name.cast<py::str>()), array.cast<py::array>(),
              frame);
    }
    runFrame(frame);
    py::dict result;
    for (uint32_t i = 0; i < outputs.size(); ++i)
      result[nameFrom(outputs[i].name)] =
          py::array(view(self, outputs, i, frame, bst_session_get_output).attr("copy")());
    return result;
  }

  void bindInput(const py::str &name, const py::object &array, uint32_t frame) {
    bind(inputs, find(bst_package_find_input, name), array, frame, bst_session_bind_input, "input",
         false);
  }
  void bindOutput(const py::str &name, const py::object &array, uint32_t frame) {
    bind(outputs, find(bst_package_find_output, name), array, frame, bst_session_bind_output,
         "output", true);
  }

  void runFrame(uint32_t frame) {
    const py::gil_scoped_release others;
    check([&](bst_error *error) { return bst_session_run(handle.get(), frame, error); });
  }
  void submit(uint32_t frame) {
    const py::gil_scoped_release others;
    check([&](bst_error *error) { return bst_session_submit(handle.get(), frame, error); });
  }
  void wait(uint32_t frame, double timeout) {
    const py::gil_scoped_release others;
    check([&](bst_error *error) { return bst_session_wait(handle.get(), frame, timeout, error); });
  }
  int event() {
    int descriptor = -1;
    check(
        [&](bst_error *error) { return bst_session_get_event(handle.get(), &descriptor, error); });
    return descriptor;
  }
  void cancel(uint32_t frame) {
    const py::gil_scoped_release others;
    check([&](bst_error *error) { return bst_session_cancel(handle.get(), frame, error); });
  }
  void selftest() {
    const py::gil_scoped_release others;
    check([&](bst_error *error) { return bst_session_selftest(handle.get(), nullptr, error); });
  }

private:
  template <class Find> uint32_t find(Find find, const py::str &name) const {
    uint32_t index = 0;
    const std::string wanted = nameTo(name);
    check([&](bst_error *error) { return find(package.get(), wanted.c_str(), &index, error); });
    return index;
  }

  template <class Get>
  py::array view(const py::object &self, const std::vector<bst_tensor_info> &infos, uint32_t index,
                 uint32_t frame, Get get) {
    bst_buffer buffer = BST_INIT(bst_buffer);
    check([&](bst_error *error) { return get(handle.get(), frame, index, &buffer, error); });
    const bst_tensor_info &info = infos[index];
    return py::array(numpyType(info.dtype), shapeOf(info), stridesOf(info), buffer.data, self);
  }

  /// Refuses another type or shape: NumPy would convert and broadcast.
  static void checkArray(const bst_tensor_info &info, const char *role, const py::array &array) {
    const auto refuse = [&](const std::string &what, const py::handle &actual,
                            const py::handle &expected) {
      throw Failure(BST_ERROR_INVALID_ARGUMENT, std::string(role) + " '" + info.name +
                                                    "': the array's " + what + " is " +
                                                    text(actual) + ", expected " + text(expected));
    };
    const py::dtype expected = numpyType(info.dtype);
    if (!array.dtype().is(expected) && !array.dtype().equal(expected))
      refuse("dtype", array.dtype(), expected);
    const py::tuple shape = tupleOf(info.shape, info.rank);
    const py::object actual = array.attr("shape");
    if (!actual.equal(shape))
      refuse("shape", actual, shape);
  }

  void write(const py::object &self, uint32_t index, const py::array &array, uint32_t frame) {
    checkArray(inputs[index], "input", array);
    py::array memory = view(self, inputs, index, frame, bst_session_get_input);
    memory[py::ellipsis()] = array;
  }

  template <class Bind>
  void bind(const std::vector<bst_tensor_info> &infos, uint32_t index, const py::object &object,
            uint32_t frame, Bind bind, const char *role, bool writes) {
    const bst_tensor_info &info = infos[index];
    void *data = nullptr;
    if (!object.is_none()) {
      const auto array = object.cast<py::array>();
      checkArray(info, role, array);
      const std::vector<py::ssize_t> strides = stridesOf(info);
      for (uint32_t axis = 0; axis < info.rank; ++axis)
        if (info.shape[axis] > 1 && array.strides(axis) != strides[axis])
          throw Failure(BST_ERROR_INVALID_ARGUMENT,
                        std::string(role) + " '" + info.name +
                            "': the array does not lie in memory as " +
                            bst_layout_name(info.layout) +
                            " without gaps; bstrt.empty() makes one that does");
      data = writes ? array.request(true).ptr : const_cast<void *>(array.data());
    }
    const bst_buffer buffer = bufferOf(info, data);
    check([&](bst_error *error) { return bind(handle.get(), frame, index, &buffer, error); });
    bound[{role, index, frame}] = object; // Lives as long as the binding.
  }

  Package package;
  std::vector<bst_tensor_info> inputs, outputs;
  std::map<std::tuple<std::string, uint32_t, uint32_t>, py::object> bound;
  Held<bst_session> handle; ///< Destroyed first: it uses what is bound.
};

/// An array for bind_input or bind_output: aligned, and in the tensor's layout.
py::array emptyFor(const bst_tensor_info &info) {
  void *memory = std::aligned_alloc(BST_ALIGNMENT, (info.size + BST_ALIGNMENT - 1) / BST_ALIGNMENT *
                                                       BST_ALIGNMENT);
  if (!memory)
    throw std::bad_alloc();
  std::memset(memory, 0, info.size);
  const py::capsule owner(memory, [](void *block) { std::free(block); });
  return py::array(numpyType(info.dtype), shapeOf(info), stridesOf(info), memory, owner);
}

/// Each keeps the package: its strings are the package's.
py::list tensors(const py::object &package, const std::vector<bst_tensor_info> &infos) {
  py::list list;
  for (const bst_tensor_info &info : infos) {
    const py::object tensor = py::cast(info);
    py::detail::keep_alive_impl(tensor, package);
    list.append(tensor);
  }
  return list;
}

void addPackage(py::module_ &module) {
  py::class_<bst_tensor_info>(module, "Tensor", "An input or output of a package.")
      .def_property_readonly("name", [](const bst_tensor_info &t) { return nameFrom(t.name); })
      .def_property_readonly("dtype", [](const bst_tensor_info &t) { return numpyType(t.dtype); })
      .def_property_readonly("shape",
                             [](const bst_tensor_info &t) { return tupleOf(t.shape, t.rank); })
      .def_property_readonly("layout",
                             [](const bst_tensor_info &t) { return bst_layout_name(t.layout); })
      .def_property_readonly("scale", [](const bst_tensor_info &t) { return t.scale; })
      .def_property_readonly("zero_point", [](const bst_tensor_info &t) { return t.zero_point; })
      .def_property_readonly("zero_copy", [](const bst_tensor_info &t) { return t.zero_copy != 0; })
      .def("__repr__", [](const bst_tensor_info &t) {
        return py::str("<bstrt.Tensor '{}' {} {}>")
            .format(nameFrom(t.name), bst_dtype_name(t.dtype), tupleOf(t.shape, t.rank));
      });
  py::class_<Package>(module, "Package", "A compiled network: Package('model.bst').")
      .def(py::init<const std::string &>(), py::arg("path"))
      .def_static("from_bytes", &Package::fromBytes, py::arg("bytes"))
      .def_property_readonly("name", [](const Package &p) { return nameFrom(p.info().name); })
      .def_property_readonly("target", [](const Package &p) { return nameFrom(p.info().target); })
      .def_property_readonly("compiler",
                             [](const Package &p) { return nameFrom(p.info().compiler); })
      .def_property_readonly("hash", [](const Package &p) { return p.info().hash; })
      .def_property_readonly("has_self_test",
                             [](const Package &p) { return p.info().has_self_test != 0; })
      .def_property_readonly(
          "inputs",
          [](const py::object &self) { return tensors(self, self.cast<Package &>().inputs()); })
      .def_property_readonly(
          "outputs",
          [](const py::object &self) { return tensors(self, self.cast<Package &>().outputs()); })
      .def("preprocess", &Package::preprocess, py::arg("input") = 0,
           "How an input is made of a picture, or None.")
      .def(
          "write_picture",
          [](const Package &p, const py::array &picture, const py::array &to,
             const std::string &format,
             uint32_t input) { return writePicture(p.get(), input, picture, format, to); },
          py::arg("picture"), py::arg("to"), py::arg("format") = "rgb", py::arg("input") = 0,
          "Brings a picture to its place in an input that takes 8-bit pixels, as Session.input() "
          "gives it, and returns that place: see bstrt.write_picture.")
      .def_property_readonly("decode", &Package::decode);
}

void addSession(py::module_ &module) {
  const auto frame = py::arg("frame") = 0;
  py::class_<Device>(module, "Device", "What runs programs; sessions may share it.")
      .def(py::init<const std::string &, const std::string &>(), py::arg("name") = "simulator",
           py::arg("options") = "")
      .def_property_readonly("name", [](const Device &d) { return bst_device_name(d.get()); });
  py::class_<Session>(module, "Session", "A package made ready on a device.")
      .def(py::init<Package, const Device &, uint32_t, uint32_t, int32_t>(), py::arg("package"),
           py::arg("device"), py::arg("threads") = 1, py::arg("frames") = 1,
           py::arg("priority") = 0)
      .def(
          py::init([](const Package &package, const std::string &device, const std::string &options,
                      uint32_t threads, uint32_t frames, int32_t priority) {
            return std::make_unique<Session>(package, Device(device, options), threads, frames,
                                             priority);
          }),
          py::arg("package"), py::arg("device") = "simulator", py::arg("device_options") = "",
          py::arg("threads") = 1, py::arg("frames") = 1, py::arg("priority") = 0)
      .def(
          "run",
          [](const py::object &self, const py::object &inputs, uint32_t frame) {
            return self.cast<Session &>().run(self, inputs, frame);
          },
          py::arg("inputs") = py::none(), frame,
          "Copies an array (or a dict of them by name) in, runs, returns outputs by name. Without "
          "arrays: runs what is in input().")
      .def(
          "input",
          [](const py::object &self, const py::str &name, uint32_t frame) {
            return self.cast<Session &>().input(self, name, frame);
          },
          py::arg("name"), frame, "The input's memory, to be written before every run.")
      .def(
          "output",
          [](const py::object &self, const py::str &name, uint32_t frame) {
            return self.cast<Session &>().output(self, name, frame);
          },
          py::arg("name"), frame, "The output's memory: valid until the frame's next run.")
      .def("bind_input", &Session::bindInput, py::arg("name"), py::arg("array"), frame,
           "Lets runs read this array in place (bstrt.empty); None ends it.")
      .def("bind_output", &Session::bindOutput, py::arg("name"), py::arg("array"), frame,
           "Lets runs write this array in place (bstrt.empty); None ends it.")
      .def("submit", &Session::submit, frame,
           "Starts a frame and returns: all frames may be in flight.")
      .def("wait", &Session::wait, frame, py::arg("timeout") = -1.0,
           "Until a submitted frame is done; raises what went wrong with it.")
      .def(
          "event", &Session::event,
          "A file descriptor for select and asyncio's add_reader: readable when frames have ended, "
          "whose number is its 8 bytes.")
      .def("cancel", &Session::cancel, py::arg("frame") = BST_ALL_FRAMES)
      .def("selftest", &Session::selftest, "Raises Error where the device differs.");
}

} // namespace

PYBIND11_MODULE(bstrt, module) {
  module.doc() = "Runs compiled networks (.bst packages) on NumPy arrays.";
  module.attr("__version__") = bst_version_string();
  static py::exception<Failure> error(module, "Error", PyExc_RuntimeError);
  error.doc() = "What went wrong; `code` is the bst_status.";
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown)
        std::rethrow_exception(thrown);
    } catch (const Failure &failure) {
      py::object raised = py::handle(error.ptr())(nameFrom(failure.what()));
      raised.attr("code") = failure.code;
      PyErr_SetObject(error.ptr(), raised.ptr());
    }
  });
  addPictures(module);
  addPackage(module);
  addSession(module);
  module.def("empty", &emptyFor, py::arg("tensor"),
             "An array of zeros for a tensor, fit for bind_input and bind_output.");
}
