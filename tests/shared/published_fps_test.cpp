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

TEST(PublishedFps, Kv260IsWithin10PercentInTheMeanAndNoRowBeyond20) {
  double sum = 0;
  const std::vector<Row> rows = readTable("dpu_b4096_kv260.csv");
  ASSERT_EQ(rows.size(), 7u);
  for (const Row &row : rows) {
    const double error = fpsOnDpu(row) / numberIn(row, "fps_multithread") - 1;
    EXPECT_LE(std::abs(error), 0.2) << row.at("model");
    sum += std::abs(error);
  }
  EXPECT_LE(sum / double(rows.size()), 0.1);
}

TEST(PublishedFps, Rk3588RowsAreWithin15PercentAndTheReluSiluRatioWithin5) {
  std::map<std::string, double> predicted, published;
  for (const Row &row : readTable("rk3588_1core.csv")) {
    const std::string &model = row.at("model");
    predicted[model] = fpsOnRk3588(row);
    published[model] = numberIn(row, "fps");
    EXPECT_NEAR(predicted[model] / published[model], 1, 0.15) << model;
  }
  ASSERT_EQ(published.size(), 4u);
  const double ratio = predicted["yolov5s_relu"] / predicted["yolov5s"];
  EXPECT_NEAR(ratio / (published["yolov5s_relu"] / published["yolov5s"]), 1, 0.05);
}
