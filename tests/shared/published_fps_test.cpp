// The cost model against frame rates that vendors measured (../shared/truth). The free parameters
// of the descriptions were fitted to these very rows (scripts/fit_cost_model.py,
// docs/cost-model.md), so this holds what was reached; it is no proof for other networks.

#include "tests/support/networks.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <map>

using namespace bstc;
using namespace bstc::test;

namespace {

using Row = std::map<std::string, std::string>; ///< By the table's column.

std::vector<Row> readTable(const std::string &name) {
  auto file = llvm::MemoryBuffer::getFile(std::string(BSTC_SHARED_DIR "/truth/") + name);
  EXPECT_TRUE(bool(file)) << name;
  if (!file)
    return {};
  llvm::SmallVector<llvm::StringRef, 32> lines, names, cells;
  (*file)->getBuffer().trim().split(lines, '\n');
  lines.front().trim().split(names, ',');
  std::vector<Row> rows;
  for (llvm::StringRef line : llvm::ArrayRef<llvm::StringRef>(lines).drop_front()) {
    cells.clear();
    line.trim().split(cells, ',');
    Row row;
    for (size_t i = 0; i < names.size() && i < cells.size(); ++i)
      row[names[i].str()] = cells[i].str();
    rows.push_back(std::move(row));
  }
  return rows;
}

double numberIn(const Row &row, const std::string &column) { return std::stod(row.at(column)); }

double fpsOfFile(const std::string &shapeFile, const std::string &target) {
  CompileOptions options;
  options.target = target;
  options.fidelity = false;
  options.assumeInt8 = true;
  auto c = compileFile(std::string(BSTC_SHARED_DIR "/") + shapeFile, options);
  EXPECT_TRUE(bool(c)) << llvm::toString(c.takeError());
  return c ? c->cost.framesPerSecond : 0;
}

double fpsOfZoo(const std::string &network, bool silu, const std::string &target) {
  ZooOptions zoo;
  zoo.network = network;
  zoo.activation = silu ? ZooOptions::Activation::Silu : ZooOptions::Activation::Relu;
  CompileOptions options;
  options.target = target;
  options.fidelity = false;
  return compiled(zooGraph(zoo), options).cost.framesPerSecond;
}

double fpsOnDpu(const Row &row) {
  const std::string &file = row.at("shape_file");
  return llvm::StringRef(file).endswith(".onnx") ? fpsOfFile(file, "dpu-b4096")
                                                 : fpsOfZoo("yolov5n", false, "dpu-b4096");
}

double fpsOnRk3588(const Row &row) {
  const llvm::StringRef model = row.at("model");
  return model.startswith("resnet50") ? fpsOfFile("models/shapes/resnet50.onnx", "rk3588-1core")
                                      : fpsOfZoo(model.split('_').first.str(),
                                                 row.at("activation") == "silu", "rk3588-1core");
}

} // namespace

TEST(PublishedFps, Kv260IsWithin5PercentInTheMeanAndNoRowBeyond11) {
  double sum = 0;
  const std::vector<Row> rows = readTable("dpu_b4096_kv260.csv");
  ASSERT_EQ(rows.size(), 7u);
  for (const Row &row : rows) {
    const double error = fpsOnDpu(row) / numberIn(row, "fps_multithread") - 1;
    EXPECT_LE(std::abs(error), 0.11) << row.at("model");
    sum += std::abs(error);
  }
  EXPECT_LE(sum / double(rows.size()), 0.055);
}

/// Small detectors end at what the host moves: 197 FPS on two cores, 201 on three.
TEST(PublishedFps, MoreCoresDoNotMakeTheHostFaster) {
  for (const auto &[cores, published] : {std::pair("2", 197.0), {"3", 201.0}}) {
    const double fps = fpsOfZoo("yolov5n", false, std::string("dpu-b4096,device.cores=") + cores);
    EXPECT_NEAR(fps / published, 1, 0.05) << cores;
  }
}

/// The mean published gain over networks that the host does not bound.
TEST(PublishedFps, TwoCoresAre1Point91TimesOne) {
  double sum = 0, count = 0;
  for (const Row &row : readTable("dpu_b4096_kv260.csv"))
    if (const std::string &file = row.at("shape_file"); llvm::StringRef(file).endswith(".onnx")) {
      sum += fpsOfFile(file, "dpu-b4096,device.cores=2") / fpsOnDpu(row);
      ++count;
    }
  ASSERT_EQ(count, 6);
  EXPECT_NEAR(sum / count, 1.91, 0.03);
}

TEST(PublishedFps, Rk3588IsWithin3PercentInTheMeanAndTheReluSiluRatioWithin5) {
  std::map<std::string, double> predicted, published;
  double sum = 0;
  for (const Row &row : readTable("rk3588_1core.csv")) {
    const std::string &model = row.at("model");
    predicted[model] = fpsOnRk3588(row);
    published[model] = numberIn(row, "fps");
    EXPECT_NEAR(predicted[model] / published[model], 1, 0.06) << model;
    sum += std::abs(predicted[model] / published[model] - 1);
  }
  ASSERT_EQ(published.size(), 4u);
  EXPECT_LE(sum / 4, 0.035);
  const double ratio = predicted["yolov5s_relu"] / predicted["yolov5s"];
  EXPECT_NEAR(ratio / (published["yolov5s_relu"] / published["yolov5s"]), 1, 0.05);
}

/// Its fully connected layers are computed in partial sums: 25088 input channels do not fit at
/// once.
TEST(PublishedFps, Vgg16RunsOnRk3588) {
  EXPECT_GT(fpsOfFile("models/shapes/vgg16.onnx", "rk3588-1core"), 20);
}
