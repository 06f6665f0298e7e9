#include "tools/bstc/run_outputs.h"

#include "ir/error.h"
#include "tools/bstc/array_file.h"
#include "tools/bstc/json_writer.h"
#include "tools/bstc/output.h"
#include "tools/bstc/table.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

namespace bstc {

RunOutputs::RunOutputs(const bst::Program &program, llvm::StringRef folder)
    : program(program), folder(folder) {}

RunOutputs::~RunOutputs() {
  for (const std::string &path : written)
    llvm::sys::fs::remove(path);
}

llvm::Error RunOutputs::open() {
  if (std::error_code code =
          llvm::sys::fs::create_directories(folder, true, llvm::sys::fs::all_all))
    return makeError("cannot make the folder " + folder + ": " + code.message());
  if (!llvm::sys::fs::is_directory(folder))
    return makeError("cannot make the folder " + folder + ": Not a directory");
  return llvm::Error::success();
}

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

llvm::Error RunOutputs::write(uint32_t index, const bst::Session &session) {
  const bst::Tensor &tensor = program.tensors[index];
  const std::span<const std::byte> memory = session.data(index);
  const std::string file = fileName(tensor.name);
  const std::string path = pathOf(file);
  if (llvm::Error error =
          writeFile(path, npyBytes(tensor.dtype, tensor.shape,
                                   toOnnxOrder(tensor, {memory.data(), memory.size()}))))
    return error;
  written.push_back(path);
  files[index] = file;
  return llvm::Error::success();
}

std::string RunOutputs::indexJson() const {
  JsonWriter json;
  json.beginArray();
  for (const auto &[index, file] : files) {
    const bst::Tensor &tensor = program.tensors[index];
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

llvm::Error RunOutputs::finish(const bst::Session &session, bool index) {
  for (uint32_t output : program.outputs)
    if (!files.count(output))
      if (llvm::Error error = write(output, session))
        return error;
  if (index)
    if (llvm::Error error = writeFile(pathOf("tensors.json"), indexJson()))
      return error;
  written.clear();
  return llvm::Error::success();
}

void printOutputs(const bst::Program &program, const bst::Session &session,
                  const RunOutputs *outputs, llvm::raw_ostream &stream) {
  Table table({{"output"}, {"type"}, {"shape"}, {"least", true}, {"greatest", true}, {"file"}});
  for (uint32_t index : program.outputs) {
    const bst::Tensor &tensor = program.tensors[index];
    const std::span<const std::byte> memory = session.data(index);
    std::string least = "-", greatest = "-";
    if (tensor.dtype == bst::DType::F32) {
      std::vector<float> values(elementCount(tensor));
      std::memcpy(values.data(), memory.data(), tensor.size);
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      least = fixedPoint(double(*low), 4);
      greatest = fixedPoint(double(*high), 4);
    }
    table.add({tensor.name, numpyName(tensor.dtype), shapeText(tensor.shape), least, greatest,
               outputs ? outputs->fileOf(index) : "-"});
  }
  table.print(stream);
}

} // namespace bstc
