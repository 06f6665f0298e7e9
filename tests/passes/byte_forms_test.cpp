// Networks whose inputs and outputs are integers: a file whose first QuantizeLinear or last
// DequantizeLinear was cut off. What they compute on the simulator, as commands and as tiles,
// against numbers worked out here from the integers in ONNX's order.

#include "tests/passes/byte_boundaries.h"

#include <cmath>

using namespace bstc;
using namespace bstc::test;

namespace {

/// How integers become the floats that the network works on.
struct Front {
  const char *name;
  std::vector<std::pair<Dims, int>> inputs; ///< x0, x1, ...: shapes and types.
  std::string (*build)(QdqBuilder &model);  ///< Returns the floats' name.
  /// Element `i` of them.
  double (*real)(llvm::ArrayRef<Integers> x, int i);
};

double flat(llvm::ArrayRef<Integers> x, int i) { return 0.5 * (x[0][size_t(i)] - 100); }
double flatSigned(llvm::ArrayRef<Integers> x, int i) { return 0.5 * (x[0][size_t(i)] + 9); }
double interleaved(llvm::ArrayRef<Integers> x, int i) {
  return 0.5 * (x[0][size_t(amongPixels(i))] - 100);
}
double interleavedSigned(llvm::ArrayRef<Integers> x, int i) {
  return 0.5 * (x[0][size_t(amongPixels(i))] + 9);
}

const Front fronts[] = {
    {"u8 planes",
     {{planes, u8Type}},
     [](QdqBuilder &m) { return m.dequantize("x0", "r", 0.5f, 100, u8Type); },
     flat},
    {"s8 planes",
     {{planes, s8Type}},
     [](QdqBuilder &m) { return m.dequantize("x0", "r", 0.5f, -9); },
     flatSigned},
    {"u8 pixels, moved as floats",
     {{pixels, u8Type}},
     [](QdqBuilder &m) {
       return moved(m, m.dequantize("x0", "d", 0.5f, 100, u8Type), "r", toPlanes);
     },
     interleaved},
    {"s8 pixels, moved as integers",
     {{pixels, s8Type}},
     [](QdqBuilder &m) { return m.dequantize(moved(m, "x0", "t", toPlanes), "r", 0.5f, -9); },
     interleavedSigned},
    {"u8 pixels, moved twice",
     {{pixels, u8Type}},
     [](QdqBuilder &m) {
       moved(m, moved(m, "x0", "a", {0, 3, 2, 1}), "b", {0, 1, 3, 2});
       return m.dequantize("b", "r", 0.5f, 100, u8Type);
     },
     interleaved},
    {"u8 rows and columns swapped",
     {{{1, columns, rows, channels}, u8Type}},
     [](QdqBuilder &m) {
       return m.dequantize(moved(m, "x0", "t", {0, 3, 2, 1}), "r", 0.5f, 100, u8Type);
     },
     [](llvm::ArrayRef<Integers> x, int i) {
       const int c = i / positions, row = i / columns % rows, column = i % columns;
       return 0.5 * (x[0][size_t((column * rows + row) * channels + c)] - 100);
     }},
    {"u8 planes, cast",
     {{planes, u8Type}},
     [](QdqBuilder &m) { return paired(m, cast(m, "x0", "f"), 1, 0, u8Type); },
     [](llvm::ArrayRef<Integers> x, int i) { return double(x[0][size_t(i)]); }},
    {"s8 pixels, cast, moved, scaled",
     {{pixels, s8Type}},
     [](QdqBuilder &m) {
       m.floats("factor", {}, {0.5f});
       m.node("Mul", {moved(m, cast(m, "x0", "f"), "t", toPlanes), "factor"}, {"p"});
       return paired(m, "p", 0.5f, 0, s8Type);
     },
     [](llvm::ArrayRef<Integers> x, int i) { return 0.5 * x[0][size_t(amongPixels(i))]; }},
    {"two inputs",
     {{planes, u8Type}, {pixels, s8Type}},
     [](QdqBuilder &m) {
       m.dequantize("x0", "a", 0.5f, 100, u8Type);
       m.dequantize(moved(m, "x1", "t", toPlanes), "b", 0.5f, -9);
       m.node("Add", {"a", "b"}, {"s"});
       return paired(m, "s", 1.5f, 0, s8Type); // Thirds: no ties.
     },
     [](llvm::ArrayRef<Integers> x, int i) {
       const int sum = x[0][size_t(i)] - 100 + x[1][size_t(amongPixels(i))] + 9;
       return 1.5 * std::nearbyint(sum / 3.0);
     }},
    {"read twice, by parameters of each reader's own",
     {{planes, u8Type}},
     [](QdqBuilder &m) {
       m.dequantize("x0", "a", 1, 100, u8Type);
       m.dequantize("x0", "b", 0.5f, 3, u8Type);
       m.node("Sub", {"a", "b"}, {"s"});
       return paired(m, "s", 0.5f, 69, u8Type);
     },
     [](llvm::ArrayRef<Integers> x, int i) {
       const int halves = 2 * (x[0][size_t(i)] - 100) - (x[0][size_t(i)] - 3);
       return 0.5 * std::clamp(halves, -69, 255 - 69);
     }},
    {"read as it lies, and moved by other parameters",
     {{planes, u8Type}},
     [](QdqBuilder &m) {
       m.dequantize("x0", "a", 0.5f, 100, u8Type);
       m.dequantize(moved(m, "x0", "t", {0, 2, 1, 3}), "b", 1, 3, u8Type); // 2 rows, 2 channels.
       m.node("Sub", {"a", "b"}, {"s"});
       return paired(m, "s", 1.5f, 0, s8Type);
     },
     [](llvm::ArrayRef<Integers> x, int i) {
       const int swapped = (i / columns % rows * channels + i / positions) * columns + i % columns;
       const int halves = x[0][size_t(i)] - 100 - 2 * (x[0][size_t(swapped)] - 3);
       return 1.5 * std::clamp(std::nearbyint(halves / 3.0), -128.0, 127.0);
     }},
    {"read as it lies, and pooled",
     {{planes, u8Type}},
     [](QdqBuilder &m) {
       m.dequantize("x0", "a", 0.5f, 100, u8Type);
       set(m.node("MaxPool", {"x0"}, {"p"}), "kernel_shape", Dims{1, 1});
       m.dequantize("p", "b", 1, 100, u8Type);
       m.node("Sub", {"a", "b"}, {"s"});
       return paired(m, "s", 0.5f, 155, u8Type);
     },
     [](llvm::ArrayRef<Integers> x, int i) { return -0.5 * (x[0][size_t(i)] - 100); }},
    {"pooled as integers",
     {{planes, s8Type}},
     [](QdqBuilder &m) {
       auto &pool = m.node("MaxPool", {"x0"}, {"p"});
       set(pool, "kernel_shape", Dims{1, 3});
       set(pool, "pads", Dims{0, 1, 0, 1});
       return m.dequantize("p", "r", 0.5f, -9);
     },
     [](llvm::ArrayRef<Integers> x, int i) {
       int most = x[0][size_t(i)];
       if (i % columns > 0)
         most = std::max(most, x[0][size_t(i - 1)]);
       if (i % columns < columns - 1)
         most = std::max(most, x[0][size_t(i + 1)]);
       return 0.5 * (most + 9);
     }},
    {"a list, reshaped",
     {{{1, count}, u8Type}},
     [](QdqBuilder &m) {
       return m.dequantize(reshaped(m, "x0", "t", planes), "r", 0.5f, 100, u8Type);
     },
     flat},
    {"rank 3",
     {{{channels, rows, columns}, s8Type}},
     [](QdqBuilder &m) { return reshaped(m, m.dequantize("x0", "d", 0.5f, -9), "r", planes); },
     flatSigned},
};

/// What the steps of the result, u8 or s8, leave the network as.
struct Back {
  const char *name;
  int type;                                                      ///< Of the steps.
  std::string (*build)(QdqBuilder &model, const std::string &c); ///< Returns output 0.
  bool movedSteps = false;                                       ///< Output 0 holds [1, 2, 3, 2].
  /// Output 0 is floats; there is an output "more", too, of floats.
  bool reals = false, more = false;
};

constexpr float backScale = 0.375f; ///< Three of the steps in which sums are: no ties.
constexpr int s8Zero = 5, u8Zero = 130;

std::string stepsOf(QdqBuilder &m, const std::string &x, const std::string &y, int type) {
  return m.quantize(x, y, backScale, type == s8Type ? s8Zero : u8Zero, type);
}
std::string realsOf(QdqBuilder &m, const std::string &x, const std::string &y, int type) {
  return m.dequantize(x, y, backScale, type == s8Type ? s8Zero : u8Zero, type);
}

const Back backs[] = {
    {.name = "floats",
     .type = s8Type,
     .build =
         [](QdqBuilder &m, const std::string &c) {
           return realsOf(m, stepsOf(m, c, "yq", s8Type), "y", s8Type);
         },
     .reals = true},
    {.name = "s8 planes",
     .type = s8Type,
     .build = [](QdqBuilder &m, const std::string &c) { return stepsOf(m, c, "y", s8Type); }},
    {.name = "u8 planes",
     .type = u8Type,
     .build = [](QdqBuilder &m, const std::string &c) { return stepsOf(m, c, "y", u8Type); }},
    {.name = "u8 moved as integers",
     .type = u8Type,
     .build =
         [](QdqBuilder &m, const std::string &c) {
           return moved(m, stepsOf(m, c, "yq", u8Type), "y", toPixels);
         },
     .movedSteps = true},
    {.name = "s8 moved as floats",
     .type = s8Type,
     .build =
         [](QdqBuilder &m, const std::string &c) {
           return stepsOf(m, moved(m, c, "yt", toPixels), "y", s8Type);
         },
     .movedSteps = true},
    {.name = "s8 quantised, moved as floats, quantised",
     .type = s8Type,
     .build =
         [](QdqBuilder &m, const std::string &c) {
           realsOf(m, stepsOf(m, c, "yq", s8Type), "yd", s8Type);
           return stepsOf(m, moved(m, "yd", "yt", toPixels), "y", s8Type);
         },
     .movedSteps = true},
    {.name = "s8 planes that the network reads, too",
     .type = s8Type,
     .build =
         [](QdqBuilder &m, const std::string &c) {
           m.output("more");
           realsOf(m, stepsOf(m, c, "y", s8Type), "more", s8Type);
           return std::string("y");
         },
     .more = true},
    {.name = "u8 moved, which the network reads, too",
     .type = u8Type,
     .build =
         [](QdqBuilder &m, const std::string &c) {
           m.output("more");
           moved(m, stepsOf(m, c, "yq", u8Type), "y", toPixels);
           moved(m, realsOf(m, "y", "yd", u8Type), "more", toPlanes);
           return std::string("y");
         },
     .movedSteps = true,
     .more = true},
    {.name = "s8 list",
     .type = s8Type,
     .build =
         [](QdqBuilder &m, const std::string &c) {
           return reshaped(m, stepsOf(m, c, "yq", s8Type), "y", {1, count});
         }},
};

/// y = w x, 1x1.
constexpr int weights[channels][channels] = {{1, -2}, {3, 1}};
constexpr float weightScale = 0.25f;

QdqBuilder networkOf(const Front &front, const Back &back) {
  QdqBuilder model;
  for (size_t i = 0; i < front.inputs.size(); ++i)
    model.input("x" + std::to_string(i), front.inputs[i].first, front.inputs[i].second);
  model.output("y");
  model.bytes("w", {channels, channels, 1, 1},
              {weights[0][0], weights[0][1], weights[1][0], weights[1][1]});
  const std::string real = front.build(model);
  model.node("Conv", {real, model.dequantize("w", "wd", weightScale)}, {"c"});
  back.build(model, "c");
  return model;
}

/// Steps of the result in ONNX's order, worked out from the integers that go in.
Integers expectedSteps(const Front &front, const Back &back, llvm::ArrayRef<Integers> x) {
  const int zero = back.type == s8Type ? s8Zero : u8Zero, least = back.type == s8Type ? -128 : 0;
  Integers steps;
  for (int o = 0; o < channels; ++o)
    for (int position = 0; position < positions; ++position) {
      double sum = 0;
      for (int c = 0; c < channels; ++c)
        sum += weights[o][c] * double(weightScale) * front.real(x, c * positions + position);
      steps.push_back(
          std::clamp(int(std::nearbyint(sum / double(backScale))) + zero, least, least + 255));
    }
  return steps;
}

/// The outputs as the file has them: row by row.
std::vector<Bytes> expectedOf(const Front &front, const Back &back, llvm::ArrayRef<Integers> x) {
  const Integers steps = expectedSteps(front, back, x);
  std::vector<float> reals;
  for (int step : steps)
    reals.push_back(float(step - (back.type == s8Type ? s8Zero : u8Zero)) * backScale);
  Integers moved(steps);
  for (int i = 0; i < count; ++i)
    moved[size_t(amongPixels(i))] = steps[size_t(i)];
  std::vector<Bytes> outputs = {back.reals ? bytesOf(reals)
                                           : bytesOf(back.movedSteps ? moved : steps)};
  if (back.more)
    outputs.push_back(bytesOf(reals));
  return outputs;
}

} // namespace

TEST(ByteBoundaries, IntegersGoInAndOutInTheFilesOrder) {
  for (const Front &front : fronts)
    for (const Back &back : backs) {
      SCOPED_TRACE(std::string(front.name) + " -> " + back.name);
      std::vector<Integers> x;
      for (const auto &[shape, type] : front.inputs)
        x.push_back(someBytes(type, int(x.size())));
      const Compilation compilation = compiledFile(networkOf(front, back));
      ASSERT_TRUE(compilation.compiled);
      for (const TensorFidelity &tensor : compilation.fidelity->tensors)
        EXPECT_TRUE(tensor.keepsPromise()) << tensor.command;
      EXPECT_EQ(textOf(outputsOf(compilation, x)), textOf(expectedOf(front, back, x)));
    }
}
