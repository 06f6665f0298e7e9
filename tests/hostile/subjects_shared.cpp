// Real exports, at full size.
#include "tests/hostile/subjects.h"
#include "tests/support/networks.h"

namespace bst::testing {

std::vector<Subject> subjects() {
  constexpr size_t sample = 30;
  std::vector<Subject> result;
  bstc::CompileOptions options;
  options.fidelity = false;
  for (const auto &[name, file] : {std::pair("det", "yolov5n_relu_qat_s8_320.onnx"),
                                   std::pair("seg", "yolov5n_seg_relu_qat_s8_640.onnx")}) {
    auto graph = bstc::importOnnxFile(std::string(BSTC_SHARED_DIR "/models/") + file);
    EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
    result.push_back({name, bstc::test::compiled(std::move(*graph), options).package, sample});
  }
  return result;
}

} // namespace bst::testing
