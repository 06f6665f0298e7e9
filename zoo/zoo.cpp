#include "zoo/zoo.h"

#include "zoo/exporter.h"
#include "zoo/yolov5_topology.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"

namespace bstc {
namespace {

using zoo::Network;
using zoo::Step;

llvm::Expected<Network> networkOf(const ZooOptions &options) {
  constexpr int stride = 32, largest = 8192; // beyond it the constants alone pass 100 MB
  bool segment = options.task == ZooOptions::Task::Segment;
  std::optional<Network> network = zoo::unrollYolov5(options.network, segment);
  if (!network)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "zoo: unknown network '" + options.network + "'; known are " +
                                       llvm::join(zooNetworks(), ", "));
  if (options.size < stride || options.size > largest || options.size % stride != 0)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "zoo: image size " + llvm::Twine(options.size) +
                                       " is not a multiple of 32 from 32 to " +
                                       llvm::Twine(largest));
  return std::move(*network);
}

} // namespace

llvm::ArrayRef<llvm::StringRef> zooNetworks() { return zoo::yolov5Names(); }

llvm::Expected<std::string> buildZooModel(const ZooOptions &options) {
  llvm::Expected<Network> network = networkOf(options);
  if (!network)
    return network.takeError();
  return zoo::exportOnnx(*network, options);
}

llvm::Expected<ZooSummary> summarizeZooModel(const ZooOptions &options) {
  llvm::Expected<Network> network = networkOf(options);
  if (!network)
    return network.takeError();
  bool segment = options.task == ZooOptions::Task::Segment;
  ZooSummary summary;
  summary.layers = network->modules;
  int64_t extra = 0;
  for (const Step &step : network->steps) {
    int64_t side = options.size / step.stride;
    int64_t elements = step.channels * side * side;
    if (segment && step.kind == Step::Kind::Upsample)
      extra += elements;
    if (step.kind != Step::Kind::Conv && step.kind != Step::Kind::HeadConv)
      continue;
    int64_t taps = int64_t{step.window.kernel} * step.window.kernel *
                   network->steps[step.inputs.front()].channels;
    ++summary.convolutions;
    summary.macs += elements * taps;
    // A head's convolution has a bias; others have the scale and shift of a batch normalisation.
    summary.parameters += step.channels * (taps + (step.kind == Step::Kind::HeadConv ? 1 : 2));
    if (!segment)
      extra += elements;
  }
  summary.gflops = 2e-9 * static_cast<double>(summary.macs + extra);
  return summary;
}

} // namespace bstc
