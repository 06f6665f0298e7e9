#ifndef BSTC_TESTS_DIAGNOSE_BLOCK_NETWORK_H
#define BSTC_TESTS_DIAGNOSE_BLOCK_NETWORK_H

#include "diagnose/diff/diff.h"
#include "tests/passes/imported.h"

#include <functional>
#include <random>
#include <set>

namespace bstc::test {

/// What a small network of convolutions in blocks is like: four blocks as YOLOv5's C3, named as
/// PyTorch's exporter names them, the last two without a shortcut.
struct BlockRecipe {
  int64_t width = 8, size = 16;
  unsigned seed = 1; ///< Of the weights.
  std::string activation = "Relu";
  std::map<std::string, std::string> activations;           ///< Other ones, by layer; "" for none.
  std::set<std::string> shortcuts = {"model.1", "model.2"}; ///< Blocks that add their input.
  bool swapConcat = false;                                  ///< In block model.2.
  std::map<std::string, int64_t> strides;                   ///< By layer.
  bool scrambleNames = false;
  std::string prefix;   ///< Of scrambled names.
  unsigned shuffle = 0; ///< Another order of nodes; 0: as built.
  /// Changes weights and bias of a layer.
  std::function<void(const std::string &layer, std::vector<float> &weights,
                     std::vector<float> &bias)>
      change = [](const std::string &, std::vector<float> &, std::vector<float> &) {};

  bool quantised = false;
  bool perTensor = false;                 ///< One scale for the weights of a layer.
  std::map<std::string, float> ranges;    ///< Factors of activation scales, by layer or "images".
  std::map<std::string, float> readScale; ///< Factors of the DequantizeLinear's alone.
  std::map<std::string, float> weightScale;
  std::map<std::string, float> scales; ///< Of activations, in place of those by the place's name.
  std::map<std::string, int> zeros;    ///< Zero points of activations.
  std::set<std::string> bare;          ///< Layers without a pair.
  std::set<std::string> early;         ///< Layers with one in front of their activation, too.
  int type = onnx::TensorProto::INT8;
};

/// Builds it.
class BlockNetwork {
public:
  explicit BlockNetwork(BlockRecipe recipe)
      : recipe(std::move(recipe)), random(this->recipe.seed) {}

  /// The file as imported.
  Graph graph() {
    build();
    return imported(builder);
  }

  diagnose::Network network() {
    const Graph graph = this->graph();
    auto network = diagnose::readNetwork(graph);
    EXPECT_TRUE(bool(network)) << llvm::toString(network.takeError());
    return network ? std::move(*network) : diagnose::Network();
  }

private:
  void build() {
    builder.input("images", {1, 3, recipe.size, recipe.size});
    std::string x = pair("images", "images");
    x = layer("model.0", "/model.0", x, 3, recipe.width, 3);
    for (const char *block : {"model.1", "model.2", "model.3", "model.4"})
      x = addBlock(block, x);
    x = layer("model.5.m.0", "/model.5/m.0", x, recipe.width, 5, 1, "");
    builder.output(x);
    if (recipe.scrambleNames)
      scramble();
    if (recipe.shuffle)
      reorder();
  }

  std::string addBlock(const std::string &block, const std::string &x) {
    const int64_t width = recipe.width;
    const std::string scope = "/" + block;
    const std::string first = layer(block + ".cv1", scope + "/cv1", x, width, width, 1);
    std::string y = layer(block + ".m.0.cv1", scope + "/m/m.0/cv1", first, width, width, 1);
    y = layer(block + ".m.0.cv2", scope + "/m/m.0/cv2", y, width, width, 3);
    if (recipe.shortcuts.count(block))
      y = pair(node("Add", scope + "/m/m.0/Add", {first, y}), block + ".add");
    const std::string second = layer(block + ".cv2", scope + "/cv2", x, width, width, 1);
    const bool swap = recipe.swapConcat && block == "model.2";
    const std::string joined =
        node("Concat", scope + "/Concat",
             swap ? std::vector<std::string>{second, y} : std::vector<std::string>{y, second});
    set(*last, "axis", int64_t(1));
    return layer(block + ".cv3", scope + "/cv3", pair(joined, block + ".concat"), 2 * width, width,
                 1);
  }

