// Inputs and outputs: the contract, copies, bindings.
#include "runtime/api/session.h"

#include <algorithm>
#include <functional>

using namespace bst;
using namespace bst::api;

namespace {

constexpr const char *inputRole = "input", *outputRole = "output";

/// An input or output, as error messages name it and as the session keeps it.
struct Place {
  const char *role; ///< One of the above.
  uint32_t index;
  uint32_t tensorIndex;
  const Tensor &tensor;
  Frame &frame;
  Port &port;
  const BoundTensors &moving;

  template <class... Parts>
  [[gnu::always_inline]] bst_status refuse(bst_error *error,
                                           TextFormat<std::type_identity_t<Parts>...> format,
                                           const Parts &...parts) const {
    const uint64_t words[] = {textKinds<Parts...>(), textWord(parts)...};
    return refuseFor(error, {format.format, words});
  }
  bst_status refuseFor(bst_error *error, Text why) const {
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "{} {}: {}", role, quoted(tensor.name), why);
  }
};

/// Calls use(place) for input or output `index` of a frame that is not in flight.
template <class Use>
bst_status at(bst_session *session, uint32_t frame, bool input, uint32_t index, bst_error *error,
              Use &&use) {
  if (!isHandle(session, "session", error) || !session->hasFrame(frame, error))
    return BST_ERROR_INVALID_ARGUMENT;
  const Program &program = session->program();
  const std::vector<uint32_t> &ports = input ? program.inputs : program.outputs;
  const char *role = input ? inputRole : outputRole;
  if (index >= ports.size())
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "{} {}: the package has {}", role, index,
                ports.size());
  Frame &of = *session->frames[frame];
  {
    const Lock lock(session->device->mutex);
    if (of.inFlight())
      return fail(error, BST_ERROR_BUSY, "{} {}: frame {} is in flight", role,
                  quoted(program.tensors[ports[index]].name), frame);
  }
  const Bindings &bindings = session->package->bindings;
  return use(Place{role, index, ports[index], program.tensors[ports[index]], of,
                   (input ? of.inputs : of.outputs)[index],
                   (input ? bindings.inputs : bindings.outputs)[index]});
}

/// Is the buffer what the tensor wants? `data` is looked at by the callers.
bst_status check(const Place &place, const bst_buffer &buffer, bst_error *error) {
  const Tensor &tensor = place.tensor;
  if (buffer.dtype != bst_dtype(tensor.dtype))
    return place.refuse(error, "the buffer's dtype is {}, expected {}",
                        bst_dtype_name(buffer.dtype), dtypeName(tensor.dtype));
  if (buffer.layout != bst_layout(tensor.layout))
    return place.refuse(error, "the buffer's layout is {}, expected {}",
                        bst_layout_name(buffer.layout), layoutName(tensor.layout));
  const size_t rank = std::min<size_t>(buffer.rank, BST_MAX_RANK);
  if (buffer.rank > BST_MAX_RANK)
    return place.refuse(error, "the buffer's rank is {}, expected {}", buffer.rank,
                        tensor.shape.size());
  if (!std::equal(buffer.shape, buffer.shape + rank, tensor.shape.begin(), tensor.shape.end()))
    return place.refuse(error, "the buffer's shape is {}, expected {}", Shape(buffer.shape, rank),
                        Shape(tensor.shape));
  if (buffer.size != tensor.size)
    return place.refuse(error, "the buffer has {} bytes, expected {}", buffer.size, tensor.size);
  return BST_OK;
}

bst_status readBuffer(const bst_buffer *given, bst_buffer &buffer, bst_error *error) {
  if (!isGiven(given, "buffer", error))
    return BST_ERROR_INVALID_ARGUMENT;
  return readOptions(given, buffer, "buffer", error);
}

bst_status describe(const Tensor &tensor, void *data, bst_buffer *buffer, bst_error *error) {
  bst_buffer filled = {};
  filled.data = data;
  filled.size = tensor.size;
  filled.dtype = bst_dtype(tensor.dtype);
  filled.layout = bst_layout(tensor.layout);
  filled.rank = uint32_t(tensor.shape.size());
  std::copy(tensor.shape.begin(), tensor.shape.end(), filled.shape);
  return fillInfo(filled, buffer, "buffer", error);
}

/// Where the tensor's bytes are for the host after a run.
std::byte *hostMemory(const Place &place) {
  if (place.port.bound)
    return place.port.bound;
  return static_cast<std::byte *>(place.frame.data[place.tensorIndex]);
}

bool overlap(const std::byte *a, uint64_t aSize, const std::byte *b, uint64_t bSize) {
  return std::less<>()(a, b + bSize) && std::less<>()(b, a + aSize);
}

