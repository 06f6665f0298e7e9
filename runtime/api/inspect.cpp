// What is in a package: tensors, commands, decode metadata.
#include "runtime/api/handles.h"

#include <algorithm>

using namespace bst;
using namespace bst::api;

static_assert(int(DType::F32) == BST_F32 && int(DType::S8) == BST_S8 && int(DType::U8) == BST_U8 &&
              int(DType::S32) == BST_S32);
static_assert(int(Layout::RowMajor) == BST_ROW_MAJOR && int(Layout::Nhwc) == BST_NHWC &&
              int(Layout::Ohwi) == BST_OHWI && int(Layout::Panels) == BST_PANELS &&
              int(Layout::Picture) == BST_PICTURE);
static_assert(maxRank == BST_MAX_RANK);

const char *bst_dtype_name(bst_dtype dtype) noexcept {
  return dtype >= 0 && size_t(dtype) < dtypeNames.size() ? dtypeNames[size_t(dtype)] : "unknown";
}

const char *bst_layout_name(bst_layout layout) noexcept {
  return layout >= 0 && size_t(layout) < layoutNames.size() ? layoutNames[size_t(layout)]
                                                            : "unknown";
}

bst_tensor_info api::tensorInfo(const Program &program, uint32_t index) {
  const Tensor &tensor = program.tensors[index];
  bst_tensor_info info = {};
  info.name = tensor.name.c_str();
  info.dtype = bst_dtype(tensor.dtype);
  info.layout = bst_layout(tensor.layout);
  info.rank = uint32_t(tensor.shape.size());
  std::copy(tensor.shape.begin(), tensor.shape.end(), info.shape);
  info.scale = tensor.scale;
  info.zero_point = tensor.zeroPoint;
  info.size = tensor.size;
  info.index = index;
  info.in_weights = tensor.storage == Storage::Weights;
  info.offset = tensor.offset;
  return info;
}

/// "ROLE 7: the package has 2".
static bst_status noSuch(const char *role, uint32_t index, size_t count, bst_error *error) {
  return fail(error, BST_ERROR_INVALID_ARGUMENT, "{} {}: the package has {}", role, index, count);
}

static bst_status getPort(const bst_package *package, const std::vector<uint32_t> &ports,
                          const std::vector<BoundTensors> &bound, const char *role, uint32_t index,
                          bst_tensor_info *info, bst_error *error) {
  if (index >= ports.size())
    return noSuch(role, index, ports.size(), error);
  bst_tensor_info filled = tensorInfo(package->program(), ports[index]);
  filled.zero_copy = !bound[index].empty();
  return fillInfo(filled, info, "info", error);
}

