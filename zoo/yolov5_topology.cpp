#include "zoo/yolov5_topology.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>

namespace bstc::zoo {
namespace {

/// The multiples of the yaml files, kept integral: depth in hundredths, width in quarters.
struct Scaling {
  int depthPercent;
  int widthQuarters;
};

constexpr llvm::StringRef names[] = {"yolov5n", "yolov5s", "yolov5m", "yolov5l", "yolov5x"};
constexpr Scaling scalings[] = {{33, 1}, {33, 2}, {67, 3}, {100, 4}, {133, 5}};
static_assert(std::size(names) == std::size(scalings));

enum class Layer { Conv, C3, Sppf, Upsample, Concat };

/// One row of the yaml file. Every layer reads the one before it; Concat also reads `skip`.
struct Row {
  Layer layer;
  int channels = 0;
  Window window = {};
  int repeats = 0;
  bool shortcut = false;
  int skip = 0;
};

constexpr Window down6{6, 2, 2}, down3{3, 2, 1}, same3{3, 1, 1}, point{1, 1, 0};

constexpr Row rows[] = {
    {Layer::Conv, 64, down6},             // 0
    {Layer::Conv, 128, down3},            // 1
    {Layer::C3, 128, {}, 3, true},        // 2
    {Layer::Conv, 256, down3},            // 3
    {Layer::C3, 256, {}, 6, true},        // 4
    {Layer::Conv, 512, down3},            // 5
    {Layer::C3, 512, {}, 9, true},        // 6
    {Layer::Conv, 1024, down3},           // 7
    {Layer::C3, 1024, {}, 3, true},       // 8
    {Layer::Sppf, 1024, {5, 1, 2}},       // 9
    {Layer::Conv, 512, point},            // 10
    {Layer::Upsample},                    // 11
    {Layer::Concat, 0, {}, 0, false, 6},  // 12
    {Layer::C3, 512, {}, 3, false},       // 13
    {Layer::Conv, 256, point},            // 14
    {Layer::Upsample},                    // 15
    {Layer::Concat, 0, {}, 0, false, 4},  // 16
    {Layer::C3, 256, {}, 3, false},       // 17
    {Layer::Conv, 256, down3},            // 18
    {Layer::Concat, 0, {}, 0, false, 14}, // 19
    {Layer::C3, 512, {}, 3, false},       // 20
    {Layer::Conv, 512, down3},            // 21
    {Layer::Concat, 0, {}, 0, false, 10}, // 22
    {Layer::C3, 1024, {}, 3, false},      // 23
};
constexpr std::array<int, headLevels> headSources = {17, 20, 23};
constexpr int prototypeChannels = 256;

constexpr std::array<std::array<float, 2>, anchorsPerLevel> anchors[headLevels] = {
    {{{10, 13}, {16, 30}, {33, 23}}},
    {{{30, 61}, {62, 45}, {59, 119}}},
    {{{116, 90}, {156, 198}, {373, 326}}},
};

/// Appends steps and counts the PyTorch modules that they stand for.
class Unroller {
public:
  explicit Unroller(Scaling scaling) : scaling(scaling) {
    network.modules = 2 + 1; // the model, its Sequential, the one activation module shared by all
    Step image;
    image.channels = 3;
    network.steps.push_back(image);
  }

  Network unroll(bool segment);

private:
  /// make_divisible(channels * width_multiple, 8) of YOLOv5.
  int scaled(int channels) const {
    return (channels * scaling.widthQuarters + 4 * 8 - 1) / (4 * 8) * 8;
  }
  int repeated(int repeats) const {
    return std::max((repeats * scaling.depthPercent + 50) / 100, 1);
  }
  const Step &step(unsigned index) const { return network.steps[index]; }

  unsigned append(Step::Kind kind, const llvm::Twine &scope, llvm::ArrayRef<unsigned> inputs,
                  int channels, int stride, Window window = {});
  unsigned conv(const llvm::Twine &scope, unsigned input, int channels, Window window);
  unsigned upsample(const llvm::Twine &scope, unsigned input);
  unsigned concat(const llvm::Twine &scope, llvm::ArrayRef<unsigned> inputs);
  unsigned bottleneck(const llvm::Twine &scope, unsigned input, bool shortcut);
  unsigned c3(const llvm::Twine &scope, unsigned input, const Row &row);
  unsigned sppf(const llvm::Twine &scope, unsigned input, const Row &row);
  unsigned layer(const llvm::Twine &scope, unsigned input, const Row &row);
  unsigned prototypes(const llvm::Twine &scope, unsigned input);

