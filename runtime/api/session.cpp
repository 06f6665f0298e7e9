#include "runtime/api/session.h"

#include "runtime/support/guard.h"

#include <algorithm>

#include <unistd.h>

using namespace bst;
using namespace bst::api;

namespace {

constexpr uint32_t mostThreads = 256, mostFrames = 64;

/// The options that hold, for those that the caller gave (may be null).
bst_status readSessionOptions(const bst_session_options *given, const Program &program,
                              bst_session_options &options, bst_error *error) {
  options = {};
  if (given)
    if (const bst_status status = readOptions(given, options, "options", error); status != BST_OK)
      return status;
  options.threads = options.threads ? options.threads : 1;
  options.frames = options.frames ? options.frames : 1;
  if (options.threads > mostThreads)
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "options->threads is {}, expected 1 to {}",
                options.threads, mostThreads);
  if (options.frames > mostFrames)
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "options->frames is {}, expected 1 to {}",
                options.frames, mostFrames);
  if (options.allocator && (!options.allocator->allocate || !options.allocator->deallocate))
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "options->allocator has no function '{}'",
                options.allocator->allocate ? "deallocate" : "allocate");
  options.allocator = options.allocator ? options.allocator : &libraryAllocator;
  if (!options.arena && options.arena_size)
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "options->arena_size is {}, but options->arena is NULL", options.arena_size);
  if (const uint64_t past = uintptr_t(options.arena) % BST_ALIGNMENT)
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "options->arena lies {} bytes past a multiple of {}", past, BST_ALIGNMENT);
  const uint64_t least = program.arenaSize * options.frames; // Both are limited: no overflow.
  if (options.arena && options.arena_size < least)
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "options->arena_size is {}, expected at least {}: {} frames of {} bytes",
                options.arena_size, least, options.frames, program.arenaSize);
  return succeed(error);
}

} // namespace

