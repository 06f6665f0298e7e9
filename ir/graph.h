#ifndef BSTC_IR_GRAPH_H
#define BSTC_IR_GRAPH_H

#include "ir/attributes.h"
#include "ir/notice.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace bstc {

enum class OpKind : uint8_t {
#define BSTC_OP(kind, onnx, text, family) kind,
#include "ir/ops.def"
};

/// Row of ops.def.
struct OpInfo {
  OpKind kind;
  const char *onnxType; ///< Empty for operators of our own.
  const char *text;     ///< As the printer writes it.
  const char *family;
};
llvm::ArrayRef<OpInfo> allOps();
const OpInfo &opInfo(OpKind kind);
/// The operator of an ONNX node type, or null.
const OpInfo *findOnnxOp(llvm::StringRef onnxType);

class Graph;
class Node;

/// A tensor in the graph: made by a node, a graph input, or a constant.
class Value {
public:
  /// Of the value in the ONNX file whose real number it holds; unique. Where one number has two
  /// forms (int8 and float), the second has a suffix "~..."; a number that the file does not have
  /// is named after a value or node with a suffix "#...".
  std::string name;
  TensorType type;
  TensorDataRef data; ///< Set for constants.
  /// A float constant whose numbers the file keeps as integers behind a DequantizeLinear.
  bool dequantised = false;

  Node *producer() const { return definer; } ///< Null for inputs and constants.
  unsigned resultIndex() const { return result; }
  /// Nodes that read this value, once for each operand, in no particular order.
  llvm::ArrayRef<Node *> users() const { return readers; }
  bool isConstant() const { return data != nullptr; }

private:
  friend class Graph;
  friend class Node;
  Node *definer = nullptr;
  unsigned result = 0;
  llvm::SmallVector<Node *, 2> readers;
};

/// The engine that runs a node. None: nothing runs, the result is another name for bytes that are
/// there. The others are those of commands (bst::Engine; backends/engine.h relates the two).
enum class NodeEngine : uint8_t { Maca, Edp, Dsp, None };
inline constexpr std::array<const char *, 4> nodeEngineNames = {"maca", "edp", "dsp", "none"};
constexpr const char *engineName(NodeEngine engine) { return nodeEngineNames[size_t(engine)]; }

/// The engine that the partitioner chose, and why (one phrase: "int8 conv, fused relu").
struct Placement {
  NodeEngine engine = NodeEngine::None;
  std::string reason;
};

/// An operator applied to values. An optional operand that is absent is a null pointer.
class Node {
public:
  OpKind op;
  /// Of the ONNX node (import makes names unique); after fusion, of the one that does the main
  /// work. Where a pass makes several nodes of one, they share its name.
  std::string name;
  Attributes attrs;
  std::optional<Placement> placement;
  /// Names of ONNX nodes that passes fused into this one, this one excluded.
  std::vector<std::string> fused;

  llvm::ArrayRef<Value *> inputs() const { return operands; }
  llvm::ArrayRef<Value *> outputs() const { return results; }
  Value *input(unsigned i) const { return i < operands.size() ? operands[i] : nullptr; }
  Value *output(unsigned i = 0) const { return results[i]; }
  void setInput(unsigned i, Value *value);
  void setInputs(llvm::ArrayRef<Value *> values);
  template <typename T> const T &as() const { return std::get<T>(attrs); }
  template <typename T> T &as() { return std::get<T>(attrs); }

private:
  friend class Graph;
  llvm::SmallVector<Value *, 3> operands;
  llvm::SmallVector<Value *, 1> results;
};

/// A whole network: SSA, static shapes, nodes in a topological order.
class Graph {
public:
  std::string name;
  std::string source;                          ///< File it came from, for messages.
  std::vector<Notice> notices;                 ///< What import changed and the user should know.
  std::map<std::string, std::string> metadata; ///< What the file says beside the network, by key.

  Graph() = default;
  Graph(Graph &&) = default;
  Graph &operator=(Graph &&) = default;

  llvm::ArrayRef<std::unique_ptr<Node>> nodes() const { return nodeList; }
  llvm::ArrayRef<Value *> inputs() const { return inputList; }
  llvm::ArrayRef<Value *> outputs() const { return outputList; }

  Value *addInput(std::string name, TensorType type);
  /// `quant` says what integers stand for.
  Value *addConstant(std::string name, TensorDataRef data,
                     std::optional<Quantisation> quant = std::nullopt);
  /// Puts a node in front of all others: it makes what input `index` was, which is named `result`
  /// from now on, of a new input of `type`, which takes its name and place.
  Node *addBeforeInput(size_t index, OpKind op, std::string nodeName, Attributes attrs,
                       TensorType type, std::string result);
  void addOutput(Value *value) { outputList.push_back(value); }
  void setOutputs(llvm::ArrayRef<Value *> values) {
    outputList.assign(values.begin(), values.end());
  }
  /// Appends a node with one output for each of `results` (name and type).
  Node *addNode(OpKind op, std::string name, llvm::ArrayRef<Value *> operands, Attributes attrs,
                llvm::ArrayRef<std::pair<std::string, TensorType>> results);
  /// Every reader of `from`, and the graph outputs, read `to` instead.
  void replaceUses(Value *from, Value *to);
  bool isOutput(const Value *value) const;
  /// The value of that name, or null.
  Value *find(llvm::StringRef name) const;
  /// Gives `value` a new name, which no other value may have.
  void rename(Value *value, std::string newName);
  /// A name no value has yet: `base`, or base and a suffix "~n" that originOf() takes off.
  std::string uniqueName(llvm::StringRef base) const;

  /// Drops nodes and constants that no output needs, then sorts nodes topologically, keeping their
  /// order where it is free. Every pass ends with it.
  void cleanUp();
  /// A deep copy (constants are shared).
  Graph clone() const;

private:
  Value *newValue(std::string name, TensorType type);
  std::vector<std::unique_ptr<Value>> valueList;
  std::vector<std::unique_ptr<Node>> nodeList;
  std::vector<Value *> inputList, outputList;
  llvm::StringMap<Value *> byName;
};

/// The name in the ONNX file that a value's (or tensor's) name stands for.
llvm::StringRef originOf(llvm::StringRef valueName);

/// Whether bytes lie row by row in ONNX order although they may be quantised and of rank 4: an
/// input or an output as the file has it. Other such values are maps, their channels innermost.
bool hasFileForm(const Value &value);
/// The axes of a value, from the outermost in memory to the innermost.
llvm::SmallVector<int64_t, 4> axesInMemory(const Value &value);
/// Whether a Reorder leaves every byte where it is.
bool keepsBytes(const Node &reorder);

/// The side of the blocks of positions that a Quantize or a Picture turns into the channels of one
/// position: x [N, C, H, W] becomes y [N, C * block^2, H / block, W / block] with y[n, (dy * block
/// + dx) * C + c, i, j] = x[n, c, i * block + dy, j * block + dx]. 1 as imported; the pass
/// space-to-depth makes others.
int64_t quantizeBlock(const Node &quantize);

/// Writes the textual IR: one line per node, stable, fit for tests to compare against.
void print(const Graph &graph, llvm::raw_ostream &stream);
std::string toString(const Graph &graph);

/// Checks the invariants every pass must keep: topological order, operands defined, use lists,
/// unique names, attribute kind of each operator, output shapes present, quantised types whole.
/// An error here is a bug of the pass that ran last, and says which node.
llvm::Error verify(const Graph &graph);

} // namespace bstc

#endif // BSTC_IR_GRAPH_H
