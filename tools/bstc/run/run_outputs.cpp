#include "tools/bstc/run/run_outputs.h"

#include "ir/error.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/files/array_file.h"
#include "tools/bstc/files/json_writer.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <csignal>

namespace bstc {

static constexpr const char *indexName = "tensors.json";

RunOutputs::RunOutputs(const bst::Program &program, llvm::StringRef folder, bool allTensors)
    : program(program), folder(folder), allTensors(allTensors) {
  const auto name = [&](uint32_t tensor) {
    if (!files.count(tensor))
      files[tensor] = fileName(program.tensors[tensor].name);
  };
  if (allTensors)
    for (const bst::Command &command : program.commands)
      for (uint32_t output : command.outputs)
        name(output);
  for (uint32_t output : program.outputs)
    name(output);
}

std::vector<std::string> RunOutputs::paths() const {
  std::vector<std::string> all;
  for (const auto &[tensor, file] : files)
    all.push_back(pathOf(file));
  if (allTensors)
    all.push_back(pathOf(indexName));
  return all;
}

llvm::Error RunOutputs::open() { return made.make(folder); }

std::string RunOutputs::pathOf(llvm::StringRef file) const {
  llvm::SmallString<256> path(folder);
  llvm::sys::path::append(path, file);
  return path.str().str();
}

/// Letters, digits, '.', '_' and '-' stay; a name that another tensor took gets a number.
std::string RunOutputs::fileName(const std::string &tensor) {
  std::string name;
  for (char c : llvm::StringRef(tensor).ltrim('/'))
    name += llvm::isAlnum(c) || c == '.' || c == '_' || c == '-' ? c : '_';
  // File systems take 255 bytes; the end of a name tells more than its start.
  constexpr size_t longest = 200;
  if (name.size() > longest)
    name = name.substr(name.size() - longest);
  if (name.empty() || name.front() == '.')
    name.insert(0, "tensor");
  const unsigned uses = ++namesUsed[name];
  if (uses > 1)
    name.append("~").append(std::to_string(uses));
  return name + ".npy";
}

/// Extent of the blocks of positions that a quantised image has as channels (bst::QuantizeParams).
static int32_t blockOf(const bst::Program &program, uint32_t tensor) {
  for (const bst::Command &command : program.commands) {
    if (command.outputs[0] != tensor)
      continue;
    if (const auto *quantize = std::get_if<bst::QuantizeParams>(&command.params))
      return quantize->block;
    if (const auto *picture = std::get_if<bst::PictureParams>(&command.params))
      return picture->block;
  }
  return 1;
}

/// The tensor as the file has it: positions as positions.
static bst::Tensor withoutBlocks(bst::Tensor tensor, int32_t block) {
  if (block > 1)
    tensor.shape = {tensor.shape[0], tensor.shape[1] / (block * block), tensor.shape[2] * block,
                    tensor.shape[3] * block};
  return tensor;
}

/// Bytes of a map (Nhwc) in blocks at the places that they have without.
static std::vector<std::byte> withoutBlocks(const bst::Tensor &image, int32_t block,
                                            std::span<const std::byte> from) {
  const int64_t channels = image.shape[1], rows = int64_t(image.shape[0]) * image.shape[2];
  const int64_t columns = image.shape[3], run = channels * block;
  std::vector<std::byte> to(from.size());
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; column += block) {
      const int64_t pixel = row / block * (columns / block) + column / block;
      const int64_t at = (pixel * block + row % block) * run;
      std::copy_n(from.begin() + at, run, to.begin() + (row * columns + column) * channels);
    }
  return to;
}

