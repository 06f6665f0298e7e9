// Frames in flight: submit, wait, cancel, and the thread that runs what is submitted.
#include "runtime/api/session.h"

#include <chrono>
#include <cmath>

using namespace bst;
using namespace bst::api;

void bst_session::enqueue(uint32_t index) {
  Frame &frame = *frames[index];
  frame.state = Frame::State::Queued;
  frame.cancelled = false;
  queue[(queueBegin + queueLength++) % queue.size()] = index;
  submitted.notify_one();
}

void bst_session::finish(uint32_t index, const bst_error &result) {
  Frame &frame = *frames[index];
  frame.result = result;
  frame.state = Frame::State::Done;
  done.notify_all();
}

void *bst_session::serve(void *argument) {
  auto &session = *static_cast<bst_session *>(argument);
  std::unique_lock lock(session.mutex);
  for (;;) {
    session.submitted.wait(lock, [&] { return session.stopping || session.queueLength; });
    if (!session.queueLength)
      return nullptr;
    const uint32_t index = session.queue[session.queueBegin];
    session.queueBegin = (session.queueBegin + 1) % session.queue.size();
    --session.queueLength;
    session.frames[index]->state = Frame::State::Running;
    lock.unlock();
    bst_error result = {};
    session.execute(index, &result);
    lock.lock();
    session.finish(index, result);
  }
}

bst_status bst_session::waitFor(uint32_t index, std::unique_lock<std::mutex> &lock, double seconds,
                                bst_error *error) {
  const Frame &frame = *frames[index];
  const auto isDone = [&] { return !frame.inFlight(); };
  constexpr double mostSeconds = 1e9; // More would overflow the clock's nanoseconds.
  if (seconds < 0 || seconds > mostSeconds)
    done.wait(lock, isDone);
  else if (!done.wait_for(lock, std::chrono::duration<double>(seconds), isDone))
    return fail(error, BST_ERROR_TIMEOUT, "frame {} is not done yet", index);
  return failIn(error, frame.result, "");
}

/// One that waits leaves the queue; one that runs is told, and stops before its next command.
void bst_session::cancel(uint32_t index) {
  Frame &frame = *frames[index];
  if (frame.state == Frame::State::Running)
    frame.cancelled = true;
  if (frame.state != Frame::State::Queued)
    return;
  size_t kept = 0;
  for (size_t i = 0; i < queueLength; ++i)
    if (const uint32_t other = queue[(queueBegin + i) % queue.size()]; other != index)
      queue[(queueBegin + kept++) % queue.size()] = other;
  queueLength = kept;
  bst_error result = {};
  fail(&result, BST_ERROR_CANCELLED, "frame {} was cancelled before it began", index);
  finish(index, result);
}

static bst_status busy(uint32_t frame, bst_error *error) {
  return fail(error, BST_ERROR_BUSY, "frame {} is in flight", frame);
}

bst_status bst_session_run(bst_session *session, uint32_t index, bst_error *error) noexcept {
  if (!isHandle(session, "session", error) || !session->hasFrame(index, error))
    return BST_ERROR_INVALID_ARGUMENT;
  Frame &frame = *session->frames[index];
  std::unique_lock lock(session->mutex);
  if (frame.inFlight())
    return busy(index, error);
  if (session->hasRunner()) {
    session->enqueue(index);
    return session->waitFor(index, lock, -1, error);
  }
  frame.cancelled = false;
  frame.state = Frame::State::Running;
  lock.unlock();
  bst_error result = {};
  session->execute(index, &result);
  lock.lock();
  session->finish(index, result);
  return failIn(error, result, "");
}

bst_status bst_session_submit(bst_session *session, uint32_t index, bst_error *error) noexcept {
  if (!isHandle(session, "session", error) || !session->hasFrame(index, error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (!session->hasRunner())
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "the session has one frame, so nothing could run beside it: create it with "
                "options->frames of 2 or more, or use bst_session_run");
  const std::lock_guard lock(session->mutex);
  if (session->frames[index]->inFlight())
    return busy(index, error);
  session->enqueue(index);
  return succeed(error);
}

bst_status bst_session_wait(bst_session *session, uint32_t index, double timeout_seconds,
                            bst_error *error) noexcept {
  if (!isHandle(session, "session", error) || !session->hasFrame(index, error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (std::isnan(timeout_seconds))
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "timeout_seconds is not a number");
  std::unique_lock lock(session->mutex);
  if (session->frames[index]->state == Frame::State::Idle)
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "frame {} was never submitted", index);
  return session->waitFor(index, lock, timeout_seconds, error);
}

bst_status bst_session_cancel(bst_session *session, uint32_t index, bst_error *error) noexcept {
  if (!isHandle(session, "session", error) ||
      (index != BST_ALL_FRAMES && !session->hasFrame(index, error)))
    return BST_ERROR_INVALID_ARGUMENT;
  const std::lock_guard lock(session->mutex);
  for (uint32_t frame = 0; frame < session->frames.size(); ++frame)
    if (index == BST_ALL_FRAMES || index == frame)
      session->cancel(frame);
  return succeed(error);
}
