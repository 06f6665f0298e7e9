// docs/json.md describes the fields; keep the two together.
#include "tools/bstc/run/run_json.h"

#include "tools/bstc/files/array_file.h"

namespace bstc {

std::string runJson(llvm::StringRef model, const bst::ProgramSession &session,
                    const RunOutputs *outputs, const RunTimings *timings, bool strict) {
  const bst::Program &program = session.program();
  JsonWriter json;
  json.beginDocument("run");
  json.member("model", model);
  json.member("target", program.target);
  json.objects("outputs", program.outputs, [&](uint32_t index) {
    const bst::Tensor &tensor = program.tensors[index];
    json.member("name", tensor.name);
    json.member("dtype", numpyName(tensor.dtype));
    json.member("shape", llvm::ArrayRef<int32_t>(tensor.shape));
    if (const std::optional<ValueRange> range = rangeOfOutput(program, session, index)) {
      json.member("min", range->low);
      json.member("max", range->high);
    }
    if (outputs)
      json.member("file", outputs->pathOfTensor(index));
  });
  if (strict) {
    json.key("strict");
    json.beginObjectOnOneLine();
    json.member("tile_operations", uint64_t(program.tiles.ops.size()));
    json.member("data_memory_bytes", program.tiles.dataBytes);
    json.member("weight_memory_bytes", program.tiles.weightBytes);
    json.endObject();
  }
  if (timings)
    timings->write(session, json);
  json.endObject();
  return json.take();
}

} // namespace bstc
