#include "tests/hostile/attempt.h"

#include "backends/simulator/simulator.h"
#include "runtime/package_format.h"
#include "runtime/session.h"
#include "runtime/strict.h"

#include <algorithm>

namespace bst::testing {
namespace {

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

// `runner` is a Session or a StrictRun.
template <class Runner> void fillInputs(const Program &program, Runner &runner) {
  for (uint32_t input : program.inputs)
    fill(program.tensors[input], runner.data(input));
}

template <class Runner> uint64_t digestOfOutputs(const Program &program, Runner &runner) {
  uint64_t digest = 0xcbf29ce484222325;
  for (uint32_t output : program.outputs)
    digest = digestOf(runner.data(output), digest);
  return digest;
}

Status run(const Program &program, uint64_t &digest) {
  const std::unique_ptr<Device> device = createSimulator();
  std::unique_ptr<Session> session;
  if (Status status = Session::create(program, *device, session); !status.ok())
    return status;
  fillInputs(program, *session);
  if (Status status = session->run(); !status.ok())
    return status;
  digest = digestOfOutputs(program, *session);
  return Status();
}

// The outputs must be those of `digest`.
Status runTiles(const Program &program, uint64_t digest) {
  constexpr uint64_t quickToFill = 4 << 20;
  if (program.tiles.ops.empty() ||
      program.tiles.dataBytes + program.tiles.weightBytes > quickToFill)
    return Status();
  const std::unique_ptr<Device> device = createSimulator();
  std::unique_ptr<StrictRun> strict;
  if (Status status = StrictRun::create(program, *device, strict); !status.ok())
    return status;
  fillInputs(program, *strict);
  if (Status status = strict->run(TileOrder::LoadsFirst); !status.ok())
    return status;
  if (digestOfOutputs(program, *strict) != digest)
    return Status(StatusCode::IoError, "tile operations compute something else than commands");
  return Status();
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
  Attempt made;
  Status ran = run(package->program(), made.digest);
  if (ran.ok())
    ran = runTiles(package->program(), made.digest);
  made.result = ran.ok() ? Attempt::Ran : Attempt::Failed;
  made.message = ran.message();
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

} // namespace bst::testing
