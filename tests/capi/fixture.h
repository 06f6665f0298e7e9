#ifndef BST_TESTS_CAPI_FIXTURE_H
#define BST_TESTS_CAPI_FIXTURE_H

#include "tests/runtime/test_programs.h"

#include <bst/bst.h>
#include <bst/device.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace bst::testing {

struct Release {
  void operator()(bst_package *package) const { bst_package_release(package); }
  void operator()(bst_device *device) const { bst_device_release(device); }
  void operator()(bst_session *session) const { bst_session_destroy(session); }
};
template <class Handle> using Held = std::unique_ptr<Handle, Release>;

/// The package of a program that must be valid.
Held<bst_package> openPackage(const Program &program);
Held<bst_package> openPackage(const std::vector<std::byte> &bytes);
Held<bst_device> openSimulator();
Held<bst_device> openDevice(const bst_device_driver &driver);
/// A session that must come to be.
Held<bst_session> createSession(bst_package *package, bst_device *device,
                                const bst_session_options &options = BST_INIT(bst_session_options));

/// Memory that is 64-byte aligned.
class Aligned {
public:
  explicit Aligned(size_t size) : blocks((size + 63) / 64), bytes(size) {}
  std::byte *data() { return reinterpret_cast<std::byte *>(blocks.data()); }
  size_t size() const { return bytes; }
  std::vector<std::byte> contents() { return {data(), data() + bytes}; }

private:
  std::vector<Block> blocks;
  size_t bytes;
};

/// `data` with the type, layout and shape that the input or output has.
bst_buffer inputBuffer(const bst_package *package, uint32_t index, void *data);
bst_buffer outputBuffer(const bst_package *package, uint32_t index, void *data);

/// A picture for the first input (f32): another one for each seed.
std::vector<float> picture(const bst_package *package, uint32_t seed);

/// What the scalar reference computes from picture(seed), one entry per output.
std::vector<std::vector<std::byte>> expectedOutputs(const Program &program, uint32_t seed);

/// Floats that agree to some units in the last places: exponentials are not the reference's.
void expectClose(const std::vector<std::byte> &actual, const std::vector<std::byte> &expected);

/// What the frame's outputs hold.
std::vector<std::vector<std::byte>> readOutputs(bst_session *session, bst_package *package,
                                                uint32_t frame);
void writePicture(bst_session *session, bst_package *package, uint32_t frame, uint32_t seed);

/// A driver that has the simulator compute, and looks at each command when it has run: before the
/// runtime hears of it, in the thread that ran it. Where `look` returns an error, the frame ends
/// with that command's failure. One at a time.
class Onlooker {
public:
  using Look = std::function<bst_status(uint32_t frame, uint32_t command, void *const *tensors,
                                        bst_error *error)>;
  explicit Onlooker(Look look, const char *name = "onlooker");
  ~Onlooker();
  Onlooker(const Onlooker &) = delete;
  Onlooker &operator=(const Onlooker &) = delete;
  const bst_device_driver *driver() const { return &table; }
  /// Of its last session.
  static const bst_prepare_options &prepared();

private:
  bst_device_driver table;
};

/// A driver that has the simulator compute, and stops behind each command at a gate until it is
/// opened. One at a time.
class Gate {
public:
  Gate();
  const bst_device_driver *driver() const { return onlooker.driver(); }
  void open();                         ///< For all that come.
  void waitForGuest(size_t count = 1); ///< Until as many stand before it.
  size_t mostGuests();                 ///< That were between coming and going at a time.

private:
  std::mutex mutex;
  std::condition_variable changed;
  bool isOpen = false;
  size_t guests = 0, most = 0;
  Onlooker onlooker;
};

} // namespace bst::testing

#endif // BST_TESTS_CAPI_FIXTURE_H
