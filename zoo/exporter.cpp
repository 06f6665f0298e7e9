#include "zoo/exporter.h"

#include "zoo/decode.h"
#include "zoo/onnx_builder.h"
#include "zoo/quantization.h"
#include "zoo/seeded.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

namespace bstc::zoo {
namespace {

using Value = OnnxBuilder::Value;

/// "/model.2/m/m.0/cv1" is the module model.2.m.0.cv1: a Sequential stands twice in a scope.
std::string moduleOf(llvm::StringRef scope) {
  std::string module;
  for (char c : scope.drop_front())
    module += c == '/' ? '.' : c;
  if (size_t twice = module.find(".m.m."); twice != std::string::npos)
    module.erase(twice, 2);
  return module;
}

class Exporter {
public:
  Exporter(const Network &network, const ZooOptions &options)
      : network(network), options(options) {}

  std::string run();

private:
  /// A step's result: the tensor that consumers read and what it is expected to hold.
  struct Map {
    Value value;
    ChannelStats stats;
  };

  bool isQuantized() const { return options.quant != ZooOptions::Quant::Float; }
  Map exported(const Step &step);
  Map image(const Step &step);
  Map conv(const Step &step);
  Map headConv(const Step &step);
  Map functional(const Step &step, Value x, const ChannelStats &stats);
  Map concat(const Step &step);
  Map maxPool(const Step &step);
  Value convNode(const Step &step, llvm::StringRef scope, const ConvParameters &parameters);
  Map activation(const Step &step, llvm::StringRef convScope, Value x,
                 const std::vector<Gaussian> &targets);
  Value quantizedWeight(const Step &step, llvm::StringRef scope, Value weight,
                        llvm::ArrayRef<Range> ranges);
  Range observed(const std::string &module, const ChannelStats &stats);
  Value quantized(const llvm::Twine &scope, const std::string &module, Value x, Range range);