  Scaling scaling;
  Network network;
  std::vector<unsigned> layers; ///< the step that each finished row ended in
};

unsigned Unroller::append(Step::Kind kind, const llvm::Twine &scope,
                          llvm::ArrayRef<unsigned> inputs, int channels, int stride,
                          Window window) {
  Step next;
  next.kind = kind;
  next.scope = scope.str();
  next.inputs.assign(inputs.begin(), inputs.end());
  next.channels = channels;
  next.stride = stride;
  next.window = window;
  network.steps.push_back(std::move(next));
  return static_cast<unsigned>(network.steps.size() - 1);
}

unsigned Unroller::conv(const llvm::Twine &scope, unsigned input, int channels, Window window) {
  network.modules += 3; // Conv, Conv2d, BatchNorm2d
  return append(Step::Kind::Conv, scope, input, channels, step(input).stride * window.stride,
                window);
}

unsigned Unroller::upsample(const llvm::Twine &scope, unsigned input) {
  network.modules += 1;
  return append(Step::Kind::Upsample, scope, input, step(input).channels, step(input).stride / 2);
}

unsigned Unroller::concat(const llvm::Twine &scope, llvm::ArrayRef<unsigned> inputs) {
  int channels = 0;
  for (unsigned input : inputs)
    channels += step(input).channels;
  return append(Step::Kind::Concat, scope, inputs, channels, step(inputs.front()).stride);
}

unsigned Unroller::bottleneck(const llvm::Twine &scope, unsigned input, bool shortcut) {
  network.modules += 1;
  int channels = step(input).channels;
  unsigned narrow = conv(scope + "/cv1", input, channels, point);
  unsigned branch = conv(scope + "/cv2", narrow, channels, same3);
  if (!shortcut)
    return branch;
  network.steps[branch].residualBranch = true;
  return append(Step::Kind::Add, scope, {input, branch}, channels, step(input).stride);
}

unsigned Unroller::c3(const llvm::Twine &scope, unsigned input, const Row &row) {
  network.modules += 2; // C3 and the Sequential of its bottlenecks
  int channels = scaled(row.channels), half = channels / 2;
  unsigned chain = conv(scope + "/cv1", input, half, point);
  for (int i = 0; i < repeated(row.repeats); ++i)
    chain = bottleneck(scope + "/m/m." + llvm::Twine(i), chain, row.shortcut);
  unsigned bypass = conv(scope + "/cv2", input, half, point);
  return conv(scope + "/cv3", concat(scope, {chain, bypass}), channels, point);
}

unsigned Unroller::sppf(const llvm::Twine &scope, unsigned input, const Row &row) {
  network.modules += 2; // SPPF and its one MaxPool2d, called three times
  unsigned first = conv(scope + "/cv1", input, step(input).channels / 2, point);
  llvm::SmallVector<unsigned, 4> parts = {first};
  for (llvm::StringRef name : {"/m", "/m_1", "/m_2"})
    parts.push_back(append(Step::Kind::MaxPool, scope + name, parts.back(), step(first).channels,
                           step(first).stride, row.window));
  return conv(scope + "/cv2", concat(scope, parts), scaled(row.channels), point);
}

unsigned Unroller::layer(const llvm::Twine &scope, unsigned input, const Row &row) {
  switch (row.layer) {
  case Layer::Conv:
    return conv(scope, input, scaled(row.channels), row.window);
  case Layer::C3:
    return c3(scope, input, row);
  case Layer::Sppf:
    return sppf(scope, input, row);
  case Layer::Upsample:
    return upsample(scope, input);
  case Layer::Concat:
    network.modules += 1;
    return concat(scope, {input, layers[row.skip]});
  }
  llvm_unreachable("every layer has a case");
}

unsigned Unroller::prototypes(const llvm::Twine &scope, unsigned input) {
  network.modules += 1;
  int channels = scaled(prototypeChannels);
  unsigned up = upsample(scope + "/upsample", conv(scope + "/cv1", input, channels, same3));
  return conv(scope + "/cv3", conv(scope + "/cv2", up, channels, same3), masks, point);
}

Network Unroller::unroll(bool segment) {
  unsigned last = 0;
  for (const Row &row : rows) {
    last = layer("/model." + llvm::Twine(layers.size()), last, row);
    layers.push_back(last);
  }
  std::string head = ("/model." + llvm::Twine(layers.size())).str();
  network.modules += 2 + headLevels; // Detect or Segment, its ModuleList, its convolutions
  network.valuesPerAnchor = boxValues + classes + (segment ? masks : 0);
  if (segment)
    network.prototypes = prototypes(head + "/proto", layers[headSources.front()]);
  for (int level = 0; level < headLevels; ++level) {
    unsigned source = layers[headSources[level]];
    network.heads[level] =
        append(Step::Kind::HeadConv, head + "/m." + llvm::Twine(level), source,
               anchorsPerLevel * network.valuesPerAnchor, step(source).stride, point);
  }
  return std::move(network);
}

} // namespace

llvm::ArrayRef<std::array<float, 2>> anchorsOfLevel(int level) { return anchors[level]; }

llvm::ArrayRef<llvm::StringRef> yolov5Names() { return names; }

std::optional<Network> unrollYolov5(llvm::StringRef name, bool segment) {
  const auto *found = llvm::find(names, name);
  if (found == std::end(names))
    return std::nullopt;
  return Unroller(scalings[found - std::begin(names)]).unroll(segment);
}

} // namespace bstc::zoo
