// Detect: YOLOv5's decode and suppression on int8 heads as one operator. Only a pass makes it.
#include "frontend/ops/support.h"

namespace bstc {

llvm::Error importDetection(const onnx::NodeProto &, int64_t, Node &) {
  return makeError(Code::Internal, "is an operator of the compiler, not of ONNX");
}

llvm::Error inferDetection(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const auto &attrs = node.as<DetectAttrs>();
  if (attrs.thresholds.size() != node.inputs().size())
    return makeError(Code::Internal, "has not as many thresholds as heads");
  const int64_t channels = attrs.decode.anchorsPerLevel * attrs.decode.row().width();
  for (unsigned i = 0; i < node.inputs().size(); ++i) {
    const TensorType &head = node.input(i)->type;
    if (!head.isQuantisedPerTensor() || head.rank() != 4 || head.shape[0] != 1 ||
        head.shape[1] != channels)
      return makeError(Code::Internal, operandText(node, i) + " is " + typeText(head) +
                                           ", but a quantised head is [1, " +
                                           llvm::Twine(channels) + ", ny, nx]");
  }
  results.push_back({ElementType::F32, {attrs.nms.resultSize()}, std::nullopt});
  return llvm::Error::success();
}

/// The imported graph, which is what a network means, has a decode and a suppression in its place.
llvm::Error evaluateDetection(const Node &node, llvm::ArrayRef<const TensorData *>,
                              llvm::MutableArrayRef<TensorData *>) {
  return makeError(Code::Internal, "node '" + node.name + "': is there on a device only");
}

} // namespace bstc
