#include "runtime/package/reader.h"

#include "runtime/package/package.h"
#include "runtime/package/params.h"
#include "runtime/package/picture.h"
#include "runtime/package/tiles.h"
#include "runtime/program/labels.h"

#include <bit>

namespace bst {

// Weights are used in place, as the file holds them: little-endian.
static_assert(std::endian::native == std::endian::little);

// The version comes first: what follows is only known for versions that we know.
static Status checkHeader(std::span<const std::byte> bytes, const PackageHeader &header) {
  if (header.schemaVersion < oldestSchemaVersion || header.schemaVersion > schemaVersion)
    return failed(StatusCode::UnsupportedVersion,
                  "has schema version {}, this runtime reads {} to {}: {}", header.schemaVersion,
                  oldestSchemaVersion, schemaVersion,
                  header.schemaVersion > schemaVersion
                      ? "update the runtime or compile the model with an older bstc"
                      : "compile the model again");
  if (header.byteSize > bytes.size())
    return corrupt("is truncated: it has {} of {} bytes", bytes.size(), header.byteSize);
  if (header.byteSize < bytes.size())
    return corrupt("is damaged: it has {} bytes, its header says {}", bytes.size(),
                   header.byteSize);
  const uint64_t actual = hashContent(bytes, header.contentHashOffset);
  if (actual != header.contentHash)
    return corrupt("is damaged: its content hash is {}, expected {}", HashLabel(actual),
                   HashLabel(header.contentHash));
  return Status();
}

static void readTensor(const fb::Tensor &from, PackageCopier &copier, Tensor &to) {
  copier.copy(*from.name(), to.name);
  to.dtype = DType(from.dtype());
  to.layout = Layout(from.layout());
  copier.copy(*from.shape(), to.shape);
  to.scale = from.scale();
  to.zeroPoint = from.zero_point();
  to.storage = Storage(from.storage());
  to.offset = from.offset();
  to.size = from.size();
}

static bool readCommand(const fb::Command &from, PackageCopier &copier, Command &to) {
  to.engine = Engine(from.engine());
  copier.copy(*from.name(), to.name);
  copier.copy(*from.inputs(), to.inputs);
  copier.copy(*from.outputs(), to.outputs);
  copier.copy(*from.depends_on(), to.dependsOn);
  return unpackParams(from.params_type(), from.params(), copier, to.params);
}

static void readSelfTest(const fb::SelfTest &from, PackageCopier &copier, SelfTest &to) {
  to.seed = from.seed();
  copier.copy(*from.checksums(), to.checksums);
  if (!copier.take(from.inputs()->size(), sizeof(flatbuffers::uoffset_t), maxCount))
    return;
  to.inputs = std::vector<std::vector<std::byte>>(from.inputs()->size());
  for (size_t i = 0; i < to.inputs.size(); ++i) {
    const auto &bytes = *from.inputs()->Get(flatbuffers::uoffset_t(i))->bytes();
    if (!copier.take(bytes.size(), 1, maxMetadataBytes))
      return;
    const auto *begin = reinterpret_cast<const std::byte *>(bytes.data());
    to.inputs[i].assign(begin, begin + bytes.size());
  }
}

static Status readWeights(const fb::Package &package, Program &program) {
  const flatbuffers::Vector<uint8_t> &weights = *package.weights();
  if (weights.size() > maxWeightsBytes)
    return corrupt("has {} bytes of weights, at most {} are allowed", weights.size(),
                   maxWeightsBytes);
  if (!weights.size())
    return Status();
  program.weights = reinterpret_cast<const std::byte *>(weights.data());
  program.weightsSize = weights.size();
  const uint64_t misalignment = uintptr_t(program.weights) % 64;
  if (misalignment)
    return corrupt("has its weights {} bytes past a 64-byte boundary", misalignment);
  return Status();
}

static Status readProgram(const fb::Package &package, uint64_t bytes, Program &program,
                          SelfTest &selfTest) {
  if (Status status = readWeights(package, program); !status.ok())
    return status;
  PackageCopier copier(bytes - program.weightsSize);
  copier.copy(*package.name(), program.name);
  copier.copy(*package.target(), program.target);
  copier.copy(*package.compiler(), program.compiler);
  copier.copy(*package.inputs(), program.inputs);
  copier.copy(*package.outputs(), program.outputs);
  program.arenaSize = package.arena_size();
  program.arenaLowerBound = package.arena_lower_bound();
  readDecode(*package.decode(), copier, program.decode);
  if (package.preprocess())
    readPreprocess(*package.preprocess(), copier, program.preprocess);
  const fb::Cost &cost = *package.cost();
  program.cost = {cost.macs(), cost.dram_bytes(), cost.latency_seconds(), cost.frames_per_second()};

  // An element of these lists is a table of more than 48 bytes: a short file that names one table a
  // million times gets no memory for it.
  constexpr size_t leastTableBytes = 48;
  if (copier.take(package.tensors()->size(), leastTableBytes, maxCount)) {
    program.tensors = std::vector<Tensor>(package.tensors()->size());
    for (size_t i = 0; i < program.tensors.size() && !copier.exceeded; ++i)
      readTensor(*package.tensors()->Get(flatbuffers::uoffset_t(i)), copier, program.tensors[i]);
  }
  if (copier.take(package.commands()->size(), leastTableBytes, maxCount)) {
    program.commands = std::vector<Command>(package.commands()->size());
    for (size_t i = 0; i < program.commands.size() && !copier.exceeded; ++i) {
      const fb::Command &command = *package.commands()->Get(flatbuffers::uoffset_t(i));
      if (!readCommand(command, copier, program.commands[i]))
        return corrupt("is damaged: command {} {} has params of unknown type {}", i,
                       quoted(program.commands[i].name), uint32_t(command.params_type()));
    }
  }
  if (package.tiles())
    if (Status status = readTiles(*package.tiles(), copier, program.tiles); !status.ok())
      return status;
  if (package.self_test())
    readSelfTest(*package.self_test(), copier, selfTest);
  if (copier.exceeded)
    return corrupt("is damaged: a list has more than {} elements, a name more than {} bytes or a "
                   "zero byte, or its lists together more than the file",
                   maxCount, maxNameBytes);
  return Status();
}

Status readPackage(std::span<const std::byte> bytes, PackageHeader &header, Program &program,
                   SelfTest &selfTest) {
  if (Status status = readHeader(bytes, header); !status.ok())
    return status;
  if (Status status = checkHeader(bytes, header); !status.ok())
    return status;
  flatbuffers::Verifier::Options options;
  options.max_depth = 8; // Package > Command > params is 3.
  options.max_tables = flatbuffers::uoffset_t(4 * maxCount);
  const auto *data = reinterpret_cast<const uint8_t *>(bytes.data());
  flatbuffers::Verifier verifier(data, bytes.size(), options);
  if (!fb::VerifyPackageBuffer(verifier))
    return corrupt("is damaged: a table in it is not well formed");
  return readProgram(*fb::GetPackage(data), bytes.size(), program, selfTest);
}

} // namespace bst
