// Binds each row of ir/ops.def to the three functions of its family.
#include "frontend/ops/family.h"

namespace bstc {

#define BSTC_OP(kind, type, text, name)                                                            \
  llvm::Error import##name(const onnx::NodeProto &, int64_t, Node &);                              \
  llvm::Error infer##name(Node &, llvm::SmallVectorImpl<TensorType> &);                            \
  llvm::Error evaluate##name(const Node &, llvm::ArrayRef<const TensorData *>,                     \
                             llvm::MutableArrayRef<TensorData *>);
#include "ir/ops.def"

static constexpr OpFamily families[] = {
#define BSTC_OP(kind, type, text, name) {import##name, infer##name, evaluate##name},
#include "ir/ops.def"
};

const OpFamily &opFamily(OpKind kind) { return families[size_t(kind)]; }

} // namespace bstc
