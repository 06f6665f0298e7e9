// Networks at another input size than they were exported with: what follows, what is adapted, what
// is refused.

#include "tests/support/onnx_builder.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

llvm::Expected<Graph> resized(const OnnxBuilder &model, int64_t size) {
  return importResized(model.proto.SerializeAsString(), "model.onnx", size);
}

/// The shape of "y" at another size, or none where that is an error.
Shape resultShape(const OnnxBuilder &model, int64_t size) {
  auto graph = resized(model, size);
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  return graph ? graph->find("y")->type.shape : Shape();
}

std::string errorOf(const OnnxBuilder &model, int64_t size) {
  auto graph = resized(model, size);
  return graph ? "<no error>" : llvm::toString(graph.takeError());
}

OnnxBuilder modelWithInput(const Dims &dims = {1, 6, 4, 4}) {
  OnnxBuilder model;
  model.input("x", dims).output("y");
  return model;
}

} // namespace

TEST(Resizing, InputAndDeclaredShapesFollow) {
  OnnxBuilder model;
  model.input("x", {1, 6, 4, 4});
  model.declare(*model.graph().add_output(), "y", {1, 6, 4, 4}, onnx::TensorProto::FLOAT);
  model.node("Relu", {"x"}, {"y"});
  EXPECT_THAT(resultShape(model, 8), ElementsAre(1, 6, 8, 8));
}

TEST(Resizing, ReshapesThatSplitChannelsAndJoinCells) {
  OnnxBuilder model = modelWithInput();
  model.ints("split", {5}, {1, 2, 3, 4, 4});
  model.ints("join", {3}, {1, 6, 16});
  model.node("Reshape", {"x", "split"}, {"a"});
  model.node("Reshape", {"a", "join"}, {"y"});
  EXPECT_THAT(resultShape(model, 8), ElementsAre(1, 6, 64));
}

TEST(Resizing, ZeroAndMinusOneInAShape) {
  OnnxBuilder model = modelWithInput();
  model.ints("shape", {3}, {0, 6, -1});
  model.node("Reshape", {"x", "shape"}, {"y"});
  EXPECT_THAT(resultShape(model, 6), ElementsAre(1, 6, 36));
}

TEST(Resizing, AReshapeThatCutsTheMapIsRefused) {
  OnnxBuilder model = modelWithInput();
  model.ints("shape", {5}, {1, 6, 2, 2, 4});
  model.node("Reshape", {"x", "shape"}, {"y"});
  EXPECT_THAT(errorOf(model, 8), AllOf(HasSubstr("model.onnx at 8x8"), HasSubstr("Reshape_0"),
                                       HasSubstr("[1, 6, 2, 2, 4]")));
}

TEST(Resizing, AffineConstantsAreContinued) {
  OnnxBuilder model = modelWithInput({1, 1, 2, 2});
  model.floats("grid", {1, 1, 2, 2}, {-0.5f, 0.5f, 9.5f, 10.5f}); // x - 0.5 + 10 y
  model.node("Add", {"x", "grid"}, {"y"});
  auto graph = resized(model, 3);
  ASSERT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  EXPECT_THAT(graph->nodes().front()->input(1)->data->values<float>(),
              ElementsAre(-0.5f, 0.5f, 1.5f, 9.5f, 10.5f, 11.5f, 19.5f, 20.5f, 21.5f));
}

TEST(Resizing, OtherConstantsOfTheMapAreRefused) {
  OnnxBuilder model = modelWithInput({1, 1, 2, 3});
  model.floats("bias", {3}, {1, 2, 4});
  model.node("Add", {"x", "bias"}, {"y"});
  EXPECT_THAT(errorOf(model, 8), AllOf(HasSubstr("Add_0"), HasSubstr("'bias'")));
}

TEST(Resizing, ResizesBySizes) {
  OnnxBuilder model = modelWithInput();
  model.ints("sizes", {4}, {1, 6, 8, 8});
  onnx::NodeProto &node = model.node("Resize", {"x", "", "", "sizes"}, {"y"});
  set(node, "coordinate_transformation_mode", "asymmetric");
  set(node, "nearest_mode", "floor");
  EXPECT_THAT(resultShape(model, 5), ElementsAre(1, 6, 10, 10));
}

TEST(Resizing, AFullyConnectedLayerOnlyFitsItsSize) {
  OnnxBuilder model = modelWithInput();
  model.ramp("w", {96, 10});
  model.node("Flatten", {"x"}, {"a"});
  model.node("Gemm", {"a", "w"}, {"y"});
  EXPECT_THAT(errorOf(model, 8), HasSubstr("Gemm_1"));
}

TEST(Resizing, ASliceAtAFixedPlaceIsRefused) {
  OnnxBuilder model = modelWithInput();
  model.ints("starts", {1}, {0});
  model.ints("ends", {1}, {3});
  model.ints("axes", {1}, {2});
  model.node("Slice", {"x", "starts", "ends", "axes"}, {"y"});
  EXPECT_THAT(errorOf(model, 8), AllOf(HasSubstr("Slice_0"), HasSubstr("axis 2 at 3")));
}

TEST(Resizing, ASliceToTheEndFollows) {
  OnnxBuilder model = modelWithInput();
  model.ints("starts", {1}, {1});
  model.ints("ends", {1}, {2147483647});
  model.ints("axes", {1}, {2});
  model.node("Slice", {"x", "starts", "ends", "axes"}, {"y"});
  EXPECT_THAT(resultShape(model, 8), ElementsAre(1, 6, 7, 8));
}

TEST(Resizing, InputsThatAreNoMapsAreRefused) {
  OnnxBuilder model = modelWithInput({1, 6});
  model.node("Relu", {"x"}, {"y"});
  EXPECT_THAT(errorOf(model, 8), AllOf(HasSubstr("input 'x'"), HasSubstr("NCHW")));
}
