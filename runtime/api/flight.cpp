// A frame's way: it waits for the device, the driver has it, it is done.
#include "runtime/api/session.h"

#include <chrono>

#include <unistd.h>

using namespace bst;
using namespace bst::api;

Visit::Visit(bst_session &session) : lock(session.device->mutex), session(session) {
  ++session.visits;
}

Visit::~Visit() {
  if (!--session.visits) // The destruction waits for it, if there is one.
    session.changed.notify_all();
}

namespace {

/// A driver's bst_completion: done. What it reports twice, or unasked, is not heard.
void reportDone(void *cookie, const bst_error *failure, uint32_t command) {
  Frame &frame = *static_cast<Frame *>(cookie);
  bst_session &session = frame.session;
  Visit visit(session);
  if (frame.state != Frame::State::Running || frame.reported)
    return;
  frame.reported = true;
  frame.result = failure ? *failure : bst_error{};
  if (frame.result.code != BST_OK)
    session.describe(frame, command);
  if (frame.inDriver)
    return;
  session.end(frame, visit.lock);
  beginWaiting(*session.device, visit.lock);
}

/// A driver's bst_completion: command.
void reportCommand(void *cookie, uint32_t command, double seconds) {
  const Frame &frame = *static_cast<Frame *>(cookie);
  const bst_session_options &options = frame.session.options;
  options.on_command(options.on_command_user, frame.index, command, seconds);
}

} // namespace

bst_completion Frame::reportsTo() {
  return {.struct_size = sizeof(bst_completion),
          .cookie = this,
          .done = reportDone,
          .command = session.options.on_command ? reportCommand : nullptr};
}

/// Puts what the driver says into the words of the host: frame.result.
void bst_session::describe(Frame &frame, uint32_t command) const {
  const bst_error why = frame.result;
  const std::vector<Command> &commands = program().commands;
  const bool named = command < commands.size();
  if (why.code == BST_ERROR_CANCELLED && named)
    fail(&frame.result, why.code, "frame {} was cancelled before command {} {}", frame.index,
         command, quoted(commands[command].name));
  else if (why.code == BST_ERROR_CANCELLED)
    fail(&frame.result, why.code, "frame {} was cancelled", frame.index);
  else if (named)
    failIn(&frame.result, why, "command {} {} on {}: ", command, quoted(commands[command].name),
           device->driver->name);
  else
    failIn(&frame.result, why, "frame {} on {}: ", frame.index, device->driver->name);
}

void bst_session::copyIn(const Frame &frame) const {
  for (size_t i = 0; i < frame.inputs.size(); ++i)
    if (const Port &port = frame.inputs[i]; port.bound && port.copied)
      std::memcpy(port.own, port.bound, program().tensors[program().inputs[i]].size);
}

void bst_session::copyOut(const Frame &frame) const {
  for (size_t i = 0; i < frame.outputs.size(); ++i)
    if (const Port &port = frame.outputs[i]; port.bound && port.copied)
      std::memcpy(port.bound, frame.data[program().outputs[i]],
                  program().tensors[program().outputs[i]].size);
}

void bst_session::enqueue(Frame &frame) {
  frame.state = Frame::State::Waiting;
  Frame **at = &device->waiting;
  while (*at && (*at)->session.options.priority >= options.priority)
    at = &(*at)->next;
  frame.next = *at;
  *at = &frame;
}

void api::beginWaiting(bst_device &device, Lock &lock) {
  while (device.waiting && (!device.capacity || device.running < device.capacity)) {
    Frame &frame = *device.waiting;
    device.waiting = frame.next;
    frame.session.begin(frame, lock);
  }
}

void bst_session::begin(Frame &frame, Lock &lock) {
  const bst_device_driver &driver = *device->driver;
  ++device->running;
  frame.state = Frame::State::Running;
  frame.inDriver = true;
  frame.reported = frame.cancelled = false;
  lock.unlock();
  copyIn(frame);
  bst_error why = {};
  why.code = driver.begin(execution, frame.index, frame.data.data(), &frame.completion, &why);
  lock.lock();
  if (why.code != BST_OK) {
    frame.result = why;
    describe(frame, BST_NO_COMMAND);
    --device->running;
    return settle(frame);
  }
  if (frame.cancelled && !frame.reported && driver.cancel) { // Somebody could not wait for begin.
    lock.unlock();
    driver.cancel(execution, frame.index);
    lock.lock();
  }
  frame.inDriver = false;
  if (frame.reported)
    return end(frame, lock);
  changed.notify_all(); // Who hands its thread over waits for it.
}

void bst_session::end(Frame &frame, Lock &lock) {
  frame.inDriver = true;
  lock.unlock();
  const bst_device_driver &driver = *device->driver;
  bst_error why = {};
  if (driver.finish)
    why.code = driver.finish(execution, frame.index, &why);
  if (frame.result.code == BST_OK && why.code != BST_OK)
    failIn(&frame.result, why, "end of frame {} on {}: ", frame.index, driver.name);
  if (frame.result.code == BST_OK)
    copyOut(frame);
  lock.lock();
  --device->running;
  settle(frame);
}

void bst_session::settle(Frame &frame) {
  frame.inDriver = false;
  frame.state = Frame::State::Done;
  changed.notify_all();
  if (constexpr uint64_t one = 1; event >= 0)
    (void)!write(event, &one, sizeof(one)); // Fails where 2^64 - 2 frames were never read.
}

void bst_session::cancel(Frame &frame, Lock &lock) {
  if (frame.state == Frame::State::Waiting) {
    Frame **at = &device->waiting;
    while (*at != &frame)
      at = &(*at)->next;
    *at = frame.next;
    fail(&frame.result, BST_ERROR_CANCELLED, "frame {} was cancelled before it began", frame.index);
    return settle(frame);
  }
  if (frame.state != Frame::State::Running || frame.cancelled)
    return;
  frame.cancelled = true;
  if (frame.inDriver || !device->driver->cancel) // In begin, which is followed by cancel.
    return;
  frame.inDriver = true;
  lock.unlock();
  device->driver->cancel(execution, frame.index);
  lock.lock();
  frame.inDriver = false;
  if (!frame.reported)
    return;
  end(frame, lock);
  beginWaiting(*device, lock);
}

bst_status bst_session::waitFor(const Frame &frame, Lock &lock, double seconds, bst_error *error) {
  const auto isDone = [&] { return !frame.inFlight(); };
  constexpr double mostSeconds = 1e9; // More would overflow the clock's nanoseconds.
  if (seconds < 0 || seconds > mostSeconds)
    changed.wait(lock, isDone);
  else if (!changed.wait_for(lock, std::chrono::duration<double>(seconds), isDone))
    return fail(error, BST_ERROR_TIMEOUT, "frame {} is not done yet", frame.index);
  return failIn(error, frame.result, "");
}
