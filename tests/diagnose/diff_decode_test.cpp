// Edits of a detector's decode, on networks of the zoo.

#include "tests/diagnose/block_network.h"
#include "tests/support/detector_models.h"

using namespace bstc;
using namespace bstc::diagnose;
using namespace bstc::test;

namespace {

Network zooNetwork(const ZooOptions &options) {
  auto graph = importOnnx(zooModelProto(options).SerializeAsString(), "zoo.onnx");
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  auto network = readNetwork(*graph);
  EXPECT_TRUE(bool(network)) << llvm::toString(network.takeError());
  return network ? std::move(*network) : Network();
}

YoloDecodeAttrs &decodeOf(Network &network) {
  const auto found =
      llvm::find_if(network.layers, [](const Layer &l) { return l.op == OpKind::YoloDecode; });
  EXPECT_NE(found, network.layers.end());
  return std::get<YoloDecodeAttrs>(found->attrs);
}

ZooOptions small() {
  ZooOptions options;
  options.size = 64;
  return options;
}

TEST(DiffDecode, AnchorsOfTheLevelsReversed) {
  const Network a = zooNetwork(small());
  Network b = a;
  std::vector<float> &anchors = decodeOf(b).anchors;
  for (size_t i = 0; i < 6; ++i)
    std::swap(anchors[i], anchors[12 + i]);
  const Edit edit = onlyEdit(compareNetworks(a, b));
  EXPECT_EQ(edit.kind, EditKind::DecodeChanged);
  EXPECT_EQ(edit.text.substr(0, 66),
            "the decode has other anchors: A's levels in the reverse order (10,");
}

TEST(DiffDecode, Strides) {
  const Network a = zooNetwork(small());
  Network b = a;
  for (float &stride : decodeOf(b).strides)
    stride *= 2;
  EXPECT_EQ(onlyEdit(compareNetworks(a, b)).text,
            "the decode has other strides: A's times 2 (8,16,32 in A, 16,32,64 in B).");
}

TEST(DiffDecode, AnotherImageSizeHasTheSameDecode) {
  ZooOptions large = small();
  large.size = 96;
  const Edit edit = onlyEdit(compareNetworks(zooNetwork(small()), zooNetwork(large)));
  EXPECT_EQ(edit.kind, EditKind::Inputs);
}

TEST(DiffDecode, ADecodeThatIsLeftOutIsOneEditOfLayers) {
  ZooOptions raw = small();
  raw.rawHeads = true;
  const Difference difference = compareNetworks(zooNetwork(small()), zooNetwork(raw));
  ASSERT_EQ(difference.edits.size(), 2u);
  EXPECT_EQ(difference.edits[0].kind, EditKind::LayersRemoved);
  EXPECT_EQ(difference.edits[1].kind, EditKind::Outputs);
}

} // namespace