bst_status bst_package_get_input(const bst_package *package, uint32_t index, bst_tensor_info *info,
                                 bst_error *error) noexcept {
  if (!isHandle(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  return getPort(package, package->program().inputs, package->bindings.inputs, "input", index, info,
                 error);
}

bst_status bst_package_get_output(const bst_package *package, uint32_t index, bst_tensor_info *info,
                                  bst_error *error) noexcept {
  if (!isHandle(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  return getPort(package, package->program().outputs, package->bindings.outputs, "output", index,
                 info, error);
}

bst_status bst_package_get_tensor(const bst_package *package, uint32_t index, bst_tensor_info *info,
                                  bst_error *error) noexcept {
  if (!isHandle(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  const Program &program = package->program();
  if (index >= program.tensors.size())
    return noSuch("tensor", index, program.tensors.size(), error);
  return fillInfo(tensorInfo(program, index), info, "info", error);
}

namespace {

/// "'images', 'scale'".
struct PortNames final : TextLabel {
  PortNames(const Program &program, const std::vector<uint32_t> &ports)
      : program(program), ports(ports) {}
  void describe(TextSink &out) const override {
    for (const uint32_t &port : ports)
      appendText(out, "{}{}", &port == ports.data() ? "" : ", ",
                 quoted(program.tensors[port].name));
  }
  const Program &program;
  const std::vector<uint32_t> &ports;
};

} // namespace

static bst_status findPort(const Program &program, const std::vector<uint32_t> &ports,
                           const char *role, const char *name, uint32_t *index, bst_error *error) {
  if (!isGiven(name, "name", error) || !isGiven(index, "index", error))
    return BST_ERROR_INVALID_ARGUMENT;
  for (uint32_t i = 0; i < ports.size(); ++i)
    if (program.tensors[ports[i]].name == name) {
      *index = i;
      return succeed(error);
    }
  return fail(error, BST_ERROR_INVALID_ARGUMENT, "no {} is named {}; the package has {}", role,
              quoted(name), PortNames(program, ports));
}

bst_status bst_package_find_input(const bst_package *package, const char *name, uint32_t *index,
                                  bst_error *error) noexcept {
  if (!isHandle(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  const Program &program = package->program();
  return findPort(program, program.inputs, "input", name, index, error);
}

bst_status bst_package_find_output(const bst_package *package, const char *name, uint32_t *index,
                                   bst_error *error) noexcept {
  if (!isHandle(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  const Program &program = package->program();
  return findPort(program, program.outputs, "output", name, index, error);
}

bst_status bst_package_get_command(const bst_package *package, uint32_t index,
                                   bst_command_info *info, bst_error *error) noexcept {
  if (!isHandle(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  const Program &program = package->program();
  if (index >= program.commands.size())
    return noSuch("command", index, program.commands.size(), error);
  const Command &command = program.commands[index];
  bst_command_info filled = {};
  filled.name = command.name.c_str();
  filled.engine = engineName(command.engine);
  filled.operation = opcodeName(command.params);
  filled.inputs = command.inputs.data();
  filled.outputs = command.outputs.data();
  filled.depends_on = command.dependsOn.data();
  filled.input_count = uint32_t(command.inputs.size());
  filled.output_count = uint32_t(command.outputs.size());
  filled.depends_on_count = uint32_t(command.dependsOn.size());
  return fillInfo(filled, info, "info", error);
}

static_assert(int(ColourOrder::Rgb) == BST_RGB && int(ColourOrder::Bgr) == BST_BGR);
static_assert(int(PictureFit::Exact) == BST_FIT_EXACT &&
              int(PictureFit::Stretch) == BST_FIT_STRETCH &&
              int(PictureFit::Letterbox) == BST_FIT_LETTERBOX);
static_assert(int(PictureForm::Elements) == BST_ELEMENTS && int(PictureForm::Nv12) == BST_NV12 &&
              int(PictureForm::Nv12Full) == BST_NV12_FULL);
static_assert(int(DetectionStage::Predictions) == BST_PREDICTIONS &&
              int(DetectionStage::Heads) == BST_HEADS &&
              int(DetectionStage::Detections) == BST_DETECTIONS);

bst_status bst_package_get_preprocess(const bst_package *package, uint32_t input,
                                      bst_preprocess_info *info, bst_error *error) noexcept {
  if (!isHandle(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  const Program &program = package->program();
  if (input >= program.inputs.size())
    return noSuch("input", input, program.inputs.size(), error);
  for (const Preprocess &preprocess : program.preprocess) {
    if (preprocess.input != input)
      continue;
    bst_preprocess_info filled = {};
    filled.channels_last = preprocess.channelsLast;
    filled.colours = uint32_t(preprocess.colours);
    filled.fit = uint32_t(preprocess.fit);
    filled.pad = preprocess.pad;
    std::copy(preprocess.mean.begin(), preprocess.mean.end(), filled.mean);
    std::copy(preprocess.scale.begin(), preprocess.scale.end(), filled.scale);
    filled.form = uint32_t(preprocess.form);
    return fillInfo(filled, info, "info", error);
  }
  return fail(error, BST_ERROR_UNSUPPORTED,
              "input {}: the package does not say how it is made of a picture",
              quoted(program.tensors[program.inputs[input]].name));
}

bst_status bst_package_get_decode(const bst_package *package, bst_decode_info *info,
                                  bst_error *error) noexcept {
  if (!isHandle(package, "package", error))
    return BST_ERROR_INVALID_ARGUMENT;
  const DecodeInfo &decode = package->program().decode;
  bst_decode_info filled = {};
  filled.kind = decode.kind.c_str();
  filled.classes = uint32_t(decode.classes);
  filled.masks = uint32_t(decode.masks);
  filled.levels = uint32_t(decode.strides.size());
  filled.anchors_per_level =
      decode.strides.empty() ? 0 : uint32_t(decode.anchors.size() / decode.strides.size() / 2);
  filled.strides = decode.strides.data();
  filled.anchors = decode.anchors.data();
  filled.class_names = uint32_t(decode.classNames.size());
  filled.stage = uint32_t(decode.stage);
  filled.outputs = decode.outputs.empty() ? nullptr : decode.outputs.data();
  filled.output_count = uint32_t(decode.outputs.size());
  filled.prototypes = decode.prototypes;
  filled.nms_confidence = decode.nms.confidence;
  filled.nms_max_detections = uint32_t(decode.nms.maxDetections);
  filled.nms_iou = decode.nms.iou;
  filled.nms_multi_label = decode.nms.multiLabel;
  filled.nms_class_agnostic = decode.nms.classAgnostic;
  return fillInfo(filled, info, "info", error);
}

const char *bst_package_class_name(const bst_package *package, uint32_t index) noexcept {
  if (!isHandle(package, "package", nullptr))
    return nullptr;
  const std::vector<std::string> &names = package->program().decode.classNames;
  return index < names.size() ? names[index].c_str() : nullptr;
}
