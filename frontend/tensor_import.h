#ifndef BSTC_FRONTEND_TENSOR_IMPORT_H
#define BSTC_FRONTEND_TENSOR_IMPORT_H

#include "ir/graph.h"

namespace onnx {
class TensorProto;
class TypeProto;
} // namespace onnx

namespace bstc {

/// The element type of an onnx::TensorProto::DataType; fails, by name, for those we do not have.
llvm::Expected<ElementType> importElementType(int onnxType);

/// The type of a graph input. Fails where it is not a tensor, has no shape, or where an extent is
/// not a positive number (dynamic).
llvm::Expected<TensorType> importInputType(const onnx::TypeProto &proto);

/// Fails where `inferred` contradicts what the file declares of that value; what the declaration
/// leaves open fits.
llvm::Error checkDeclaredType(const onnx::TypeProto &declared, const TensorType &inferred);

/// The elements of an initializer or Constant, from raw bytes or typed fields, their number checked
/// against the shape. External data is refused.
llvm::Expected<TensorDataRef> importTensor(const onnx::TensorProto &proto);

} // namespace bstc

#endif // BSTC_FRONTEND_TENSOR_IMPORT_H
