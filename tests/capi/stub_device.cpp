#include "stub_device.h"

namespace bst::testing {

static StubDevice *theStub = nullptr; // A table has no argument of its own.

StubDevice::StubDevice() : table() {
  theStub = this;
  table.abi_version = BST_DEVICE_ABI_VERSION;
  table.struct_size = sizeof(table);
  table.name = "stub";
  table.open = [](const char *, void **device, bst_error *) -> bst_status {
    *device = theStub;
    return BST_OK;
  };
  table.close = [](void *) {};
  table.prepare = [](void *device, const bst_package *, const bst_prepare_options *options,
                     void **execution, bst_error *) -> bst_status {
    *execution = new Execution{static_cast<StubDevice *>(device), options->priority};
    return BST_OK;
  };
  table.release = [](void *, void *execution) { delete static_cast<Execution *>(execution); };
  table.begin = begin;
  table.finish = [](void *execution, uint32_t frame, bst_error *) -> bst_status {
    static_cast<Execution *>(execution)->of->note('f', frame);
    return BST_OK;
  };
  table.cancel = cancel;
  table.wait = [](void *execution, uint32_t frame) {
    static_cast<Execution *>(execution)->of->note('w', frame);
  };
  table.capacity = [](void *device) { return static_cast<StubDevice *>(device)->capacity; };
}

StubDevice::~StubDevice() {
  opened.reset();
  theStub = nullptr;
}

bst_device *StubDevice::device() {
  if (!opened)
    opened = openDevice(table);
  return opened.get();
}

void StubDevice::note(char what, uint32_t frame) {
  const std::lock_guard lock(mutex);
  calls.emplace_back(what, frame);
  changed.notify_all();
}

bst_status StubDevice::begin(void *execution, uint32_t frame, void *const *,
                             const bst_completion *completion, bst_error *) {
  const auto &running = *static_cast<Execution *>(execution);
  StubDevice &stub = *running.of;
  const Begun begun = {&stub, execution, frame, running.priority, completion};
  stub.note('b', frame);
  {
    const std::lock_guard lock(stub.mutex);
    stub.flying.push_back(begun);
    stub.changed.notify_all();
  }
  if (stub.onBegin)
    stub.onBegin(begun);
  return BST_OK;
}

void StubDevice::cancel(void *execution, uint32_t frame) {
  StubDevice &stub = *static_cast<Execution *>(execution)->of;
  stub.note('c', frame);
  if (stub.onCancel)
    for (const Begun &begun : stub.begun(0))
      if (begun.execution == execution && begun.frame == frame)
        stub.onCancel(begun);
}

std::vector<StubDevice::Begun> StubDevice::begun(size_t count) {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return flying.size() >= count; });
  return flying;
}

size_t StubDevice::inFlight() { return begun(0).size(); }

void StubDevice::end(size_t index, const bst_error *failure, uint32_t command) {
  Begun ended = {};
  {
    const std::lock_guard lock(mutex);
    ended = flying.at(index);
    flying.erase(flying.begin() + ptrdiff_t(index));
  }
  ended.completion->done(ended.completion->cookie, failure, command);
}

std::vector<uint32_t> StubDevice::events(char what) {
  const std::lock_guard lock(mutex);
  std::vector<uint32_t> frames;
  for (const auto &[kind, frame] : calls)
    if (kind == what)
      frames.push_back(frame);
  return frames;
}

} // namespace bst::testing
