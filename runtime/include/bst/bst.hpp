// bst.hpp: the C interface (bst/bst.h) for C++17 hosts. A header only; needs neither exceptions nor
// RTTI. What can fail returns a Result<T>: a value, or an Error with code and message.
//
//   bstrt::Result<bstrt::Package> package = bstrt::Package::open("model.bst");
//   if (!package)
//     return complain(package.error().message());
//   bstrt::Result<bstrt::Session> session = bstrt::Session::create(*package, device);
//
// Handles are counted references (Package, Device: copyable) or owned (Session: movable). Threading
// rules are those of bst.h.
#ifndef BST_BST_HPP
#define BST_BST_HPP

#include <bst/picture.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace bstrt {

/// What went wrong. Converts to true where something did.
class [[nodiscard]] Error {
public:
  Error() noexcept { raw.message[0] = '\0'; }
  /// Did something go wrong?
  bool failed() const noexcept { return raw.code != BST_OK; }
  /// The same.
  explicit operator bool() const noexcept { return failed(); }
  /// What kind of error it is; BST_OK where nothing went wrong.
  bst_status code() const noexcept { return raw.code; }
  /// One line of UTF-8; lives as long as this object.
  const char *message() const noexcept { return raw.message; }
  /// For calls of the C interface: `bst_f(..., error.fill())`.
  bst_error *fill() noexcept { return &raw; }

private:
  bst_error raw = {};
};

/// A T or an Error. Reading the value of a failure ends the program.
template <class T> class [[nodiscard]] Result {
public:
  /// A success.
  Result(T &&value) noexcept : ok(true) { new (&storage.value) T(std::move(value)); }
  /// A failure: \p error must be one.
  Result(const Error &error) noexcept : ok(false) { new (&storage.error) Error(error); }
  Result(Result &&other) noexcept : ok(other.ok) {
    if (ok)
      new (&storage.value) T(std::move(other.storage.value));
    else
      new (&storage.error) Error(other.storage.error);
  }
  Result &operator=(Result &&) = delete;
  ~Result() {
    if (ok)
      storage.value.~T();
    else
      storage.error.~Error();
  }

  /// Is there a value?
  explicit operator bool() const noexcept { return ok; }
  /// The value.
  T &operator*() noexcept { return get(); }
  /// The value's members.
  T *operator->() noexcept { return &get(); }
  /// Only where there is one: `if (!result)`.
  const Error &error() const noexcept {
    if (ok)
      std::abort();
    return storage.error;
  }

private:
  T &get() noexcept {
    if (!ok)
      std::abort();
    return storage.value;
  }
  union Storage {
    Storage() noexcept {}
    ~Storage() {}
    T value;
    Error error;
  } storage;
  bool ok;
};

/// Elements that lie in a row in memory: C++17 has no std::span.
template <class T> class Span {
public:
  constexpr Span() noexcept = default;
  /// \p count elements from \p first on.
  constexpr Span(T *first, size_t count) noexcept : first(first), count(count) {}
  /// A whole array.
  template <size_t N> constexpr Span(T (&array)[N]) noexcept : Span(array, N) {}
  /// The first element.
  constexpr T *data() const noexcept { return first; }
  /// How many elements there are.
  constexpr size_t size() const noexcept { return count; }
  /// Are there none?
  constexpr bool empty() const noexcept { return count == 0; }
  /// The first element, for loops.
  constexpr T *begin() const noexcept { return first; }
  /// Past the last element, for loops.
  constexpr T *end() const noexcept { return first + count; }
  /// Element \p index, which must be below size().
  constexpr T &operator[](size_t index) const noexcept { return first[index]; }

private:
  T *first = nullptr;
  size_t count = 0;
};

/// The dtype of a C++ type.
template <class T> struct DTypeOf;
/// float32.
template <> struct DTypeOf<float> { static constexpr bst_dtype value = BST_F32; };
/// Signed bytes.
template <> struct DTypeOf<int8_t> { static constexpr bst_dtype value = BST_S8; };
/// Unsigned bytes.
template <> struct DTypeOf<uint8_t> { static constexpr bst_dtype value = BST_U8; };
/// Signed 32-bit integers.
template <> struct DTypeOf<int32_t> { static constexpr bst_dtype value = BST_S32; };

