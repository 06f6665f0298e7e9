// Detection, segmentation, and detection that ends in suppression and brings a self-test: of the
// zoo, at 64x64 pixels.
#include "tests/hostile/attempt.h"
#include "tests/hostile/subjects.h"
#include "tests/support/networks.h"

namespace bst::testing {

std::vector<Subject> subjects() {
  constexpr size_t sample = 60;
  bstc::CompileOptions options;
  options.fidelity = false;
  const auto compile = [&](const bstc::ZooOptions &zoo) {
    return bstc::test::compiled(bstc::test::zooGraph(zoo), options);
  };
  bstc::ZooOptions segment = bstc::test::smallZoo();
  segment.task = bstc::ZooOptions::Task::Segment;
  segment.activation = bstc::ZooOptions::Activation::Silu;
  std::vector<Subject> result = {
      {"zoo_detect", compile(bstc::test::smallZoo()).package, sample},
      {"zoo_segment", compile(segment).package, sample},
  };
  options.pictures.withNms = true;
  std::unique_ptr<Package> nms;
  EXPECT_TRUE(Package::fromMemory(compile(bstc::test::smallZoo()).package, nms).ok());
  result.push_back({"zoo_nms_tested", packageWithSelfTest(nms->program(), false), sample});
  return result;
}

} // namespace bst::testing
