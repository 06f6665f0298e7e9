// Detection and segmentation of the zoo, at 64x64 pixels.
#include "tests/hostile/subjects.h"
#include "tests/support/networks.h"

namespace bst::testing {

std::vector<Subject> subjects() {
  constexpr size_t sample = 60;
  std::vector<Subject> result;
  bstc::CompileOptions options;
  options.fidelity = false;
  for (const char *name : {"zoo_detect", "zoo_segment"}) {
    bstc::ZooOptions zoo = bstc::test::smallZoo();
    if (name == std::string("zoo_segment")) {
      zoo.task = bstc::ZooOptions::Task::Segment;
      zoo.activation = bstc::ZooOptions::Activation::Silu;
    }
    result.push_back(
        {name, bstc::test::compiled(bstc::test::zooGraph(zoo), options).package, sample});
  }
  return result;
}

} // namespace bst::testing
