#ifndef BST_RUNTIME_API_SESSION_H
#define BST_RUNTIME_API_SESSION_H

#include "runtime/api/caller_memory.h"
#include "runtime/api/handles.h"
#include "runtime/support/memory.h"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace bst::api {

/// An input or output of a frame: where its bytes are for the host.
struct Port {
  std::byte *own = nullptr;   ///< In the frame's arena.
  std::byte *bound = nullptr; ///< The host's; null where none is bound.
  bool copied = false;        ///< A run copies between the two; else the device uses `bound`.
  std::byte *hostMemory() const { return bound ? bound : own; }
};

/// One frame: memory for every tensor, and how far it has come.
///
///   Idle/Done ─submit─► Waiting ─begin─► Running ─done, finish─► Done
///
/// The driver reports done whenever it likes. While the runtime is within begin or cancel for the
/// frame, the report is only written down, and who comes back from there ends the frame: so a
/// driver may report from within them, and nothing recurs.
struct Frame {
  enum class State : uint8_t { Idle, Waiting, Running, Done };

  /// \p arena: its memory.
  Frame(bst_session &session, uint32_t index, std::byte *arena);
  bool inFlight() const { return state == State::Waiting || state == State::Running; }

  bst_session &session;
  const uint32_t index;
  std::pmr::vector<void *> data; ///< By tensor of the program.
  std::pmr::vector<Port> inputs, outputs;
  const bst_completion completion;
  // Guarded by the device's mutex.
  State state = State::Idle;
  bool inDriver = false;  ///< A thread calls the driver for it, and looks at `reported` after that.
  bool reported = false;  ///< The driver is done with it.
  bool cancelled = false; ///< The driver has been told, or need not be any more.
  Frame *next = nullptr;  ///< Of those that wait for the device.
  bst_error result = {};  ///< Of the last run.

private:
  bst_completion reportsTo();
};

using Lock = std::unique_lock<std::mutex>;

/// A call of the session: holds the device's mutex when it begins and ends, and the session's
/// destruction in between.
class Visit {
public:
  explicit Visit(bst_session &session);
  ~Visit();
  Lock lock; ///< To be held at the end.
private:
  bst_session &session;
};

/// Begins frames that wait for the device, as long as it takes them. The device's mutex is held by
/// `lock`, and free while the driver is called.
void beginWaiting(bst_device &device, Lock &lock);

} // namespace bst::api

/// What bst_session stands for.
struct bst_session {
  static constexpr uint32_t expectedTag = 0x73736573; // "sess"

  bst_session(bst_package *package, bst_device *device, const bst_session_options &options);
  ~bst_session();

  /// Everything that can fail of the creation.
  bst_status prepare(bst_error *error);
  // A frame's way (flight.cpp). The device's mutex is held by `lock`, and free while the driver is
  // called.
  /// Lets it wait for the device.
  void enqueue(bst::api::Frame &frame);
  /// Hands it to the driver.
  void begin(bst::api::Frame &frame, bst::api::Lock &lock);
  /// The driver is done with it.
  void end(bst::api::Frame &frame, bst::api::Lock &lock);
  /// Puts what the driver says of it into words: its result. \p command: or BST_NO_COMMAND.
  void describe(bst::api::Frame &frame, uint32_t command) const;
  /// Ends it before it has begun, or asks the driver to.
  void cancel(bst::api::Frame &frame, bst::api::Lock &lock);
  /// Waits until it is done.
  bst_status waitFor(const bst::api::Frame &frame, bst::api::Lock &lock, double seconds,
                     bst_error *error);
  /// InvalidArgument where there is no such frame.
  bool hasFrame(uint32_t frame, bst_error *error) const;

  const bst::Program &program() const { return package->program(); }

  uint32_t tag = expectedTag;
  bst_package *const package;
  bst_device *const device;
  const bst_session_options options; ///< Defaults filled in.
  bst::api::CallerMemory memory;     ///< In which the session itself lies, too.
  std::byte *arena = nullptr;
  bool ownsArena = false;
  void *execution = nullptr; ///< The driver's.
  std::pmr::vector<bst::Owned<bst::api::Frame>> frames;

  std::condition_variable changed; ///< Some frame's state, or `visits`.
  uint32_t visits = 0;             ///< Calls that are under way. Guarded by the device's mutex.
  int event = -1;                  ///< bst_session_get_event's; the same. -1: nobody asked yet.

private:
  /// It is done, with its result: whoever waits is told.
  void settle(bst::api::Frame &frame);
  void copyIn(const bst::api::Frame &frame) const;
  void copyOut(const bst::api::Frame &frame) const;
  bst_status prepareFrames(bst_error *error);
  bst_status prepareExecution(bst_error *error);
};

#endif // BST_RUNTIME_API_SESSION_H