  const Network &network;
  const ZooOptions &options;
  OnnxBuilder builder;
  std::vector<Map> maps; ///< one per finished step
};

/// Every observer has seen ranges of its own: no concat or pooling result has exactly the scale of
/// one of its inputs.
Range Exporter::observed(const std::string &module, const ChannelStats &stats) {
  Range range = rangeOf(stats);
  double seen = SeededRandom(options.seed, module + ".observer").uniform(0.95, 1.05);
  return {range.low * seen, range.high * seen};
}

/// A QuantizeLinear/DequantizeLinear pair after an activation; nothing in a float model.
Value Exporter::quantized(const llvm::Twine &scope, const std::string &module, Value x,
                          Range range) {
  if (!isQuantized())
    return x;
  Quantization q = activationQuantization(options.quant, range);
  OnnxBuilder::QuantizationConstants constants;
  constants.scale = builder.parameter(module + ".activation_post_process.scale", {1}, q.scale);
  constants.zeroPoint = builder.zeroPoint(q.zeroPoint, options.quant != ZooOptions::Quant::U8);
  std::string pair = (scope + "/activation_post_process").str();
  return builder.dequantize(pair, builder.quantize(pair, x, constants), constants);
}

/// The pair between the float weights and the convolution, a scale per output channel.
Value Exporter::quantizedWeight(const Step &step, llvm::StringRef scope, Value weight,
                                llvm::ArrayRef<Range> ranges) {
  if (!isQuantized())
    return weight;
  std::vector<float> scales;
  std::vector<int> zeroPoints;
  for (Range range : ranges) {
    Quantization q = weightQuantization(options.quant, range);
    scales.push_back(q.scale);
    zeroPoints.push_back(q.zeroPoint);
  }
  OnnxBuilder::QuantizationConstants constants;
  constants.scale =
      builder.parameter(moduleOf(scope) + ".weight_fake_quant.scale", {step.channels}, scales);
  constants.zeroPoint = builder.zeroPoint(zeroPoints, true);
  constants.axis = 0;
  std::string pair = (scope + "/weight_fake_quant").str();
  return builder.dequantize(pair, builder.quantize(pair, weight, constants), constants);
}

Value Exporter::convNode(const Step &step, llvm::StringRef scope,
                         const ConvParameters &parameters) {
  std::string module = moduleOf(scope);
  const Map &input = maps[step.inputs.front()];
  auto inputs = static_cast<int64_t>(input.stats.size());
  Value weight = builder.parameter(module + ".weight",
                                   {step.channels, inputs, step.window.kernel, step.window.kernel},
                                   parameters.weight);
  Value bias = builder.parameter(module + ".bias", {step.channels}, parameters.bias);
  weight = quantizedWeight(step, scope, weight, parameters.ranges);
  return builder.conv(scope, input.value, weight, bias, step.window);
}

/// ReLU is fused into the quantised convolution's module and has one pair behind it. SiLU has a
/// pair before and one behind, none between its Sigmoid and Mul.
Exporter::Map Exporter::activation(const Step &step, llvm::StringRef convScope, Value x,
                                   const std::vector<Gaussian> &targets) {
  std::string act = step.scope + "/act";
  std::string convModule = moduleOf(convScope), actModule = moduleOf(act);
  ChannelStats activated = activatedStats(targets, options.activation);
  if (options.activation == ZooOptions::Activation::Relu) {
    x = builder.relu(isQuantized() ? convScope : act, x);
    return {quantized(step.scope, convModule, x, observed(convModule, activated)), activated};
  }
  x = quantized(step.scope, convModule, x, observed(convModule, linearStats(targets)));
  x = builder.mul(act, x, builder.sigmoid(act, x));
  return {quantized(act, actModule, x, observed(actModule, activated)), activated};
}

Exporter::Map Exporter::image(const Step &step) {
  ChannelStats stats = imageStats(step.channels);
  Value images = builder.input("images", {1, step.channels, options.size, options.size});
  return {quantized("/quant", "quant", images, rangeOf(stats)), stats};
}

Exporter::Map Exporter::conv(const Step &step) {
  std::string scope = step.scope + "/conv";
  SeededRandom random(options.seed, moduleOf(step.scope));
  auto targets = featureTargets(random, step.channels, step.residualBranch);
  Value x =
      convNode(step, scope,
               seededConv(random, maps[step.inputs.front()].stats, step.window.kernel, targets));
  return activation(step, scope, x, targets);
}

Exporter::Map Exporter::headConv(const Step &step) {
  std::string module = moduleOf(step.scope);
  SeededRandom random(options.seed, module);
  auto targets = headTargets(random, step.channels, network.valuesPerAnchor);
  Value x =
      convNode(step, step.scope,
               seededConv(random, maps[step.inputs.front()].stats, step.window.kernel, targets));
  ChannelStats stats = linearStats(targets);
  return {quantized(step.scope, module, x, observed(module, stats)), stats};
}

/// The result of a FloatFunctional (add, cat), which has an observer of its own.
Exporter::Map Exporter::functional(const Step &step, Value x, const ChannelStats &stats) {
  std::string module = moduleOf(step.scope) + ".ff";
  return {quantized(step.scope, module, std::move(x), observed(module, stats)), stats};
}

Exporter::Map Exporter::concat(const Step &step) {
  ChannelStats stats;
  llvm::SmallVector<Value, 4> values;
  for (unsigned input : step.inputs) {
    values.push_back(maps[input].value);
    llvm::append_range(stats, maps[input].stats);
  }
  Value x = builder.concat(step.scope, values, 1);
  return functional(step, x, stats);
}

Exporter::Map Exporter::maxPool(const Step &step) {
  // Windows in a row act as one greater window on the map before the first of them.
  const Step *first = &step;
  int stage = 1;
  while (network.steps[first->inputs.front()].kind == Step::Kind::MaxPool) {
    first = &network.steps[first->inputs.front()];
    ++stage;
  }
  return {builder.maxPool(step.scope, maps[step.inputs.front()].value, step.window),
          pooledStats(maps[first->inputs.front()].stats, stage)};
}

Exporter::Map Exporter::exported(const Step &step) {
  switch (step.kind) {
  case Step::Kind::Image:
    return image(step);
  case Step::Kind::Conv:
    return conv(step);
  case Step::Kind::HeadConv:
    return headConv(step);
  case Step::Kind::Concat:
    return concat(step);
  case Step::Kind::MaxPool:
    return maxPool(step);
  case Step::Kind::Upsample:
    return {builder.upsample(step.scope, maps[step.inputs[0]].value), maps[step.inputs[0]].stats};
  case Step::Kind::Add: {
    const Map &a = maps[step.inputs[0]], &b = maps[step.inputs[1]];
    ChannelStats stats = sumStats(a.stats, b.stats);
    return functional(step, builder.add(step.scope, a.value, b.value), stats);
  }
  }
  llvm_unreachable("every step has a case");
}

std::string Exporter::run() {
  llvm::StringRef headScope = llvm::StringRef(network.steps[network.heads[0]].scope);
  DecodeWriter decode(builder, headScope.substr(0, headScope.find('/', 1)),
                      network.valuesPerAnchor);
  int64_t boxes = 0;
  const std::string prototypes = options.rawHeads ? "output3" : "output1";
  for (unsigned i = 0; i < network.steps.size(); ++i) {
    const Step &step = network.steps[i];
    maps.push_back(exported(step));
    int cells = options.size / step.stride;
    if (network.prototypes == i)
      maps[i].value = builder.renameLast(prototypes);
    if (step.kind != Step::Kind::HeadConv)
      continue;
    int level = static_cast<int>(llvm::find(network.heads, i) - network.heads.begin());
    boxes += int64_t{anchorsPerLevel} * cells * cells;
    if (options.rawHeads)
      maps[i].value = builder.renameLast("output" + std::to_string(level));
    else
      decode.level(level, maps[i].value, cells, step.stride);
  }
  auto declare = [&](const std::string &name, unsigned index) {
    const Step &step = network.steps[index];
    int64_t cells = options.size / step.stride;
    builder.output(name, {1, step.channels, cells, cells});
  };
  if (options.rawHeads) {
    for (unsigned level = 0; level < network.heads.size(); ++level)
      declare("output" + std::to_string(level), network.heads[level]);
  } else {
    decode.finish("output0");
    builder.output("output0", {1, boxes, network.valuesPerAnchor});
  }
  if (network.prototypes)
    declare(prototypes, *network.prototypes);
  return builder.serialize();
}

} // namespace

std::string exportOnnx(const Network &network, const ZooOptions &options) {
  return Exporter(network, options).run();
}

} // namespace bstc::zoo
