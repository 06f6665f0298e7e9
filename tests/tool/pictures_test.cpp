// What a user says of pictures when compiling, and reads back.
#include "tests/tool/tool.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Pictures = ToolTest;

TEST_F(Pictures, InspectSaysWhatAHostNeeds) {
  writeModel();
  succeed("compile model.onnx --no-fidelity");
  EXPECT_THAT(
      succeed("inspect model.bst"),
      AllOf(HasSubstr("picture   images: rgb nchw, letterbox with 114 around it, (value - 0) * "
                      "0.00392156863"),
            HasSubstr("predictions in output0: the host suppresses"),
            HasSubstr("nms confidence 0.25, iou 0.45, at most 300 detections")));
}

TEST_F(Pictures, OptionsOfCompileTravelInThePackage) {
  writeModel();
  std::string yaml = "path: ../datasets/coco\nnames:\n";
  for (int i = 0; i < 80; ++i)
    yaml += "  " + std::to_string(i) + ": kind " + std::to_string(i) + "\n";
  write("coco.yaml", yaml);
  succeed("compile model.onnx --no-fidelity --names coco.yaml --conf 0.4 --iou 0.6 --max-det 50 "
          "--preprocess bgr,stretch,mean=0.5:0.25:0,scale=1");
  EXPECT_THAT(succeed("inspect model.bst"),
              AllOf(HasSubstr("kind 0, kind 1, kind 2"), HasSubstr("kind 79"),
                    HasSubstr("nms confidence 0.4, iou 0.6, at most 50 detections"),
                    HasSubstr("images: bgr nchw, stretch, (value - 0.5 0.25 0) * 1")));
}

TEST_F(Pictures, RawHeadsAreDecodedFromThePackage) {
  writeModel("--raw-heads");
  succeed("compile model.onnx --no-fidelity --decode yolov5");
  EXPECT_THAT(succeed("inspect model.bst"),
              AllOf(HasSubstr("output0  f32   1x255x8x8"), HasSubstr("output2  f32   1x255x2x2"),
                    HasSubstr("yolov5-detect: 80 classes, 0 mask"),
                    HasSubstr("stride 8, anchors 10x13 16x30 33x23"),
                    HasSubstr("heads in output0, output1, output2: the host decodes")));
  succeed("compile model.onnx --no-fidelity --decode yolov5 --anchors "
          "1,2,3,4,5,6/1,2,3,4,5,6/7,8,9,10,11,12");
  EXPECT_THAT(succeed("inspect model.bst"), HasSubstr("stride 32, anchors 7x8 9x10 11x12"));
  // Without being told, nothing is known of them.
  succeed("compile model.onnx --no-fidelity");
  EXPECT_THAT(succeed("inspect model.bst"), Not(HasSubstr("yolov5-detect")));
}

TEST_F(Pictures, NmsIsTheLastCommand) {
  writeModel();
  writeInput();
  succeed("compile model.onnx --with-nms --conf 0.1 --max-det 20 --multi-label");
  const std::string out = succeed("inspect model.bst");
  EXPECT_THAT(out, AllOf(HasSubstr("boxes    f32   1x20x4"), HasSubstr("scores   f32   1x20"),
                         HasSubstr("classes  f32   1x20"), HasSubstr("count    f32   1  "),
                         HasSubstr("detections in boxes, scores, classes, count"),
                         HasSubstr("nms confidence 0.1, iou 0.45, at most 20 detections, several "
                                   "classes a box")));
  EXPECT_THAT(succeed("run model.bst -i in.npy -o out --strict"), HasSubstr("boxes"));
  for (const char *file : {"out/boxes.npy", "out/scores.npy", "out/classes.npy", "out/count.npy"})
    EXPECT_TRUE(files().count(file)) << file;
  // Decode and suppression are one command, as the heads are int8.
  const std::string profile = succeed("profile model.bst --quick");
  EXPECT_THAT(profile, AllOf(HasSubstr("dsp     detect"), Not(HasSubstr("yolo_decode"))));
}

TEST_F(Pictures, ErrorsInTheModelsOutputsNameThem) {
  writeModel();
  const Outcome decoded = bstc("compile model.onnx --decode yolov5");
  expectOneLineError(decoded);
  EXPECT_THAT(decoded.err,
              HasSubstr("model.onnx: output output0 1x252x85 is decoded already, in the "
                        "graph"));
  writeModel("--raw-heads");
  const Outcome raw = bstc("compile model.onnx --with-nms");
  expectOneLineError(raw);
  EXPECT_THAT(raw.err, HasSubstr("no output is known to hold predictions"));
  for (const auto &[arguments, problem] :
       {std::pair("--decode nobody", ", not 'nobody'"),
        {"--anchors 1,2", "--anchors needs --decode yolov5"},
        {"--decode yolov5-rows --anchors 1,2", "--anchors needs --decode yolov5"},
        {"--decode yolov5 --predictions a", "--predictions names decoded rows"}}) {
    const Outcome usage = bstc(std::string("compile model.onnx ") + arguments);
    EXPECT_EQ(usage.code, 2);
    EXPECT_THAT(usage.err, HasSubstr(problem));
  }
  const Outcome names = bstc("compile model.onnx --names nobody.txt");
  expectOneLineError(names);
  EXPECT_THAT(names.err, HasSubstr("cannot read nobody.txt: No such file"));
  EXPECT_EQ(files(), std::set<std::string>{"model.onnx"});
}

} // namespace
} // namespace bstc::test
