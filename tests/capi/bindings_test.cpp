// Which tensors move with an input or output that is given memory of its own.
#include "fixture.h"

#include "runtime/package/package.h"
#include "runtime/program/bindings.h"
#include "runtime/verify/verify.h"

#include <cstring>

namespace bst::testing {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(Bindings, AnInputMovesWithItsOtherNames) {
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {4, 4});
  const uint32_t flat = b.alias("flat", {16}, x);
  const uint32_t y = b.floats("y", {16});
  const uint32_t square = b.alias("square", {4, 4}, y);
  b.command(Engine::Dsp, "neg", {flat}, y, FloatUnaryParams{UnaryFn::Neg, 0, 0});
  const TestProgram test = b.finish({x}, {square});
  const Bindings bindings = findBindings(test.program);
  EXPECT_THAT(bindings.inputs, ::testing::ElementsAre(UnorderedElementsAre(x, flat)));
  EXPECT_THAT(bindings.outputs, ::testing::ElementsAre(UnorderedElementsAre(y, square)));
}

// x -> a -> b -> out where b takes the bytes of x, and out those of a: what lies there at another
// time stays in the arena.
TEST(Bindings, OtherTensorsInTheSameBytesStay) {
  ProgramBuilder builder;
  const uint32_t x = builder.floats("x", {16}), a = builder.floats("a", {16});
  const uint32_t b = builder.alias("b", {16}, x), out = builder.alias("out", {16}, a);
  builder.command(Engine::Dsp, "neg", {x}, a, FloatUnaryParams{UnaryFn::Neg, 0, 0});
  builder.command(Engine::Dsp, "abs", {a}, b, FloatUnaryParams{UnaryFn::Abs, 0, 0});
  builder.command(Engine::Dsp, "sqrt", {b}, out, FloatUnaryParams{UnaryFn::Sqrt, 0, 0});
  const TestProgram test = builder.finish({x}, {out});
  const Bindings bindings = findBindings(test.program);
  EXPECT_THAT(bindings.inputs, ::testing::ElementsAre(UnorderedElementsAre(x)));
  EXPECT_THAT(bindings.outputs, ::testing::ElementsAre(UnorderedElementsAre(out)));

  const Held<bst_package> package = openPackage(test.program);
  const Held<bst_device> device = openSimulator();
  const Held<bst_session> session = createSession(package.get(), device.get());
  Aligned in(64), result(64);
  for (float i = 0; i < 16; ++i) {
    const float value = -i * i;
    std::memcpy(in.data() + size_t(i) * 4, &value, 4);
  }
  const std::vector<std::byte> before = in.contents();
  bst_buffer buffer = inputBuffer(package.get(), 0, in.data());
  ASSERT_EQ(bst_session_bind_input(session.get(), 0, 0, &buffer, nullptr), BST_OK);
  buffer = outputBuffer(package.get(), 0, result.data());
  ASSERT_EQ(bst_session_bind_output(session.get(), 0, 0, &buffer, nullptr), BST_OK);
  ASSERT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
  EXPECT_EQ(in.contents(), before);
  for (float i = 0; i < 16; ++i) {
    float value = 0;
    std::memcpy(&value, result.data() + size_t(i) * 4, 4);
    EXPECT_EQ(value, i);
  }
}

// One name that is read before and after another value takes its bytes stands for two values.
TEST(Bindings, ANameOfTwoValuesIsNotMoved) {
  ProgramBuilder builder;
  const uint32_t x = builder.floats("x", {16}), a = builder.floats("a", {16});
  const uint32_t again = builder.alias("again", {16}, x), b = builder.floats("b", {16});
  const uint32_t over = builder.alias("over", {16}, x), out = builder.floats("out", {16});
  builder.command(Engine::Dsp, "neg", {again}, a, FloatUnaryParams{UnaryFn::Neg, 0, 0});
  builder.command(Engine::Dsp, "abs", {a}, over, FloatUnaryParams{UnaryFn::Abs, 0, 0});
  builder.command(Engine::Dsp, "sqrt", {again}, b, FloatUnaryParams{UnaryFn::Sqrt, 0, 0});
  builder.command(Engine::Dsp, "exp", {b}, out, FloatUnaryParams{UnaryFn::Exp, 0, 0});
  const TestProgram test = builder.finish({x}, {out});
  ASSERT_EQ(verifyProgram(test.program).message(), "");
  const Bindings bindings = findBindings(test.program);
  EXPECT_THAT(bindings.inputs, ::testing::ElementsAre(IsEmpty()));
  EXPECT_THAT(bindings.outputs, ::testing::ElementsAre(UnorderedElementsAre(out)));
}

TEST(Bindings, AnOutputThatIsAnInputStays) {
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {16}), y = b.alias("y", {4, 4}, x), z = b.floats("z", {16});
  b.command(Engine::Dsp, "neg", {x}, z, FloatUnaryParams{UnaryFn::Neg, 0, 0});
  const TestProgram test = b.finish({x}, {y, z});
  const Bindings bindings = findBindings(test.program);
  EXPECT_THAT(bindings.inputs, ::testing::ElementsAre(UnorderedElementsAre(x, y)));
  EXPECT_THAT(bindings.outputs, ::testing::ElementsAre(IsEmpty(), UnorderedElementsAre(z)));
}

} // namespace bst::testing
