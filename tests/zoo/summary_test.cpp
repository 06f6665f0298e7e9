// What the zoo says of its networks, against what their authors published.

#include "zoo/zoo.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace bstc {
namespace {

using Task = ZooOptions::Task;

ZooSummary summaryOf(const char *network, Task task, int size = 640) {
  ZooOptions options;
  options.network = network;
  options.task = task;
  options.size = size;
  llvm::Expected<ZooSummary> summary = summarizeZooModel(options);
  EXPECT_TRUE(static_cast<bool>(summary));
  return summary ? *summary : ZooSummary();
}

struct Published {
  const char *network;
  int layers;         // "Model summary" of v7.0
  int64_t parameters; // "Model summary", before fusing
  double gflops;      // README of v7.0, at 640
};

// README and model summaries of YOLOv5 v7.0.
constexpr Published detectors[] = {
    {"yolov5n", 214, 1872157, 4.5},    {"yolov5s", 214, 7235389, 16.5},
    {"yolov5m", 291, 21190557, 49.0},  {"yolov5l", 368, 46563709, 109.1},
    {"yolov5x", 445, 86749405, 205.7},
};

TEST(ZooSummary, DetectorsHaveThePublishedLayersParametersAndOperations) {
  for (const Published &expected : detectors) {
    SCOPED_TRACE(expected.network);
    ZooSummary summary = summaryOf(expected.network, Task::Detect);
    EXPECT_EQ(summary.layers, expected.layers);
    EXPECT_EQ(summary.parameters, expected.parameters);
    EXPECT_DOUBLE_EQ(std::round(summary.gflops * 10) / 10, expected.gflops);
  }
}

TEST(ZooSummary, SegmentersHaveThePublishedParametersAndOperations) {
  // The README of v7.0 gives millions of parameters and 1e9 operations to one decimal.
  constexpr struct {
    const char *network;
    double megaParameters, gflops;
  } published[] = {{"yolov5n", 2.0, 7.1},
                   {"yolov5s", 7.6, 26.4},
                   {"yolov5m", 22.0, 70.8},
                   {"yolov5l", 47.9, 147.7},
                   {"yolov5x", 88.8, 265.7}};
  for (const auto &expected : published) {
    SCOPED_TRACE(expected.network);
    ZooSummary summary = summaryOf(expected.network, Task::Segment);
    EXPECT_DOUBLE_EQ(std::round(static_cast<double>(summary.parameters) / 1e5) / 10,
                     expected.megaParameters);
    EXPECT_DOUBLE_EQ(std::round(summary.gflops * 10) / 10, expected.gflops);
  }
}

TEST(ZooSummary, ConvolutionsAreCounted) {
  EXPECT_EQ(summaryOf("yolov5n", Task::Detect).convolutions, 60);
  EXPECT_EQ(summaryOf("yolov5n", Task::Segment).convolutions, 63);
}

TEST(ZooSummary, OperationsGrowWithTheImageArea) {
  EXPECT_EQ(summaryOf("yolov5s", Task::Detect, 640).macs,
            4 * summaryOf("yolov5s", Task::Detect, 320).macs);
}

TEST(ZooSummary, EveryListedNetworkIsKnown) {
  ASSERT_EQ(zooNetworks().size(), std::size(detectors));
  for (llvm::StringRef network : zooNetworks())
    EXPECT_GT(summaryOf(network.data(), Task::Detect).convolutions, 0) << network.str();
}

std::string errorOf(const ZooOptions &options) {
  std::string summary, model;
  if (auto result = summarizeZooModel(options); !result)
    summary = llvm::toString(result.takeError());
  if (auto result = buildZooModel(options); !result)
    model = llvm::toString(result.takeError());
  EXPECT_EQ(summary, model);
  return model;
}

TEST(ZooErrors, UnknownNetworkIsRefusedWithTheKnownOnes) {
  ZooOptions options;
  options.network = "yolov5xxl";
  EXPECT_EQ(errorOf(options), "zoo: unknown network 'yolov5xxl'; known are yolov5n, yolov5s, "
                              "yolov5m, yolov5l, yolov5x");
  options.network = "";
  EXPECT_NE(errorOf(options), "");
}

TEST(ZooErrors, SizesThatTheStridesDoNotDivideAreRefused) {
  ZooOptions options;
  for (int size : {-32, 0, 1, 31, 33, 100, 650, 8224, 2147483616}) {
    options.size = size;
    EXPECT_EQ(errorOf(options), "zoo: image size " + std::to_string(size) +
                                    " is not a multiple of 32 from 32 to 8192");
  }
}

} // namespace
} // namespace bstc