Frame::Frame(bst_session &session, uint32_t index, std::byte *arena)
    : session(session), index(index), data(session.program().tensors.size(), &session.memory),
      inputs(session.program().inputs.size(), &session.memory),
      outputs(session.program().outputs.size(), &session.memory), completion(reportsTo()) {
  const Program &program = session.program();
  // Devices only read weights, so that one mapping serves all sessions.
  auto *weights = const_cast<std::byte *>(program.weights);
  for (size_t i = 0; i < data.size(); ++i) {
    const Tensor &tensor = program.tensors[i];
    data[i] = (tensor.storage == Storage::Arena ? arena : weights) + tensor.offset;
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    inputs[i].own = arena + program.tensors[program.inputs[i]].offset;
  for (size_t i = 0; i < outputs.size(); ++i)
    outputs[i].own = arena + program.tensors[program.outputs[i]].offset;
}

bst_session::bst_session(bst_package *package, bst_device *device,
                         const bst_session_options &options)
    : package(package), device(device), options(options), memory(*options.allocator),
      frames(&memory) {
  bst_package_retain(package);
  bst_device_retain(device);
}

bst_session::~bst_session() {
  {
    Lock lock(device->mutex);
    for (auto &frame : frames)
      cancel(*frame, lock);
    changed.wait(lock, [&] {
      return !visits && std::none_of(frames.begin(), frames.end(),
                                     [](const auto &frame) { return frame->inFlight(); });
    });
    tag = 0;
  }
  if (execution)
    device->driver->release(device->device, execution);
  frames.clear();
  if (event >= 0)
    close(event);
  if (ownsArena)
    memory.deallocate(arena, program().arenaSize * options.frames, BST_ALIGNMENT);
  bst_device_release(device);
  bst_package_release(package);
}

bst_status bst_session::prepareFrames(bst_error *error) {
  const uint64_t arenaBytes = program().arenaSize * options.frames;
  arena = static_cast<std::byte *>(options.arena);
  if (!arena && arenaBytes) {
    void *allocated = nullptr;
    const Status status = withoutThrowing([&] {
      allocated = memory.allocate(arenaBytes, BST_ALIGNMENT);
      return Status();
    });
    if (!status.ok())
      return fail(error, BST_ERROR_OUT_OF_MEMORY, "no memory for arenas of {} bytes", arenaBytes);
    arena = static_cast<std::byte *>(allocated);
    ownsArena = true;
  }
  if (arenaBytes)
    std::memset(arena, 0, arenaBytes);
  frames.reserve(options.frames);
  for (uint32_t index = 0; index < options.frames; ++index) {
    std::byte *base = arena + index * program().arenaSize;
    frames.push_back(makeIn<Frame>(&memory, *this, index, base));
  }
  return BST_OK;
}

bst_status bst_session::prepareExecution(bst_error *error) {
  bst_prepare_options prepare = BST_INIT(bst_prepare_options);
  prepare.threads = options.threads;
  prepare.keep_tensors = options.keep_tensors;
  prepare.frames = options.frames;
  prepare.tensors = frames.front()->data.data();
  prepare.allocator = &memory.functions();
  prepare.priority = options.priority;
  bst_error why = {};
  why.code = device->driver->prepare(device->device, package, &prepare, &execution, &why);
  if (why.code == BST_OK)
    return BST_OK;
  execution = nullptr;
  return failIn(error, why, "device {}: ", quoted(device->driver->name));
}

bst_status bst_session::prepare(bst_error *error) {
  if (const bst_status status = prepareFrames(error); status != BST_OK)
    return status;
  return prepareExecution(error);
}

bool bst_session::hasFrame(uint32_t frame, bst_error *error) const {
  if (frame < frames.size())
    return true;
  fail(error, BST_ERROR_INVALID_ARGUMENT, "frame {}: the session has {}", frame, frames.size());
  return false;
}

bst_status bst_session_create(bst_package *package, bst_device *device,
                              const bst_session_options *options, bst_session **session,
                              bst_error *error) noexcept {
  if (!isGiven(session, "session", error))
    return BST_ERROR_INVALID_ARGUMENT;
  *session = nullptr;
  if (!isHandle(package, "package", error) || !isHandle(device, "device", error))
    return BST_ERROR_INVALID_ARGUMENT;
  bst_session_options read;
  if (const bst_status status = readSessionOptions(options, package->program(), read, error);
      status != BST_OK)
    return status;
  CallerMemory memory(*read.allocator);
  bst_error why = {};
  const Status status = withoutThrowing([&] {
    void *block = memory.allocate(sizeof(bst_session), alignof(bst_session));
    auto *created = new (block) bst_session(package, device, read);
    Status failure = withoutThrowing([&] {
      created->prepare(&why);
      return Status();
    });
    if (failure.ok() && why.code == BST_OK)
      *session = created;
    else
      bst_session_destroy(created);
    return failure;
  });
  return status.ok() ? failIn(error, why, "") : report(status, error);
}

void bst_session_destroy(bst_session *session) noexcept {
  if (!session)
    return;
  CallerMemory memory(session->memory.functions());
  session->~bst_session();
  memory.deallocate(session, sizeof(bst_session), alignof(bst_session));
}

const char *bst_session_kernel(bst_session *session, uint32_t command) noexcept {
  if (!isHandle(session, "session", nullptr) || command >= session->program().commands.size() ||
      !session->device->driver->kernel)
    return "";
  const char *kernel = session->device->driver->kernel(session->execution, command);
  return kernel ? kernel : "";
}

bst_status bst_session_get_kernel(bst_session *session, uint32_t command, bst_kernel_info *info,
                                  bst_error *error) noexcept {
  if (!isHandle(session, "session", error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (const size_t count = session->program().commands.size(); command >= count)
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "command {}: the package has {}", command,
                count);
  bst_kernel_info filled = BST_INIT(bst_kernel_info);
  filled.name = bst_session_kernel(session, command);
  filled.pass = command;
  if (session->device->driver->explain)
    session->device->driver->explain(session->execution, command, &filled);
  return fillInfo(filled, info, "info", error);
}
