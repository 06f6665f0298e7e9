/// Builds an ONNX graph node by node, with the names, attributes and constants that torch.onnx of
/// PyTorch 1.13 writes at opset 13. Keeps protobuf out of its users.
#ifndef BSTC_TOOLS_ZOO_ONNX_BUILDER_H
#define BSTC_TOOLS_ZOO_ONNX_BUILDER_H

#include "zoo/yolov5_topology.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace onnx {
class ModelProto;
class NodeProto;
class TensorProto;
} // namespace onnx

namespace bstc::zoo {

class OnnxBuilder {
public:
  using Value = std::string; ///< the name of a tensor
  using Shape = llvm::ArrayRef<int64_t>;

  /// What one QuantizeLinear/DequantizeLinear pair shares; `axis` for one scale per channel.
  struct QuantizationConstants {
    Value scale, zeroPoint;
    std::optional<int64_t> axis;
  };

  OnnxBuilder();
  ~OnnxBuilder();

  Value input(llvm::StringRef name, Shape shape);
  /// Declares a graph output; the node that computes it is named by renameLast().
  void output(llvm::StringRef name, Shape shape);
  /// Gives the single result of the newest node another name.
  Value renameLast(llvm::StringRef name);

  /// A float32 initializer.
  Value parameter(const llvm::Twine &name, Shape shape, llvm::ArrayRef<float> values);
  /// An int8 (or uint8) initializer [values.size()]. As the exporter does, equal ones are stored
  /// once and every further use reads them through an Identity node.
  Value zeroPoint(llvm::ArrayRef<int> values, bool isSigned);
  /// Constant nodes.
  Value floatConstant(llvm::StringRef scope, Shape shape, llvm::ArrayRef<float> values);
  Value intConstant(llvm::StringRef scope, Shape shape, llvm::ArrayRef<int64_t> values);

  Value conv(llvm::StringRef scope, const Value &x, const Value &weight, const Value &bias,
             Window window);
  Value maxPool(llvm::StringRef scope, const Value &x, Window window);
  /// Nearest-neighbour up-sampling by two (Resize, asymmetric, floor).
  Value upsample(llvm::StringRef scope, const Value &x);
  Value relu(llvm::StringRef scope, const Value &x);
  Value sigmoid(llvm::StringRef scope, const Value &x);
  Value add(llvm::StringRef scope, const Value &a, const Value &b);
  Value mul(llvm::StringRef scope, const Value &a, const Value &b);
  Value pow(llvm::StringRef scope, const Value &a, const Value &b);
  Value concat(llvm::StringRef scope, llvm::ArrayRef<Value> inputs, int64_t axis);
  Value reshape(llvm::StringRef scope, const Value &x, Shape shape);
  Value transpose(llvm::StringRef scope, const Value &x, llvm::ArrayRef<int64_t> permutation);
  llvm::SmallVector<Value, 4> split(llvm::StringRef scope, const Value &x, const Value &sizes,
                                    unsigned parts, int64_t axis);
  Value quantize(llvm::StringRef scope, const Value &x, const QuantizationConstants &constants);
  Value dequantize(llvm::StringRef scope, const Value &x, const QuantizationConstants &constants);

  /// The serialised ModelProto. Ends the builder.
  std::string serialize();

private:
  onnx::NodeProto &node(llvm::StringRef scope, llvm::StringRef op, llvm::ArrayRef<Value> inputs);
  onnx::TensorProto &constantNode(llvm::StringRef scope, Shape shape);

  std::unique_ptr<onnx::ModelProto> model;
  /// How many nodes of an operator a scope has, for torch's "/model.24/Mul_1".
  std::map<std::string, unsigned> uses;
  std::map<std::pair<bool, std::vector<int>>, Value> zeroPoints;
  std::vector<std::pair<Value, Value>> identities; ///< source, result
};

} // namespace bstc::zoo

#endif // BSTC_TOOLS_ZOO_ONNX_BUILDER_H
