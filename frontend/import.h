#ifndef BSTC_FRONTEND_IMPORT_H
#define BSTC_FRONTEND_IMPORT_H

#include "ir/graph.h"

namespace bstc {

/// Reads an ONNX file (opset 7 to 17, static shapes, one graph without control flow) into a Graph
/// that mirrors it node by node: nothing is fused, Q/DQ stay nodes. Types are inferred and checked
/// against the file's own. Errors name the file and the node: missing, empty, truncated or not an
/// ONNX file; opset outside the range; dynamic shape; cycle; unknown operator; wrong types;
/// undefined or doubly defined value.
llvm::Expected<Graph> importOnnxFile(llvm::StringRef path);
/// The same from serialised bytes; `source` stands for the file in messages.
llvm::Expected<Graph> importOnnx(llvm::StringRef bytes, llvm::StringRef source);

/// The same as if it had been exported with square inputs of `size`, for predictions of its cost:
/// see Resizing. Errors: as above, and nodes that only fit the size of the file.
llvm::Expected<Graph> importResizedFile(llvm::StringRef path, int64_t size);
llvm::Expected<Graph> importResized(llvm::StringRef bytes, llvm::StringRef source, int64_t size);

} // namespace bstc

#endif // BSTC_FRONTEND_IMPORT_H