/// A buffer must not overlap another bound one where a run writes either. Inputs may share memory.
bst_status checkApart(const bst_session &session, const Place &place, const std::byte *data,
                      bst_error *error) {
  const Program &program = session.program();
  const uint64_t size = place.tensor.size;
  if (overlap(data, size, session.arena, program.arenaSize * session.frames.size()))
    return place.refuse(error, "the buffer overlaps the session's arena");
  for (uint32_t frame = 0; frame < session.frames.size(); ++frame)
    for (const bool input : {true, false}) {
      const Frame &of = *session.frames[frame];
      const auto &ports = input ? of.inputs : of.outputs;
      for (size_t i = 0; i < ports.size(); ++i) {
        const Tensor &other = program.tensors[(input ? program.inputs : program.outputs)[i]];
        const bool written = !input || place.role == outputRole;
        if (&ports[i] != &place.port && written && ports[i].bound &&
            overlap(data, size, ports[i].bound, other.size))
          return place.refuse(error, "the buffer overlaps that of {}{} of frame {}",
                              input ? "input " : "output ", quoted(other.name), frame);
      }
    }
  return BST_OK;
}

bst_status bind(const bst_session &session, const Place &place, const bst_buffer &buffer,
                bst_error *error) {
  const Lock lock(session.device->mutex); // Against bindings of other frames.
  auto *data = static_cast<std::byte *>(buffer.data);
  if (data)
    if (const bst_status status = check(place, buffer, error); status != BST_OK)
      return status;
  if (const uint64_t past = uintptr_t(data) % BST_ALIGNMENT)
    return place.refuse(error, "the buffer lies {} bytes past a multiple of {}", past,
                        BST_ALIGNMENT);
  if (data)
    if (const bst_status status = checkApart(session, place, data, error); status != BST_OK)
      return status;
  place.port.bound = data;
  place.port.copied = place.moving.empty();
  for (uint32_t tensor : place.moving)
    place.frame.data[tensor] = data ? data : place.port.own;
  return succeed(error);
}

bst_status copy(bst_session *session, uint32_t frame, bool input, uint32_t index,
                const bst_buffer *given, bst_error *error) {
  return at(session, frame, input, index, error, [&](const Place &place) {
    bst_buffer buffer;
    if (const bst_status status = readBuffer(given, buffer, error); status != BST_OK)
      return status;
    if (const bst_status status = check(place, buffer, error); status != BST_OK)
      return status;
    if (!buffer.data)
      return place.refuse(error, "the buffer's data is NULL");
    if (input && place.port.bound)
      return place.refuse(error, "the host's memory is bound: write there, or end the binding");
    if (input)
      std::memcpy(hostMemory(place), buffer.data, place.tensor.size);
    else
      std::memcpy(buffer.data, hostMemory(place), place.tensor.size);
    return succeed(error);
  });
}

bst_status get(bst_session *session, uint32_t frame, bool input, uint32_t index, bst_buffer *buffer,
               bst_error *error) {
  return at(session, frame, input, index, error, [&](const Place &place) {
    return describe(place.tensor, hostMemory(place), buffer, error);
  });
}

bst_status bind(bst_session *session, uint32_t frame, bool input, uint32_t index,
                const bst_buffer *given, bst_error *error) {
  return at(session, frame, input, index, error, [&](const Place &place) {
    bst_buffer buffer;
    if (const bst_status status = readBuffer(given, buffer, error); status != BST_OK)
      return status;
    return bind(*session, place, buffer, error);
  });
}

} // namespace

bst_status bst_session_write_input(bst_session *session, uint32_t frame, uint32_t input,
                                   const bst_buffer *from, bst_error *error) noexcept {
  return copy(session, frame, true, input, from, error);
}

bst_status bst_session_read_output(bst_session *session, uint32_t frame, uint32_t output,
                                   const bst_buffer *to, bst_error *error) noexcept {
  return copy(session, frame, false, output, to, error);
}

bst_status bst_session_get_input(bst_session *session, uint32_t frame, uint32_t input,
                                 bst_buffer *buffer, bst_error *error) noexcept {
  return get(session, frame, true, input, buffer, error);
}

bst_status bst_session_get_output(bst_session *session, uint32_t frame, uint32_t output,
                                  bst_buffer *buffer, bst_error *error) noexcept {
  return get(session, frame, false, output, buffer, error);
}

bst_status bst_session_bind_input(bst_session *session, uint32_t frame, uint32_t input,
                                  const bst_buffer *buffer, bst_error *error) noexcept {
  return bind(session, frame, true, input, buffer, error);
}

bst_status bst_session_bind_output(bst_session *session, uint32_t frame, uint32_t output,
                                   const bst_buffer *buffer, bst_error *error) noexcept {
  return bind(session, frame, false, output, buffer, error);
}

bst_status bst_session_get_tensor(bst_session *session, uint32_t frame, uint32_t index,
                                  bst_buffer *buffer, bst_error *error) noexcept {
  if (!isHandle(session, "session", error) || !session->hasFrame(frame, error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (!session->options.keep_tensors)
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "the session was created without options->keep_tensors");
  const Program &program = session->program();
  if (index >= program.tensors.size())
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "tensor {}: the package has {}", index,
                program.tensors.size());
  // Without the lock: called from within the run. Addresses do not change while it is in flight.
  return describe(program.tensors[index], session->frames[frame]->data[index], buffer, error);
}
