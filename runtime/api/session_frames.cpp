// Frames in flight as hosts see them: run, submit, wait, cancel.
#include "runtime/api/session.h"

#include <cmath>

using namespace bst;
using namespace bst::api;

static bst_status busy(uint32_t frame, bst_error *error) {
  return fail(error, BST_ERROR_BUSY, "frame {} is in flight", frame);
}

bst_status bst_session_run(bst_session *session, uint32_t index, bst_error *error) noexcept {
  if (!isHandle(session, "session", error) || !session->hasFrame(index, error))
    return BST_ERROR_INVALID_ARGUMENT;
  Frame &frame = *session->frames[index];
  Visit visit(*session);
  if (frame.inFlight())
    return busy(index, error);
  session->enqueue(frame);
  beginWaiting(*session->device, visit.lock);
  if (session->device->driver->wait && session->frames.size() == 1) {
    session->changed.wait(visit.lock,
                          [&] { return frame.state != Frame::State::Waiting && !frame.inDriver; });
    if (frame.inFlight()) {
      visit.lock.unlock();
      session->device->driver->wait(session->execution, index);
      visit.lock.lock();
    }
  }
  return session->waitFor(frame, visit.lock, -1, error);
}

bst_status bst_session_submit(bst_session *session, uint32_t index, bst_error *error) noexcept {
  if (!isHandle(session, "session", error) || !session->hasFrame(index, error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (session->frames.size() == 1)
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "the session has one frame, so nothing could run beside it: create it with "
                "options->frames of 2 or more, or use bst_session_run");
  Visit visit(*session);
  if (session->frames[index]->inFlight())
    return busy(index, error);
  session->enqueue(*session->frames[index]);
  beginWaiting(*session->device, visit.lock);
  return succeed(error);
}

bst_status bst_session_wait(bst_session *session, uint32_t index, double timeout_seconds,
                            bst_error *error) noexcept {
  if (!isHandle(session, "session", error) || !session->hasFrame(index, error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (std::isnan(timeout_seconds))
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "timeout_seconds is not a number");
  Visit visit(*session);
  if (session->frames[index]->state == Frame::State::Idle)
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "frame {} was never submitted", index);
  return session->waitFor(*session->frames[index], visit.lock, timeout_seconds, error);
}

bst_status bst_session_cancel(bst_session *session, uint32_t index, bst_error *error) noexcept {
  if (!isHandle(session, "session", error) ||
      (index != BST_ALL_FRAMES && !session->hasFrame(index, error)))
    return BST_ERROR_INVALID_ARGUMENT;
  Visit visit(*session);
  for (auto &frame : session->frames)
    if (index == BST_ALL_FRAMES || index == frame->index)
      session->cancel(*frame, visit.lock);
  return succeed(error);
}
