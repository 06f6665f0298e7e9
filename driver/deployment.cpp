#include "driver/deployment.h"

#include "detectors/detection_tail.h"
#include "ir/patterns.h"

namespace bstc {

llvm::Expected<PictureOptions> deployedPictures(const Graph &imported,
                                                llvm::ArrayRef<Predictions> recognised,
                                                const PictureOptions &options) {
  llvm::Expected<bool> detector = isDetector(imported, recognised, options);
  if (!detector)
    return detector.takeError();
  PictureOptions deployed = options;
  deployed.withNms |= *detector;
  if (deployed.input == PictureOptions::Input::File)
    deployed.input = PictureOptions::Input::U8;
  return deployed;
}

void keepPrototypesInt8(Graph &placed, int32_t prototypes) {
  if (prototypes < 0)
    return;
  std::vector<Value *> outputs = placed.outputs().vec();
  Value *&output = outputs[size_t(prototypes)];
  const Node *dequantize = madeBy(output, OpKind::Dequantize);
  Value *integers = dequantize ? dequantize->input(0) : nullptr;
  if (!integers || !integers->type.isQuantisedPerTensor() || integers->type.rank() != 4 ||
      !integers->producer())
    return;
  const std::string name = output->name;
  placed.rename(output, placed.uniqueName(name + "~float"));
  output = placed
               .addNode(OpKind::Identity, dequantize->name, {integers}, std::monostate(),
                        {{name, integers->type}})
               ->output();
  placed.setOutputs(outputs);
  placed.cleanUp();
}

} // namespace bstc
