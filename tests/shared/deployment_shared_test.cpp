// Real exports in the deployed form on real photographs: the boxes that the one command lists are
// those of decode and suppression, bit for bit.

#include "detectors/contract.h"
#include "detectors/shared/nms_defaults.h"
#include "driver/compile.h"
#include "driver/detect_reading.h"
#include "tests/support/sessions.h"
#include "vision/detect/letterbox.h"
#include "vision/detect/network_input.h"
#include "vision/image/image_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

using namespace bstc;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> pictures() {
  std::vector<std::string> files;
  for (const auto &entry : fs::recursive_directory_iterator(BSTC_SHARED_DIR "/images"))
    if (entry.path().extension() == ".jpg")
      files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

class DeployedExport : public testing::TestWithParam<const char *> {};

/// A deployed package whose detection is compared with the plain commands, right after it ran.
class ComparedSession {
public:
  ComparedSession(const std::vector<std::byte> &package, const DetectorContract &contract)
      : contract(contract) {
    session = bst::testing::sessionOf(
        bst::testing::openBytes(package), bst::testing::simulatorDevice(),
        {.threads = 2, .keepTensors = true, .onCommand = [this](uint32_t command, double) {
           compare(session->program().commands[command]);
         }});
  }

  /// The number of boxes in the picture.
  float run(const std::string &file) {
    auto image = readImage(file);
    EXPECT_TRUE(bool(image)) << llvm::toString(image.takeError());
    std::vector<float> elements(size_t(contract.width * contract.height) * 3);
    writeInput(letterboxToDetect(image->width, image->height, contract.width, contract.height),
               *image, inputFormat(), elements);
    writeElements(elements, session->data(contract.input));
    boxes = -1;
    EXPECT_TRUE(session->run().ok());
    EXPECT_GE(boxes, 0) << "nothing was compared";
    return boxes;
  }

private:
  /// Elements as YOLOv5 has them, [3][height][width] of 0 to 1, or the pixels that they were.
  void writeElements(const std::vector<float> &elements, std::span<std::byte> input) const {
    if (session->program().tensors[contract.input].dtype == bst::DType::F32)
      return void(std::memcpy(input.data(), elements.data(), input.size()));
    const size_t pixels = elements.size() / 3;
    for (size_t i = 0; i < elements.size(); ++i)
      input[i % pixels * 3 + i / pixels] = std::byte(std::lround(elements[i] * 255));
  }
  void compare(const bst::Command &command) {
    if (!std::holds_alternative<bst::DetectParams>(command.params))
      return;
    std::vector<const std::byte *> heads;
    for (uint32_t head : command.inputs)
      heads.push_back(session->data(head).data());
    const PlainDetection plain = plainDetection(session->program(), command, heads);
    EXPECT_EQ(std::memcmp(session->data(command.outputs[0]).data(), plain.detections.data(),
                          plain.detections.size() * sizeof(float)),
              0);
    boxes = plain.detections.back();
  }

  DetectorContract contract;
  std::unique_ptr<bst::ProgramSession> session;
  float boxes = 0;
};

} // namespace

TEST_P(DeployedExport, ListsTheBoxesOfDecodeAndSuppression) {
  const std::vector<std::string> files = pictures();
  ASSERT_EQ(files.size(), 110u);
  for (const bst::NmsOptions &nms : {bst::NmsOptions(), evaluationNms}) {
    CompileOptions options;
    options.deploy = true;
    options.fidelity = false;
    options.pictures.nms = nms;
    auto compilation = compileFile(std::string(BSTC_SHARED_DIR "/") + GetParam(), options);
    ASSERT_TRUE(bool(compilation)) << llvm::toString(compilation.takeError());
    auto contract = detectorContract(compilation->compiled->program);
    ASSERT_TRUE(bool(contract)) << llvm::toString(contract.takeError());
    ComparedSession session(compilation->package, *contract);
    float boxes = 0;
    for (const std::string &file : files) {
      SCOPED_TRACE(file);
      boxes += session.run(file);
    }
    EXPECT_GT(boxes, 10) << "pictures without boxes prove nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Exports, DeployedExport,
                         testing::Values("models/yolov5n_relu_qat_s8_320.onnx",
                                         "models/yolov5n_relu_qat_s8_640.onnx",
                                         "models/yolov5n_relu_qat_u8_640.onnx",
                                         "models/yolov5n_relu_qat_affine_640.onnx",
                                         "models/yolov5n_relu_qat_s8_bnraw_640.onnx",
                                         "models/yolov5n_silu_qat_s8_640.onnx",
                                         "models/yolov5n_seg_relu_qat_s8_640.onnx",
                                         "qat/c00_correct_relu_s8.onnx",
                                         "qat/c04_correct_silu_s8.onnx"),
                         [](const auto &info) {
                           std::string name = fs::path(info.param).stem().string();
                           return name.substr(name.find('_') + 1);
                         });