/// bst_tensor_info with C++ views.
class TensorInfo : public bst_tensor_info {
public:
  TensorInfo() noexcept : bst_tensor_info(BST_INIT(bst_tensor_info)) {}
  /// `name` as a view.
  std::string_view nameView() const noexcept { return name; }
  /// `shape`, as many as `rank`.
  Span<const int32_t> extents() const noexcept { return {shape, rank}; }
  /// `data` described as this tensor.
  bst_buffer buffer(void *data) const noexcept {
    bst_buffer buffer = BST_INIT(bst_buffer);
    buffer.data = data;
    buffer.size = size_t(size);
    buffer.dtype = dtype;
    buffer.layout = layout;
    buffer.rank = rank;
    std::memcpy(buffer.shape, shape, sizeof(shape));
    return buffer;
  }
};

/// A counted reference to a package.
class Package {
public:
  /// As bst_package_open().
  static Result<Package> open(const char *path) noexcept {
    Error error;
    bst_package *opened = nullptr;
    if (bst_package_open(path, &opened, error.fill()) != BST_OK)
      return error;
    return Package(opened);
  }
  /// Copies the bytes (BST_MEMORY_COPY) or uses them in place (BST_MEMORY_BORROW).
  static Result<Package> fromMemory(Span<const unsigned char> bytes,
                                    uint32_t mode = BST_MEMORY_COPY) noexcept {
    Error error;
    bst_package *opened = nullptr;
    if (bst_package_open_memory(bytes.data(), bytes.size(), mode, &opened, error.fill()) != BST_OK)
      return error;
    return Package(opened);
  }
  Package(const Package &other) noexcept : handle(other.handle) { bst_package_retain(handle); }
  Package(Package &&other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  Package &operator=(Package other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~Package() { bst_package_release(handle); }

  /// As bst_package_get_info().
  bst_package_info info() const noexcept {
    bst_package_info info = BST_INIT(bst_package_info);
    bst_package_get_info(handle, &info, nullptr);
    return info;
  }
  /// As bst_package_get_decode().
  bst_decode_info decode() const noexcept {
    bst_decode_info info = BST_INIT(bst_decode_info);
    bst_package_get_decode(handle, &info, nullptr);
    return info;
  }
  /// Memory \p data of an input that takes 8-bit pixels, as a picture to write to
  /// (bst_picture_of_input()).
  Result<bst_picture> picture(uint32_t input, void *data) const noexcept {
    Error error;
    bst_picture picture = BST_INIT(bst_picture);
    if (bst_picture_of_input(handle, input, data, &picture, error.fill()) != BST_OK)
      return error;
    return picture;
  }
  /// As bst_package_get_preprocess().
  Result<bst_preprocess_info> preprocess(uint32_t input) const noexcept {
    Error error;
    bst_preprocess_info info = BST_INIT(bst_preprocess_info);
    if (bst_package_get_preprocess(handle, input, &info, error.fill()) != BST_OK)
      return error;
    return info;
  }
  /// Empty where there is none of that number.
  std::string_view className(uint32_t index) const noexcept {
    const char *name = bst_package_class_name(handle, index);
    return name ? name : "";
  }
  /// As bst_package_get_input().
  Result<TensorInfo> input(uint32_t index) const noexcept {
    return port(bst_package_get_input, index);
  }
  /// As bst_package_get_output().
  Result<TensorInfo> output(uint32_t index) const noexcept {
    return port(bst_package_get_output, index);
  }
  /// As bst_package_find_input().
  Result<uint32_t> findInput(const char *name) const noexcept {
    return find(bst_package_find_input, name);
  }
  /// As bst_package_find_output().
  Result<uint32_t> findOutput(const char *name) const noexcept {
    return find(bst_package_find_output, name);
  }
  /// For calls of the C interface.
  bst_package *get() const noexcept { return handle; }

private:
  explicit Package(bst_package *handle) noexcept : handle(handle) {}
  template <class Get> Result<TensorInfo> port(Get get, uint32_t index) const noexcept {
    Error error;
    TensorInfo info;
    if (get(handle, index, &info, error.fill()) != BST_OK)
      return error;
    return info;
  }
  template <class Find> Result<uint32_t> find(Find find, const char *name) const noexcept {
    Error error;
    uint32_t index = 0;
    if (find(handle, name, &index, error.fill()) != BST_OK)
      return error;
    return index;
  }
  bst_package *handle;
};

/// A counted reference to a device.
class Device {
public:
  /// The simulator of this host.
  static Result<Device> simulator(const char *options = nullptr) noexcept {
    return open(*bst_simulator_driver(), options);
  }
  /// As bst_device_open().
  static Result<Device> open(const bst_device_driver &driver,
                             const char *options = nullptr) noexcept {
    Error error;
    bst_device *opened = nullptr;
    if (bst_device_open(&driver, options, &opened, error.fill()) != BST_OK)
      return error;
    return Device(opened);
  }
  /// "simulator", or the path of a driver's shared library.
  static Result<Device> byName(const char *name, const char *options = nullptr) noexcept {
    Error error;
    bst_device *opened = nullptr;
    if (bst_device_open_by_name(name, options, &opened, error.fill()) != BST_OK)
      return error;
    return Device(opened);
  }
  Device(const Device &other) noexcept : handle(other.handle) { bst_device_retain(handle); }
  Device(Device &&other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  Device &operator=(Device other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~Device() { bst_device_release(handle); }

  /// As bst_device_name().
  std::string_view name() const noexcept { return bst_device_name(handle); }
  /// For calls of the C interface.
  bst_device *get() const noexcept { return handle; }

private:
  explicit Device(bst_device *handle) noexcept : handle(handle) {}
  bst_device *handle;
};

/// A session. Frames are numbered from 0; `frame` may be left out where there is one.
class Session {
public:
  /// What create() takes; start with defaults().
  using Options = bst_session_options;
  /// One thread, one frame, memory from the C library.
  static Options defaults() noexcept { return BST_INIT(bst_session_options); }

  /// As bst_session_create(). The session keeps package and device.
  static Result<Session> create(const Package &package, const Device &device,
                                const Options &options = defaults()) noexcept {
    Error error;
    bst_session *created = nullptr;
    if (bst_session_create(package.get(), device.get(), &options, &created, error.fill()) != BST_OK)
      return error;
    return Session(created);
  }
  Session(const Session &) = delete;
  Session(Session &&other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  Session &operator=(Session &&other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~Session() { bst_session_destroy(handle); }

  /// As bst_session_write_input().
  Error writeInput(uint32_t input, const bst_buffer &from, uint32_t frame = 0) noexcept {
    Error error;
    bst_session_write_input(handle, frame, input, &from, error.fill());
    return error;
  }
  /// As bst_session_read_output().
  Error readOutput(uint32_t output, const bst_buffer &to, uint32_t frame = 0) noexcept {
    Error error;
    bst_session_read_output(handle, frame, output, &to, error.fill());
    return error;
  }
  /// As bst_session_bind_input().
  Error bindInput(uint32_t input, const bst_buffer &buffer, uint32_t frame = 0) noexcept {
    Error error;
    bst_session_bind_input(handle, frame, input, &buffer, error.fill());
    return error;
  }
  /// As bst_session_bind_output().
  Error bindOutput(uint32_t output, const bst_buffer &buffer, uint32_t frame = 0) noexcept {
    Error error;
    bst_session_bind_output(handle, frame, output, &buffer, error.fill());
    return error;
  }
  /// The frame's own (or bound) memory as elements of type T; another type is an error.
  template <class T> Result<Span<T>> input(uint32_t index, uint32_t frame = 0) noexcept {
    return memory<T>(bst_session_get_input, "input", index, frame);
  }
  /// The same for an output, which only the device writes.
  template <class T> Result<Span<const T>> output(uint32_t index, uint32_t frame = 0) noexcept {
    return memory<const T>(bst_session_get_output, "output", index, frame);
  }

  /// The same memory, described: whatever its type is.
  Result<bst_buffer> inputBuffer(uint32_t index, uint32_t frame = 0) noexcept {
    return buffer(bst_session_get_input, index, frame);
  }
  /// As inputBuffer().
  Result<bst_buffer> outputBuffer(uint32_t index, uint32_t frame = 0) noexcept {
    return buffer(bst_session_get_output, index, frame);
  }
  /// Tensor `index` of the package, in sessions that keep tensors.
  Result<bst_buffer> tensor(uint32_t index, uint32_t frame = 0) noexcept {
    return buffer(bst_session_get_tensor, index, frame);
  }

  /// As bst_session_run().
  Error run(uint32_t frame = 0) noexcept {
    Error error;
    bst_session_run(handle, frame, error.fill());
    return error;
  }
  /// As bst_session_submit().
  Error submit(uint32_t frame) noexcept {
    Error error;
    bst_session_submit(handle, frame, error.fill());
    return error;
  }
  /// As bst_session_wait(). \p timeoutSeconds below 0: for as long as it takes.
  Error wait(uint32_t frame, double timeoutSeconds = -1) noexcept {
    Error error;
    bst_session_wait(handle, frame, timeoutSeconds, error.fill());
    return error;
  }
  /// As bst_session_get_event().
  Result<int> event() noexcept {
    Error error;
    int descriptor = -1;
    if (bst_session_get_event(handle, &descriptor, error.fill()) != BST_OK)
      return error;
    return descriptor;
  }
  /// As bst_session_cancel().
  Error cancel(uint32_t frame = BST_ALL_FRAMES) noexcept {
    Error error;
    bst_session_cancel(handle, frame, error.fill());
    return error;
  }
  /// As bst_session_selftest().
  Error selftest(uint32_t *command = nullptr) noexcept {
    Error error;
    bst_session_selftest(handle, command, error.fill());
    return error;
  }
  /// How the device runs a command.
  Result<bst_kernel_info> kernel(uint32_t command) noexcept {
    Error error;
    bst_kernel_info info = BST_INIT(bst_kernel_info);
    if (bst_session_get_kernel(handle, command, &info, error.fill()) != BST_OK)
      return error;
    return info;
  }
  /// For calls of the C interface.
  bst_session *get() const noexcept { return handle; }

private:
  explicit Session(bst_session *handle) noexcept : handle(handle) {}
  template <class Get> Result<bst_buffer> buffer(Get get, uint32_t index, uint32_t frame) noexcept {
    Error error;
    bst_buffer buffer = BST_INIT(bst_buffer);
    if (get(handle, frame, index, &buffer, error.fill()) != BST_OK)
      return error;
    return buffer;
  }
  template <class T, class Get>
  Result<Span<T>> memory(Get get, const char *role, uint32_t index, uint32_t frame) noexcept {
    Error error;
    bst_buffer buffer = BST_INIT(bst_buffer);
    if (get(handle, frame, index, &buffer, error.fill()) != BST_OK)
      return error;
    if (buffer.dtype != DTypeOf<std::remove_const_t<T>>::value) {
      // Put together by hand: there is no formatting without allocation or <cstdio>.
      bst_error *failure = error.fill();
      failure->code = BST_ERROR_INVALID_ARGUMENT;
      failure->message[0] = '\0';
      for (const char *part :
           {role, " is read as ", bst_dtype_name(DTypeOf<std::remove_const_t<T>>::value),
            ", expected ", bst_dtype_name(buffer.dtype)})
        std::strncat(failure->message, part, BST_MESSAGE_SIZE - 1 - std::strlen(failure->message));
      return error;
    }
    return Span<T>(static_cast<T *>(buffer.data), buffer.size / sizeof(T));
  }
  bst_session *handle;
};

/// Where a picture lies in an input of \p width x \p height (bst_picture_place()).
inline Result<bst_placement> placePicture(uint32_t pictureWidth, uint32_t pictureHeight,
                                          uint32_t width, uint32_t height, uint32_t fit) noexcept {
  Error error;
  bst_placement placement = BST_INIT(bst_placement);
  if (bst_picture_place(pictureWidth, pictureHeight, width, height, fit, &placement,
                        error.fill()) != BST_OK)
    return error;
  return placement;
}

/// Writes \p from to its place in \p to (bst_picture_write()). \p scratch:
/// bst_picture_scratch_size() bytes.
inline Error writePicture(const bst_picture &from, const bst_placement &placement, uint8_t pad,
                          const bst_picture &to, Span<unsigned char> scratch) noexcept {
  Error error;
  bst_picture_write(&from, &placement, pad, &to, scratch.data(), scratch.size(), error.fill());
  return error;
}

} // namespace bstrt

#endif // BST_BST_HPP