llvm::Error RunOutputs::write(uint32_t index, const bst::ProgramSession &session) {
  const int32_t block = blockOf(program, index);
  const bst::Tensor tensor = withoutBlocks(program.tensors[index], block);
  std::span<const std::byte> memory = session.data(index);
  std::vector<std::byte> image;
  if (block > 1) {
    image = withoutBlocks(tensor, block, memory);
    memory = image;
  }
  llvm::Expected<PendingFile> file = PendingFile::create(pathOf(fileOf(index)));
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write(npyHeader(tensor.dtype, tensor.shape)))
    return error;
  if (llvm::Error error =
          inOnnxOrder(tensor, {memory.data(), memory.size()},
                      [&](llvm::ArrayRef<std::byte> piece) { return file->write(piece); }))
    return error;
  if (llvm::Error error = file->close()) // There may be more tensors than a process may open files.
    return error;
  written.push_back(std::move(*file));
  there.insert(index);
  return llvm::Error::success();
}

std::string RunOutputs::indexJson() const {
  JsonWriter json;
  json.beginArray();
  for (const auto &[index, file] : files) {
    const bst::Tensor tensor = withoutBlocks(program.tensors[index], blockOf(program, index));
    json.beginObject();
    json.member("name", tensor.name);
    json.member("file", file);
    json.member("dtype", numpyName(tensor.dtype));
    json.member("shape", llvm::makeArrayRef(tensor.shape));
    if (tensor.scale != 0) {
      json.member("scale", tensor.scale);
      json.member("zero_point", tensor.zeroPoint);
    }
    json.endObject();
  }
  json.endArray();
  return json.take();
}

llvm::Error RunOutputs::writeIndex() {
  llvm::Expected<PendingFile> file = PendingFile::create(pathOf(indexName));
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write(indexJson()))
    return error;
  written.push_back(std::move(*file));
  return llvm::Error::success();
}

namespace {
/// Holds back interrupts and kill requests while it lives, so that files take their names together.
class SignalsHeld {
public:
  SignalsHeld() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGINT, SIGTERM, SIGHUP})
      sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
  }
  SignalsHeld(const SignalsHeld &) = delete;
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }

private:
  sigset_t before;
};
} // namespace

llvm::Error RunOutputs::finish(const bst::ProgramSession &session) {
  for (uint32_t output : program.outputs)
    if (!there.count(output))
      if (llvm::Error error = write(output, session))
        return error;
  if (allTensors)
    if (llvm::Error error = writeIndex())
      return error;
  const SignalsHeld held;
  for (PendingFile &file : written)
    if (llvm::Error error = file.keep())
      return error;
  return llvm::Error::success();
}

static ValueRange rangeOf(llvm::ArrayRef<float> values) {
  ValueRange range{values.front(), values.front()};
  for (const float value : values) {
    if (std::isnan(value))
      return {value, value};
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  return range;
}

/// Without the sign that printf gives some NaNs.
static std::string rangeText(float value) {
  return std::isnan(value) ? "nan" : fixedPoint(double(value), 4);
}

std::optional<ValueRange> rangeOfOutput(const bst::Program &program,
                                        const bst::ProgramSession &session, uint32_t output) {
  if (program.tensors[output].dtype != bst::DType::F32)
    return std::nullopt;
  const std::span<const std::byte> memory = session.data(output);
  // The session's memory is aligned and holds nothing but floats.
  return rangeOf({reinterpret_cast<const float *>(memory.data()), memory.size() / sizeof(float)});
}

void printOutputs(const bst::Program &program, const bst::ProgramSession &session,
                  const RunOutputs *outputs, llvm::raw_ostream &stream) {
  Table table(
      {nameColumn("output"), {"type"}, {"shape"}, {"least", true}, {"greatest", true}, {"file"}});
  for (uint32_t index : program.outputs) {
    const bst::Tensor &tensor = program.tensors[index];
    const std::optional<ValueRange> range = rangeOfOutput(program, session, index);
    const std::string least = range ? rangeText(range->low) : "-";
    const std::string greatest = range ? rangeText(range->high) : "-";
    table.add({tensor.name, numpyName(tensor.dtype), shapeText(tensor.shape), least, greatest,
               outputs ? outputs->fileOf(index) : "-"});
  }
  table.print(stream);
}

} // namespace bstc
