// docs/json.md describes the fields; keep the two together.
#include "tools/bstc/inspect/inspect_json.h"

#include "tools/bstc/files/array_file.h"
#include "tools/bstc/files/json_writer.h"

namespace bstc {
namespace {

void writeHeader(JsonWriter &json, const bstrt::Package &package, llvm::StringRef path) {
  const bst::Program &program = bst::programOf(package);
  const bst_package_info info = package.info();
  json.member("package", path);
  json.member("network", program.name);
  json.member("target", program.target);
  json.member("compiler", program.compiler);
  json.member("package_schema", info.schema_version);
  json.member("hash", info.hash);
  json.member("bytes", info.file_size);
  json.member("weight_bytes", program.weightsSize);
  json.member("arena_bytes", program.arenaSize);
  json.member("arena_least_bytes", program.arenaLowerBound);
  json.key("cost");
  json.beginObjectOnOneLine();
  json.member("macs", program.cost.macs);
  json.member("dram_bytes", program.cost.dramBytes);
  json.member("latency_ms", program.cost.latencySeconds * 1e3);
  json.member("fps", program.cost.framesPerSecond);
  json.endObject();
}

void writeType(JsonWriter &json, const bst::Tensor &tensor) {
  json.member("name", tensor.name);
  json.member("dtype", numpyName(tensor.dtype));
  json.member("shape", llvm::ArrayRef<int32_t>(tensor.shape));
  if (tensor.scale != 0) {
    json.member("scale", tensor.scale);
    json.member("zero_point", tensor.zeroPoint);
  }
}

void writeContract(JsonWriter &json, const bst::Program &program, const char *key,
                   llvm::ArrayRef<uint32_t> indices) {
  json.objectsOnOneLine(key, indices, [&](uint32_t index) {
    writeType(json, program.tensors[index]);
    json.member("bytes", program.tensors[index].size);
    json.member("tensor", index);
  });
}

void writePictures(JsonWriter &json, const bst::Program &program) {
  json.objects("pictures", program.preprocess, [&](const bst::Preprocess &p) {
    json.member("input", program.tensors[program.inputs[p.input]].name);
    json.member("form", bst::pictureFormNames[size_t(p.form)]);
    json.member("colours", bst::colourOrderNames[size_t(p.colours)]);
    json.member("order", p.channelsLast ? "nhwc" : "nchw");
    json.member("fit", bst::pictureFitNames[size_t(p.fit)]);
    json.member("pad", p.pad);
    json.arrayOnOneLine("mean", p.mean);
    json.arrayOnOneLine("scale", p.scale);
  });
}

void writeDecode(JsonWriter &json, const bst::Program &program) {
  const bst::DecodeInfo &decode = program.decode;
  json.arrayOnOneLine("class_names", decode.classNames);
  if (decode.kind.empty())
    return;
  json.key("decode");
  json.beginObject();
  json.member("kind", decode.kind);
  json.member("classes", decode.classes);
  json.member("masks", decode.masks);
  json.member("stage", bst::detectionStageNames[size_t(decode.stage)]);
  std::vector<std::string> outputs;
  for (uint32_t output : decode.outputs)
    outputs.push_back(program.tensors[program.outputs[output]].name);
  json.arrayOnOneLine("outputs", outputs);
  if (decode.prototypes >= 0)
    json.member("prototypes", program.tensors[program.outputs[size_t(decode.prototypes)]].name);
  json.arrayOnOneLine("strides", decode.strides);
  json.arrayOnOneLine("anchors", decode.anchors);
  json.key("nms");
  json.beginObjectOnOneLine();
  json.member("conf", decode.nms.confidence);
  json.member("iou", decode.nms.iou);
  json.member("max_detections", decode.nms.maxDetections);
  json.member("multi_label", decode.nms.multiLabel);
  json.member("class_agnostic", decode.nms.classAgnostic);
  json.endObject();
  json.endObject();
}

void writeCommands(JsonWriter &json, const bst::Program &program) {
  json.objectsOnOneLine("commands", program.commands, [&](const bst::Command &command) {
    json.member("engine", bst::engineName(command.engine));
    json.member("op", bst::opcodeName(command.params));
    json.member("node", command.name);
    json.arrayOnOneLine("inputs", command.inputs);
    json.arrayOnOneLine("outputs", command.outputs);
    json.arrayOnOneLine("after", command.dependsOn);
  });
}

void writeTensors(JsonWriter &json, const bst::Program &program) {
  json.objectsOnOneLine("tensors", program.tensors, [&](const bst::Tensor &tensor) {
    writeType(json, tensor);
    json.member("layout", bst::layoutName(tensor.layout));
    json.member("memory", tensor.storage == bst::Storage::Arena ? "arena" : "weights");
    json.member("offset", tensor.offset);
    json.member("bytes", tensor.size);
  });
}

void writeSlice(JsonWriter &json, const bst::Slice &slice) {
  json.beginObjectOnOneLine();
  json.member("tensor", slice.tensor);
  if (slice.part.rows) {
    json.member("row", slice.part.row);
    json.member("rows", slice.part.rows);
  }
  if (slice.part.channels) {
    json.member("channel", slice.part.channel);
    json.member("channels", slice.part.channels);
  }
  json.member("memory", slice.onChip ? bst::onChipNames[size_t(slice.memory)] : "dram");
  if (slice.onChip)
    json.member("offset", slice.offset);
  json.member("bytes", slice.size);
  json.endObject();
}

void writeTiles(JsonWriter &json, const bst::Program &program) {
  const bst::TileProgram &tiles = program.tiles;
  json.key("tiles");
  json.beginObject();
  json.member("data_memory_bytes", tiles.dataBytes);
  json.member("weight_memory_bytes", tiles.weightBytes);
  json.member("channel_block", tiles.channelBlock);
  json.member("contexts", tiles.contexts);
  json.member("once", tiles.once);
  json.member("kept_bytes", tiles.keptBytes);
  json.objectsOnOneLine("operations", tiles.ops, [&](const bst::TileOp &op) {
    json.member("queue", bst::queueNames[size_t(op.queue)]);
    json.arrayOnOneLine("commands", op.commands);
    json.key("reads");
    json.beginArray();
    for (const bst::Slice &input : op.inputs)
      writeSlice(json, input);
    json.endArray();
    json.key("writes");
    writeSlice(json, op.output);
    json.arrayOnOneLine("after", op.dependsOn);
  });
  json.endObject();
}

} // namespace

std::string inspectJson(const bstrt::Package &package, llvm::StringRef path, bool tiles) {
  const bst::Program &program = bst::programOf(package);
  JsonWriter json;
  json.beginDocument("inspect");
  writeHeader(json, package, path);
  writeContract(json, program, "inputs", program.inputs);
  writeContract(json, program, "outputs", program.outputs);
  writePictures(json, program);
  writeDecode(json, program);
  writeCommands(json, program);
  writeTensors(json, program);
  if (tiles)
    writeTiles(json, program);
  json.endObject();
  return json.take();
}

} // namespace bstc
