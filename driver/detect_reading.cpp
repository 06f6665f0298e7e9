#include "driver/detect_reading.h"

#include "backends/dsp/kernels/kernels.h"
#include "driver/tensor_meaning.h"

namespace bstc {

const Value *predictionsOf(const Graph &imported, const bst::Program &program,
                           const bst::Command &command) {
  if (!std::holds_alternative<bst::DetectParams>(command.params))
    return nullptr;
  const Value *detections = imported.find(originOf(program.tensors[command.outputs[0]].name));
  const Node *nms = detections ? detections->producer() : nullptr;
  return nms && nms->op == OpKind::Nms ? nms->input(0) : nullptr;
}

/// The bytes of a head, anchor by anchor.
static AlignedBytes inFileOrder(const bst::Tensor &head, const MapForm &form,
                                const std::byte *bytes) {
  const auto channels = uint64_t(head.shape[1]), count = bst::elementCount(head);
  AlignedBytes result = allocateAligned(count);
  for (uint64_t pixel = 0; pixel < count; pixel += channels)
    for (uint64_t channel = 0; channel < channels; ++channel)
      result[pixel + channel] =
          bytes[pixel + (form.channels.empty() ? channel : form.channels[channel])];
  return result;
}

PlainDetection plainDetection(const bst::Program &program, const bst::Command &command,
                              llvm::ArrayRef<const std::byte *> heads) {
  const auto &detect = std::get<bst::DetectParams>(command.params);
  const bst::NmsParams nms = detect.nms();
  PlainDetection plain;
  const std::vector<MapForm> forms = mapForms(program);
  std::vector<AlignedBytes> ordered;
  std::vector<bst::TensorView> views;
  uint64_t elements = 0;
  for (size_t i = 0; i < heads.size(); ++i) {
    const bst::Tensor &head = program.tensors[command.inputs[i]];
    ordered.push_back(inFileOrder(head, forms[command.inputs[i]], heads[i]));
    views.push_back({&head, ordered.back().get()});
    elements += bst::elementCount(head);
  }
  const auto width = uint64_t(nms.row().width());
  plain.rows.dtype = bst::DType::F32;
  plain.rows.shape = {1, int32_t(elements / width), int32_t(width)};
  plain.rows.size = elements * sizeof(float);
  plain.predictions.resize(elements);
  plain.detections.resize(size_t(nms.resultSize()));
  const AlignedBytes scratch = allocateAligned(std::max(
      bst::yoloDecodeScratchSize(detect.decode, 1), bst::nmsCommandScratchSize(nms, plain.rows)));
  bst::Workers workers(1);
  const bst::KernelContext context = {bst::supportedIsas().front(), workers, scratch.get()};
  const bst::TensorView rows = {&plain.rows,
                                reinterpret_cast<std::byte *>(plain.predictions.data())};
  bst::runYoloDecode(detect.decode, views, rows, context);
  bst::runNms(nms, rows,
              {&program.tensors[command.outputs[0]],
               reinterpret_cast<std::byte *>(plain.detections.data())},
              context);
  return plain;
}

} // namespace bstc
