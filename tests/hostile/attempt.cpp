#include "tests/hostile/attempt.h"

#include "backends/simulator/strict.h"
#include "runtime/api/handles.h"
#include "runtime/package/format.h"
#include "tests/support/sessions.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bst::testing {
namespace {

constexpr uint64_t noBytes = 0xcbf29ce484222325;

uint64_t digestOf(std::span<const std::byte> bytes, uint64_t digest) {
  for (std::byte byte : bytes) // FNV-1a.
    digest = (digest ^ uint64_t(byte)) * 0x100000001b3;
  return digest;
}

// Small numbers of both signs, also where the tensor is float.
void fill(const Tensor &tensor, std::span<std::byte> bytes) {
  if (tensor.dtype == DType::F32) {
    auto *values = reinterpret_cast<float *>(bytes.data());
    for (size_t i = 0; i < bytes.size() / sizeof(float); ++i)
      values[i] = float(int(i * 37 % 101) - 50) / 25;
  } else {
    for (size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = std::byte(i * 37 % 101);
  }
}

template <class Buffer> std::span<std::byte> bytesIn(const Buffer &buffer) {
  return {static_cast<std::byte *>(buffer.data), buffer.size};
}

using Held = std::unique_ptr<bst_package, decltype(&bst_package_release)>;

/// The handle that the C interface would have made, which takes no limits.
Held handleOf(std::unique_ptr<Package> package) {
  auto handle = std::make_unique<bst_package>();
  handle->package = std::move(package);
  handle->bindings = findBindings(handle->program());
  handle->hash = handle->package->hash();
  return {handle.release(), bst_package_release};
}

/// Reads everything that the C interface tells of a package; false where something is refused.
bool inspect(const bst_package *package, uint64_t &digest) {
  const auto text = [&](const char *read) { // NULL is none.
    digest = digestOf(std::as_bytes(std::span(read, read ? std::strlen(read) : 0)), digest);
  };
  const auto list = [&](const auto *read, size_t count) {
    digest = digestOf(std::as_bytes(std::span(read, count)), digest);
  };
  bst_package_info info = BST_INIT(bst_package_info);
  bool sound = bst_package_get_info(package, &info, nullptr) == BST_OK;
  for (const char *name : {info.name, info.target, info.compiler, info.hash})
    text(name);
  bst_tensor_info tensor = BST_INIT(bst_tensor_info);
  for (uint32_t i = 0; i < info.tensors; ++i) {
    sound &= bst_package_get_tensor(package, i, &tensor, nullptr) == BST_OK;
    text(tensor.name);
  }
  bst_command_info command = BST_INIT(bst_command_info);
  for (uint32_t i = 0; i < info.commands; ++i) {
    sound &= bst_package_get_command(package, i, &command, nullptr) == BST_OK;
    for (const char *name : {command.name, command.engine, command.operation})
      text(name);
    list(command.inputs, command.input_count);
    list(command.outputs, command.output_count);
    list(command.depends_on, command.depends_on_count);
  }
  uint32_t found = 0; // By the name that a host was given.
  for (uint32_t i = 0; i < info.outputs; ++i)
    sound &= bst_package_get_output(package, i, &tensor, nullptr) == BST_OK &&
             bst_package_find_output(package, tensor.name, &found, nullptr) == BST_OK;
  bst_preprocess_info preprocess = BST_INIT(bst_preprocess_info);
  for (uint32_t i = 0; i < info.inputs; ++i) {
    sound &= bst_package_get_input(package, i, &tensor, nullptr) == BST_OK &&
             bst_package_find_input(package, tensor.name, &found, nullptr) == BST_OK;
    const bst_status status = bst_package_get_preprocess(package, i, &preprocess, nullptr);
    sound &= status == BST_OK || status == BST_ERROR_UNSUPPORTED;
  }
  bst_decode_info decode = BST_INIT(bst_decode_info);
  sound &= bst_package_get_decode(package, &decode, nullptr) == BST_OK;
  text(decode.kind);
  list(decode.strides, decode.levels);
  list(decode.anchors, size_t(decode.levels) * decode.anchors_per_level * 2);
  list(decode.outputs, decode.output_count);
  for (uint32_t i = 0; i < decode.class_names; ++i)
    text(bst_package_class_name(package, i));
  return sound;
}

/// As a host runs it, through the C interface, its self-test too. Returns what went wrong.
std::string run(bst_package *package, uint64_t &digest) {
  const Program &program = package->program();
  uint64_t told = 0;
  if (!inspect(package, told))
    return "what the package says cannot be read";
  bst_error error = {};
  bst_device *opened = nullptr;
  if (bst_device_open(bst_simulator_driver(), nullptr, &opened, &error) != BST_OK)
    return error.message;
  const std::unique_ptr<bst_device, decltype(&bst_device_release)> device(opened,
                                                                          bst_device_release);
  bst_session *created = nullptr;
  if (bst_session_create(package, opened, nullptr, &created, &error) != BST_OK)
    return error.message;
  const std::unique_ptr<bst_session, decltype(&bst_session_destroy)> session(created,
                                                                             bst_session_destroy);
  bst_buffer buffer = BST_INIT(bst_buffer);
  for (uint32_t i = 0; i < program.inputs.size(); ++i) {
    if (bst_session_get_input(created, 0, i, &buffer, &error) != BST_OK)
      return error.message;
    fill(program.tensors[program.inputs[i]], bytesIn(buffer));
  }
  if (bst_session_run(created, 0, &error) != BST_OK)
    return error.message;
  digest = noBytes;
  for (uint32_t i = 0; i < program.outputs.size(); ++i) {
    if (bst_session_get_output(created, 0, i, &buffer, &error) != BST_OK)
      return error.message;
    digest = digestOf(bytesIn(buffer), digest);
  }
  // Damage to parameters, weights or the test itself makes it fail, not go wrong.
  if (const bst_status tested = bst_session_selftest(created, nullptr, &error);
      tested != BST_OK && tested != BST_ERROR_SELF_TEST && tested != BST_ERROR_UNSUPPORTED)
    return error.message;
  return "";
}

/// The tile operations, where modelled memories are small; their outputs must be those of `digest`.
std::string runTiles(const Program &program, uint64_t digest) {
  constexpr uint64_t quickToFill = 4 << 20;
  if (program.tiles.ops.empty() ||
      program.tiles.dataBytes + program.tiles.weightBytes > quickToFill)
    return "";
  const std::unique_ptr<Simulator> simulator = createSimulator();
  std::unique_ptr<StrictRun> strict;
  if (Status status = StrictRun::create(program, *simulator, strict); !status.ok())
    return std::string(status.message());
  for (uint32_t input : program.inputs)
    fill(program.tensors[input], strict->data(input));
  if (Status status = strict->run(TileOrder::LoadsFirst); !status.ok())
    return std::string(status.message());
  uint64_t computed = noBytes;
  for (uint32_t output : program.outputs)
    computed = digestOf(strict->data(output), computed);
  return computed == digest ? "" : "tile operations compute something else than commands";
}

} // namespace

Attempt attempt(std::span<const std::byte> bytes, const Limits &limits) {
  std::unique_ptr<Package> package;
  const Status status = Package::fromMemory(bytes, package, limits);
  if (!status.ok()) {
    const bool refused = status.getCode() == StatusCode::CorruptPackage ||
                         status.getCode() == StatusCode::UnsupportedVersion ||
                         status.getCode() == StatusCode::Unsupported;
    return {refused && !status.message().empty() ? Attempt::Refused : Attempt::Failed,
            std::string(status.message())};
  }
  const Held handle = handleOf(std::move(package));
  Attempt made;
  made.message = run(handle.get(), made.digest);
  if (made.message.empty())
    made.message = runTiles(handle->program(), made.digest);
  made.result = made.message.empty() ? Attempt::Ran : Attempt::Failed;
  return made;
}

Attempt attemptSealed(std::vector<std::byte> bytes, const Limits &limits) {
  (void)sealPackage(bytes);
  return attempt(bytes, limits);
}

Limits limitsFor(const Program &program) {
  return {.arenaBytes = (uint64_t(1) << 24) + 2 * program.arenaSize,
          .work = (uint64_t(1) << 27) + 8 * program.cost.macs};
}

std::vector<std::byte> packageWithSelfTest(const Program &program, bool keepsInput) {
  SelfTest test;
  test.seed = 7;
  for (size_t i = 0; keepsInput && i < program.inputs.size(); ++i) {
    const Tensor &tensor = program.tensors[program.inputs[i]];
    fill(tensor, test.inputs.emplace_back(tensor.size));
  }
  std::vector<std::byte> bytes;
  Status status = makeSelfTest(openProgram(program), simulatorDevice(), test);
  if (status.ok())
    status = writePackage(program, bytes, test);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    std::abort();
  }
  return bytes;
}

} // namespace bst::testing
