#include "frontend/node_order.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <onnx/onnx_pb.h>
#include <queue>

namespace bstc {

std::string nodeText(const onnx::NodeProto &node) {
  std::string name = node.name();
  if (name.empty() && node.output_size() > 0)
    name = node.output(0);
  return "node '" + name + "' (" + node.op_type() + ")";
}

namespace {
class NodeOrder {
public:
  NodeOrder(const onnx::GraphProto &graph, const llvm::StringSet<> &given)
      : graph(graph), given(given), sources(graph.node_size()) {}

  llvm::Expected<std::vector<const onnx::NodeProto *>> run() {
    if (llvm::Error error = findProducers())
      return error;
    if (llvm::Error error = findSources())
      return error;
    return sort();
  }

private:
  const onnx::GraphProto &graph;
  const llvm::StringSet<> &given;
  llvm::StringMap<int> producers;        ///< Node that makes a value.
  std::vector<std::vector<int>> sources; ///< Nodes that a node reads, once for each operand.

  llvm::Error findProducers() {
    for (int i = 0; i < graph.node_size(); ++i)
      for (const std::string &output : graph.node(i).output()) {
        if (output.empty())
          continue;
        if (given.count(output))
          return makeError(Code::BadGraph, nodeText(graph.node(i)) + ": output '" + output +
                                               "' is already an input or initializer of the graph");
        auto [at, isNew] = producers.try_emplace(output, i);
        if (!isNew)
          return makeError(Code::BadGraph, nodeText(graph.node(i)) + ": output '" + output +
                                               "' is already made by " +
                                               nodeText(graph.node(at->second)));
      }
    return llvm::Error::success();
  }

  llvm::Error findSources() {
    for (int i = 0; i < graph.node_size(); ++i)
      for (int operand = 0; operand < graph.node(i).input_size(); ++operand) {
        const std::string &name = graph.node(i).input(operand);
        if (name.empty() || given.count(name))
          continue;
        auto at = producers.find(name);
        if (at == producers.end())
          return makeError(Code::BadGraph,
                           nodeText(graph.node(i)) + ": input " + llvm::Twine(operand) + " '" +
                               name + "' is not defined by any node, input or initializer");
        sources[i].push_back(at->second);
      }
    return llvm::Error::success();
  }

  llvm::Expected<std::vector<const onnx::NodeProto *>> sort() {
    std::vector<std::vector<int>> readers(sources.size());
    std::vector<size_t> missing(sources.size());
    std::priority_queue<int, std::vector<int>, std::greater<>> ready;
    for (int i = 0; i < int(sources.size()); ++i) {
      missing[i] = sources[i].size();
      for (int source : sources[i])
        readers[source].push_back(i);
      if (missing[i] == 0)
        ready.push(i);
    }
    std::vector<const onnx::NodeProto *> order;
    while (!ready.empty()) {
      int i = ready.top();
      ready.pop();
      order.push_back(&graph.node(i));
      for (int reader : readers[i])
        if (--missing[reader] == 0)
          ready.push(reader);
    }
    if (order.size() < sources.size())
      return makeError(Code::BadGraph, cycleText(missing));
    return order;
  }

  /// Walks from one node that never became ready to another that it waits for, until it meets one
  /// again: the walk since then is a cycle, against the direction of the data.
  std::string cycleText(llvm::ArrayRef<size_t> missing) {
    std::vector<int> walk, position(missing.size(), -1);
    int at = int(llvm::find_if(missing, [](size_t count) { return count > 0; }) - missing.begin());
    while (position[at] < 0) {
      position[at] = int(walk.size());
      walk.push_back(at);
      at = *llvm::find_if(sources[at], [&](int source) { return missing[source] > 0; });
    }
    std::vector<int> cycle(walk.rbegin(), walk.rend() - position[at]);
    constexpr size_t mostNames = 8; // The first nodes of a long cycle lead to it, too.
    std::string text = "the nodes form a cycle: ";
    for (size_t i = 0; i < std::min(cycle.size(), mostNames); ++i)
      text += nodeText(graph.node(cycle[i])) + " -> ";
    return text + (cycle.size() > mostNames ? "... -> " : "") + nodeText(graph.node(cycle[0]));
  }
};
} // namespace

llvm::Expected<std::vector<const onnx::NodeProto *>> orderNodes(const onnx::GraphProto &graph,
                                                                const llvm::StringSet<> &given) {
  return NodeOrder(graph, given).run();
}

} // namespace bstc
