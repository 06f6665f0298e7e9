#ifndef BST_RUNTIME_API_SESSION_H
#define BST_RUNTIME_API_SESSION_H

#include "runtime/api/caller_memory.h"
#include "runtime/api/handles.h"
#include "runtime/support/memory.h"
#include "runtime/support/thread.h"

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
struct Frame {
  enum class State : uint8_t { Idle, Queued, Running, Done };

  /// \p arena: its memory.
  Frame(const Program &program, std::byte *arena, Memory *memory);
  bool inFlight() const { return state == State::Queued || state == State::Running; }

  std::pmr::vector<void *> data; ///< By tensor of the program.
  std::pmr::vector<Port> inputs, outputs;
  // Guarded by the session's mutex.
  State state = State::Idle;
  bst_error result = {}; ///< Of the last run.
  std::atomic<bool> cancelled{false};
};

} // namespace bst::api

/// What bst_session stands for.
struct bst_session {
  static constexpr uint32_t expectedTag = 0x73736573; // "sess"

  bst_session(bst_package *package, bst_device *device, const bst_session_options &options);
  ~bst_session();

  /// Everything that can fail of the creation.
  bst_status prepare(bst_error *error);
  /// Runs the frame's commands on the calling thread.
  bst_status execute(uint32_t frame, bst_error *error);
  /// A frame's way through the session's thread, or that of bst_session_run.
  void finish(uint32_t frame, const bst_error &result);
  /// Queues the frame. The mutex is held.
  void enqueue(uint32_t frame);
  /// Waits until the frame is done. The mutex is held by `lock`.
  bst_status waitFor(uint32_t frame, std::unique_lock<std::mutex> &lock, double seconds,
                     bst_error *error);
  void cancel(uint32_t frame);
  /// InvalidArgument where there is no such frame.
  bool hasFrame(uint32_t frame, bst_error *error) const;

  const bst::Program &program() const { return package->program(); }
  bool hasRunner() const { return frames.size() > 1; }

  uint32_t tag = expectedTag;
  bst_package *const package;
  bst_device *const device;
  const bst_session_options options; ///< Defaults filled in.
  bst::api::CallerMemory memory;     ///< In which the session itself lies, too.
  std::byte *arena = nullptr;
  bool ownsArena = false;
  void *execution = nullptr; ///< The driver's.
  std::pmr::vector<bst::Owned<bst::api::Frame>> frames;

  std::mutex mutex;
  std::condition_variable submitted, done;
  std::pmr::vector<uint32_t> queue; ///< Frames that wait, the first at `queueBegin`; a ring.
  size_t queueBegin = 0, queueLength = 0;
  bool stopping = false;
  bst::Thread runner;

private:
  bst_status run(uint32_t frame, bst_error *error);
  void copyIn(const bst::api::Frame &frame) const;
  void copyOut(const bst::api::Frame &frame) const;
  bst_status prepareFrames(bst_error *error);
  bst_status prepareExecution(bst_error *error);
  static void *serve(void *session);
};

#endif // BST_RUNTIME_API_SESSION_H