  std::string layer(const std::string &path, const std::string &scope, const std::string &x,
                    int64_t in, int64_t out, int64_t kernel) {
    const auto own = recipe.activations.find(path);
    return layer(path, scope, x, in, out, kernel,
                 own == recipe.activations.end() ? recipe.activation : own->second);
  }
  std::string layer(const std::string &path, const std::string &scope, const std::string &x,
                    int64_t in, int64_t out, int64_t kernel, const std::string &activation) {
    std::normal_distribution<float> normal(0, 1);
    std::vector<float> weights(size_t(out * in * kernel * kernel)), bias(static_cast<size_t>(out));
    for (float &weight : weights)
      weight = normal(random);
    for (float &element : bias)
      element = normal(random);
    recipe.change(path, weights, bias);
    builder.floats(path + ".weight", {out, in, kernel, kernel}, weights);
    builder.floats(path + ".bias", {out}, bias);
    const std::string y = node("Conv", scope + "/conv/Conv",
                               {x, quantisedWeights(path, weights, out), path + ".bias"});
    set(*last, "kernel_shape", Dims{kernel, kernel});
    set(*last, "pads", Dims{kernel / 2, kernel / 2, kernel / 2, kernel / 2});
    const auto stride = recipe.strides.find(path);
    if (stride != recipe.strides.end())
      set(*last, "strides", Dims{stride->second, stride->second});
    const std::string z = recipe.early.count(path) ? pair(y, path + ".early") : y;
    return pair(activated(activation, scope, z), path);
  }

  std::string activated(const std::string &activation, const std::string &scope,
                        const std::string &x) {
    if (activation.empty())
      return x;
    if (activation != "SiLU")
      return node(activation, scope + "/act/" + activation, {x});
    const std::string gate = node("Sigmoid", scope + "/act/Sigmoid", {x});
    return node("Mul", scope + "/act/Mul", {x, gate});
  }

  std::string quantisedWeights(const std::string &path, const std::vector<float> &weights,
                               int64_t out) {
    if (!recipe.quantised)
      return path + ".weight";
    const size_t each = weights.size() / size_t(out);
    std::vector<float> scales(recipe.perTensor ? 1 : size_t(out));
    for (size_t i = 0; i < weights.size(); ++i) {
      float &scale = scales[recipe.perTensor ? 0 : i / each];
      scale = std::max(scale, std::fabs(weights[i]) / 127.5f);
    }
    for (float &scale : scales)
      scale = std::max(scale, 1e-9f) * factor(recipe.weightScale, path);
    const auto operands = builder.parameters(scales, std::vector<int>(scales.size()));
    for (const char *op : {"QuantizeLinear", "DequantizeLinear"}) {
      const bool first = op[0] == 'Q';
      auto &made =
          builder.node(op, {path + (first ? ".weight" : ".weight.q"), operands[0], operands[1]},
                       {path + (first ? ".weight.q" : ".weight.dq")});
      if (!recipe.perTensor)
        set(made, "axis", int64_t(0));
    }
    return path + ".weight.dq";
  }

  std::string pair(const std::string &x, const std::string &place) {
    if (!recipe.quantised || recipe.bare.count(place))
      return x;
    // A scale of its own for each place.
    const auto given = recipe.scales.find(place);
    const float usual = 0.01f * float(1 + std::hash<std::string>()(place) % 7);
    const float scale =
        given != recipe.scales.end() ? given->second : usual * factor(recipe.ranges, place);
    const auto zero = recipe.zeros.find(place);
    const int zeroPoint = zero == recipe.zeros.end() ? 0 : zero->second;
    builder.quantize(x, place + ".q", scale, zeroPoint, recipe.type);
    return builder.dequantize(place + ".q", place + ".dq", scale * factor(recipe.readScale, place),
                              zeroPoint, recipe.type);
  }
  static float factor(const std::map<std::string, float> &factors, const std::string &place) {
    const auto found = factors.find(place);
    return found == factors.end() ? 1 : found->second;
  }

