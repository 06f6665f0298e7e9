// The columns of a command's row, and the order of rows by each.
#include "tests/report/sample.h"
#include "tools/bstc/cli/arguments.h"
#include "tools/bstc/profile/report_rows.h"

#include "llvm/ADT/SmallVector.h"

#include <gmock/gmock.h>

#include <map>

namespace bstc::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Columns, OfACsvFile) {
  const SampleProfile sample;
  llvm::SmallVector<llvm::StringRef, 8> lines;
  const std::string csv = profileCsv(sample.profile());
  llvm::StringRef(csv).split(lines, '\n');
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[4], "");
  EXPECT_EQ(lines[0],
            "command,node,engine,op,function,input_shape,output_shape,tiles,macs,recomputed_macs,"
            "mac_slots,elements,recomputed_elements,cycles,dma_cycles,overhead_cycles,total_cycles,"
            "dram_read_bytes,dram_write_bytes,host_bytes,sram_bytes,compute_ms,dram_ms,start_ms,"
            "end_ms,time_ms,share,utilisation,bound,assume_int8,what_if,network_bound,"
            "network_bound_gain");
  EXPECT_EQ(lines[1], "0,stem,maca,conv,,1x3x8x6,1x16x4x3,2,1234500,37035,2000000,11,12,3001,8600,"
                      "401,25000,5001,6002,0,7003,0.0211,0.0172,0.001,0.091,0.05,0.25,0.123,maca,0,"
                      "size-96,edp,0.25");
  EXPECT_EQ(lines[2], "1,act,edp,lut,silu,1x16x4x3,1x16x4x2,3,0,0,0,4000,160,1300,1600,502,20000,"
                      "810,920,0,3460,0.0052,0.0064,0.092,0.12,0.08,0.4,0,dram,0,size-96,edp,0.25");
  EXPECT_EQ(lines[3], "2,tail,dsp,dequantize,,1x16x4x2,1x48,1,0,0,0,777,0,990,1500,603,70000,33,44,"
                      "654,154,0.00099,0.0015,0.121,0.2,0.07,0.35,0,overhead,0,size-96,edp,0.25");
}

TEST(Columns, TextsOfACsvFileAreQuotedWhereTheyMust) {
  SampleProfile sample;
  sample.program.commands[0].name = "a,\"b\"";
  sample.program.commands[1].name = "c,d";
  sample.assumptions.int8 = true;
  sample.assumptions.relu = true;
  const std::string csv = profileCsv(sample.profile());
  EXPECT_THAT(csv, HasSubstr("\n0,\"a,\"\"b\"\"\",maca,"));
  EXPECT_THAT(csv, HasSubstr("\n1,\"c,d\",edp,"));
  EXPECT_THAT(csv, HasSubstr(",1,relu size-96,edp,0.25\n"));
}

/// Commands in the order of a column.
std::vector<uint32_t> order(const SampleProfile &sample, llvm::StringRef column, size_t top = 100) {
  const Profile profile = sample.profile();
  auto rows = sortedCommands(profile, column, top);
  std::vector<uint32_t> indices;
  for (const CommandCost *row : llvm::cantFail(std::move(rows)))
    indices.push_back(row->command);
  return indices;
}

TEST(Columns, NumbersFromTheGreatestAndNamesAscending) {
  const SampleProfile sample;
  const std::map<std::string, std::vector<uint32_t>> expected = {
      {"command", {2, 1, 0}},
      {"node", {1, 0, 2}},
      {"engine", {2, 1, 0}},
      {"op", {0, 2, 1}},
      {"function", {0, 2, 1}},
      {"input_shape", {1, 0, 2}}, // 192, 144, 128 elements.
      {"output_shape", {0, 1, 2}},
      {"tiles", {1, 0, 2}},
      {"macs", {0, 1, 2}},
      {"recomputed_macs", {0, 1, 2}},
      {"mac_slots", {0, 1, 2}},
      {"elements", {1, 2, 0}},
      {"recomputed_elements", {1, 0, 2}},
      {"cycles", {0, 1, 2}},
      {"dma_cycles", {0, 1, 2}},
      {"overhead_cycles", {2, 1, 0}},
      {"total_cycles", {2, 0, 1}},
      {"dram_read_bytes", {0, 1, 2}},
      {"dram_write_bytes", {0, 1, 2}},
      {"host_bytes", {2, 0, 1}},
      {"sram_bytes", {0, 1, 2}},
      {"compute_ms", {0, 1, 2}},
      {"dram_ms", {0, 1, 2}},
      {"start_ms", {2, 1, 0}},
      {"end_ms", {2, 1, 0}},
      {"time_ms", {1, 2, 0}},
      {"share", {1, 2, 0}},
      {"utilisation", {0, 1, 2}},
      {"bound", {1, 0, 2}}};
  ASSERT_EQ(reportColumns().size(), expected.size());
  for (const ReportColumn &column : reportColumns())
    EXPECT_EQ(order(sample, column.name), expected.at(column.name)) << column.name;
}

TEST(Columns, EqualOnesStayInOrderAndTheRestIsCut) {
  SampleProfile sample;
  EXPECT_THAT(order(sample, ""), ElementsAre(0, 1, 2));
  EXPECT_THAT(order(sample, "", 2), ElementsAre(0, 1));
  EXPECT_THAT(order(sample, "time_ms", 1), ElementsAre(1));
  EXPECT_THAT(order(sample, "time_ms", 0), ElementsAre());
  sample.cost.commands[1].seconds = sample.cost.commands[2].seconds;
  EXPECT_THAT(order(sample, "time_ms"), ElementsAre(1, 2, 0));
}

TEST(Columns, UnknownOnesAreRefusedWithTheKnownOnes) {
  const SampleProfile sample;
  const Profile profile = sample.profile();
  auto rows = sortedCommands(profile, "speed", 1);
  ASSERT_FALSE(bool(rows));
  llvm::Error error = rows.takeError();
  EXPECT_TRUE(error.isA<UsageError>());
  EXPECT_THAT(llvm::toString(std::move(error)),
              testing::AllOf(HasSubstr("'speed'"), HasSubstr("command, node, engine,"),
                             HasSubstr("utilisation, bound)")));
}

TEST(Columns, AFrameOfNoTimeHasNoShares) {
  SampleProfile sample;
  sample.cost.latencySeconds = 0;
  EXPECT_THAT(profileCsv(sample.profile()), HasSubstr(",0.05,0,0.123,maca"));
}

} // namespace
} // namespace bstc::test
