#include "ir/graph.h"

namespace bstc {

static constexpr OpInfo opTable[] = {
#define BSTC_OP(kind, onnx, text, family) {OpKind::kind, onnx, text, #family},
#include "ir/ops.def"
};

llvm::ArrayRef<OpInfo> allOps() { return opTable; }

const OpInfo &opInfo(OpKind kind) { return opTable[size_t(kind)]; }

const OpInfo *findOnnxOp(llvm::StringRef onnxType) {
  for (const OpInfo &info : opTable)
    if (!onnxType.empty() && onnxType == info.onnxType)
      return &info;
  return nullptr;
}

} // namespace bstc