  std::string node(const std::string &op, const std::string &name,
                   const std::vector<std::string> &inputs) {
    last = &builder.node(op, inputs, {name + "_output_0"});
    last->set_name(name);
    return name + "_output_0";
  }

  /// Names that tell nothing, for all nodes and values but the network's ends.
  void scramble() {
    std::map<std::string, std::string> names = {{"images", "images"}};
    const auto rename = [&](std::string &name) {
      if (!name.empty())
        name = names
                   .try_emplace(name, "v" + std::to_string(names.size() * 7919 % 1000) + "_" +
                                          std::to_string(names.size()))
                   .first->second;
    };
    for (auto &made : *builder.graph().mutable_node()) {
      made.set_name(recipe.prefix + "n" + std::to_string(names.size()));
      llvm::for_each(*made.mutable_input(), rename);
      llvm::for_each(*made.mutable_output(), rename);
    }
    for (auto &constant : *builder.graph().mutable_initializer())
      rename(*constant.mutable_name());
    rename(*builder.graph().mutable_output(0)->mutable_name());
  }

  /// Another topological order: the importer sorts, keeping the file's order where it is free.
  void reorder() {
    std::mt19937 generator(recipe.shuffle);
    std::vector<onnx::NodeProto> rest(builder.graph().node().begin(), builder.graph().node().end());
    builder.graph().clear_node();
    std::set<std::string> made = {"images"};
    for (const auto &constant : builder.graph().initializer())
      made.insert(constant.name());
    while (!rest.empty()) {
      std::vector<size_t> ready;
      for (size_t i = 0; i < rest.size(); ++i)
        if (llvm::all_of(rest[i].input(),
                         [&](const std::string &name) { return made.count(name) != 0; }))
          ready.push_back(i);
      const size_t chosen = ready[generator() % ready.size()];
      made.insert(rest[chosen].output().begin(), rest[chosen].output().end());
      *builder.graph().add_node() = rest[chosen];
      rest.erase(rest.begin() + ptrdiff_t(chosen));
    }
  }

  BlockRecipe recipe;
  std::mt19937 random;
  QdqBuilder builder;
  onnx::NodeProto *last = nullptr;
};

inline diagnose::Network blockNetwork(const BlockRecipe &recipe) {
  return BlockNetwork(recipe).network();
}

inline Graph blockGraph(const BlockRecipe &recipe) { return BlockNetwork(recipe).graph(); }

/// What makes the network of `b` of that of `a`.
inline diagnose::Difference blockDifference(const BlockRecipe &a, const BlockRecipe &b) {
  return diagnose::compareNetworks(blockNetwork(a), blockNetwork(b));
}

/// The only edit; a failure where there are others.
inline diagnose::Edit onlyEdit(const diagnose::Difference &difference) {
  EXPECT_TRUE(difference.matching.sameNetwork());
  std::string texts;
  for (const diagnose::Edit &edit : difference.edits)
    texts += edit.text + "\n";
  EXPECT_EQ(difference.edits.size(), 1u) << texts;
  return difference.edits.empty() ? diagnose::Edit{0, diagnose::EditKind::Inputs, false, "", {}}
                                  : difference.edits.front();
}

/// The places' layers, with commas.
inline std::string placesOf(const diagnose::Edit &edit) {
  std::string places;
  for (const diagnose::Place &place : edit.places)
    places += (places.empty() ? "" : ",") + place.layer;
  return places;
}

} // namespace bstc::test

#endif // BSTC_TESTS_DIAGNOSE_BLOCK_NETWORK_H
