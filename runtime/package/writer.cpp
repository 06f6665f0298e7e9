#include "runtime/package/package.h"

#include "runtime/package/params.h"
#include "runtime/package/picture.h"
#include "runtime/package/tiles.h"
#include "runtime/support/guard.h"
#include "runtime/support/text.h"

namespace bst {

using flatbuffers::Offset;

static Offset<fb::Tensor> packTensor(PackageBuilder &b, const Tensor &t) {
  auto name = b.string(t.name);
  auto shape = b.vector(t.shape);
  return fb::CreateTensor(b.fbb, name, fb::DType(t.dtype), fb::Layout(t.layout), shape, t.scale,
                          t.zeroPoint, fb::Storage(t.storage), t.offset, t.size);
}

static Offset<fb::Command> packCommand(PackageBuilder &b, const Command &c) {
  auto name = b.string(c.name);
  auto inputs = b.vector(c.inputs);
  auto outputs = b.vector(c.outputs);
  auto dependsOn = b.vector(c.dependsOn);
  const PackedParams params = packParams(b, c.params);
  return fb::CreateCommand(b.fbb, fb::Engine(c.engine), name, inputs, outputs, dependsOn,
                           params.type, params.table);
}

static Offset<flatbuffers::Vector<uint8_t>> packWeights(PackageBuilder &b, const Program &program) {
  const auto *weights = reinterpret_cast<const uint8_t *>(program.weights);
  b.fbb.ForceVectorAlignment(program.weightsSize, 1, 64);
  return b.fbb.CreateVector(weights, program.weightsSize);
}

/// Null where there is none.
static Offset<fb::SelfTest> packSelfTest(PackageBuilder &b, const SelfTest &test) {
  if (test.checksums.empty())
    return 0;
  std::vector<Offset<fb::SelfTestInput>> inputs;
  for (const std::vector<std::byte> &input : test.inputs) {
    const auto *bytes = reinterpret_cast<const uint8_t *>(input.data());
    inputs.push_back(fb::CreateSelfTestInput(
        b.fbb, b.fbb.CreateVector(bytes, b.limited(input.size(), maxMetadataBytes))));
  }
  auto inputList = b.vector(inputs);
  auto checksums = b.vector(test.checksums);
  return fb::CreateSelfTest(b.fbb, test.seed, inputList, checksums);
}

// Checks the limits after every table: the builder itself would run past 2 GiB unseen.
static Status checkLimits(const PackageBuilder &b, const Program &program, const char *kind,
                          std::string_view name) {
  if (b.tooLong)
    return failed(
        StatusCode::InvalidArgument,
        "cannot write the package: {} {} has a list of more than {} elements, or a name of "
        "more than {} bytes or with a zero byte",
        kind, quoted(name), maxCount, maxNameBytes);
  if (b.fbb.GetSize() - program.weightsSize > maxMetadataBytes)
    return failed(
        StatusCode::InvalidArgument,
        "cannot write the package: up to {} {}, what is not weights takes {} bytes, at most {} fit",
        kind, quoted(name), b.fbb.GetSize() - program.weightsSize, maxMetadataBytes);
  return Status();
}

// FlatBuffers grow from the end of the file to its front: the weights come first, to lie last.
static Status build(const Program &program, const SelfTest &selfTest, PackageBuilder &b) {
  auto weights = packWeights(b, program);
  std::vector<Offset<fb::Tensor>> tensors;
  tensors.reserve(program.tensors.size());
  for (const Tensor &tensor : program.tensors) {
    tensors.push_back(packTensor(b, tensor));
    if (Status s = checkLimits(b, program, "tensor", tensor.name); !s.ok())
      return s;
  }
  std::vector<Offset<fb::Command>> commands;
  commands.reserve(program.commands.size());
  for (const Command &command : program.commands) {
    commands.push_back(packCommand(b, command));
    if (Status s = checkLimits(b, program, "command", command.name); !s.ok())
      return s;
  }
  auto name = b.string(program.name);
  auto target = b.string(program.target);
  auto compiler = b.string(program.compiler);
  auto tensorList = b.vector(tensors);
  auto commandList = b.vector(commands);
  auto inputs = b.vector(program.inputs);
  auto outputs = b.vector(program.outputs);
  auto decode = packDecode(b, program.decode);
  auto tiles = packTiles(b, program.tiles);
  auto preprocess = packPreprocess(b, program.preprocess);
  auto test = packSelfTest(b, selfTest);
  if (Status s = checkLimits(b, program, "program", program.name); !s.ok())
    return s;
  const fb::Cost cost(program.cost.macs, program.cost.dramBytes, program.cost.latencySeconds,
                      program.cost.framesPerSecond);
  auto package = fb::CreatePackage(
      b.fbb, schemaVersion, 0, 0, name, target, compiler, tensorList, commandList, inputs, outputs,
      program.arenaSize, program.arenaLowerBound, decode, &cost, weights, tiles, preprocess, test);
  fb::FinishPackageBuffer(b.fbb, package);
  return Status();
}

static Status write(const Program &program, std::vector<std::byte> &bytes,
                    const SelfTest &selfTest) {
  if (program.weightsSize > maxWeightsBytes)
    return failed(StatusCode::InvalidArgument,
                  "cannot write the package: the weights take {} bytes, at most {} fit",
                  program.weightsSize, maxWeightsBytes);
  // Room for the metadata of any network we know, so that the weights are not moved.
  constexpr size_t usualMetadata = size_t(2) << 20;
  PackageBuilder builder(program.weightsSize + usualMetadata);
  if (Status status = build(program, selfTest, builder); !status.ok())
    return status;
  const auto *data = reinterpret_cast<const std::byte *>(builder.fbb.GetBufferPointer());
  bytes.assign(data, data + builder.fbb.GetSize());
  return sealPackage(bytes);
}

Status writePackage(const Program &program, std::vector<std::byte> &bytes,
                    const SelfTest &selfTest) {
  return withoutThrowing([&] { return write(program, bytes, selfTest); });
}

} // namespace bst
