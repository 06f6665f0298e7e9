// How the tool speaks: help, version, and what it says when it is called wrongly.
#include "tests/tool/tool.h"
#include "tools/bstc/cli/subcommands.h"

#include "llvm/ADT/StringExtras.h"

#include <gmock/gmock.h>

#include <regex>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using Usage = ToolTest;

const llvm::ArrayRef<const Subcommand *> subcommands = allSubcommands();

/// With every run of white space as one space, so that wrapped lines compare.
std::string oneSpaced(const std::string &text) {
  return std::regex_replace(text, std::regex("\\s+"), " ");
}

TEST_F(Usage, VersionIsTheProjects) {
  EXPECT_EQ(succeed("--version"), std::string("bstc ") + BSTC_VERSION + "\n");
}

TEST_F(Usage, OverviewListsEverySubcommandAndAnExample) {
  for (const char *option : {"--help", "-h"}) {
    const std::string help = succeed(option);
    for (const Subcommand *subcommand : subcommands) {
      EXPECT_THAT(help, HasSubstr(std::string("  ") + subcommand->name + " "));
      EXPECT_THAT(help, HasSubstr(subcommand->summary));
    }
    EXPECT_THAT(help, HasSubstr("Example:\n  bstc "));
  }
}

TEST_F(Usage, HelpOfEverySubcommandIsComplete) {
  for (const Subcommand *subcommand : subcommands) {
    const std::string help = succeed(subcommand->name + std::string(" --help"));
    EXPECT_THAT(help, HasSubstr(std::string("Usage: bstc ") + subcommand->name));
    EXPECT_THAT(help, HasSubstr(subcommand->description));
    EXPECT_THAT(help, HasSubstr(std::string("Examples:\n  bstc ") + subcommand->name));
    EXPECT_THAT(help, HasSubstr("-v, --verbose"));
    EXPECT_THAT(help, HasSubstr("-h, --help"));
    for (const Option &option : subcommand->options) {
      EXPECT_THAT(help, HasSubstr(std::string(option.name) +
                                  (option.value ? std::string(" ") + option.value : "")));
      EXPECT_THAT(oneSpaced(help), HasSubstr(option.help));
    }
  }
}

TEST_F(Usage, HelpFitsATerminal) {
  for (const Subcommand *subcommand : subcommands) {
    llvm::SmallVector<llvm::StringRef, 64> lines;
    const std::string help = succeed(subcommand->name + std::string(" --help"));
    llvm::StringRef(help).split(lines, '\n');
    for (llvm::StringRef line : lines) {
      EXPECT_LE(line.size(), 100u) << line.str();
      EXPECT_EQ(line, line.rtrim()) << line.str();
    }
  }
}

/// Options promised by the tool's specification.
TEST_F(Usage, ThePromisedOptionsExist) {
  const std::pair<const char *, std::vector<const char *>> promised[] = {
      {"compile",
       {"-o", "--target", "--explain", "--fail-on-fallback", "--print-ir-after",
        "--no-recognise-decode", "--no-fidelity", "--names", "--assume-int8", "--set",
        "--preprocess", "--decode", "--anchors", "--with-nms", "--conf", "--iou", "--max-det"}},
      {"profile",
       {"--json", "--csv", "--target", "--set", "--sort", "--top", "--frames", "--assume-int8",
        "--trace", "--html", "--compare", "--what-if", "--size"}},
      {"run",
       {"--input", "--output-dir", "--all-tensors", "--timings", "--repeat", "--threads",
        "--strict"}},
      {"inspect", {"--tiles"}},
      {"zoo", {"-o", "--activation", "--task", "--quant", "--size", "--seed"}},
  };
  for (const auto &[subcommand, options] : promised) {
    const std::string help = succeed(subcommand + std::string(" --help"));
    for (const char *option : options)
      EXPECT_THAT(help, HasSubstr(option)) << subcommand;
  }
}

struct Mistake {
  const char *arguments;
  std::vector<const char *> message;
  const char *hint;
};

/// For the names of the tests: the parameter as memory would change with every build.
void PrintTo(const Mistake &mistake, std::ostream *stream) { *stream << mistake.arguments; }

class Mistakes : public ToolTest, public testing::WithParamInterface<Mistake> {};

TEST_P(Mistakes, AreExplainedWithAHint) {
  const Outcome outcome = bstc(GetParam().arguments);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, testing::StartsWith("bstc: error: "));
  for (const char *part : GetParam().message)
    EXPECT_THAT(outcome.err, HasSubstr(part));
  EXPECT_THAT(outcome.err, testing::EndsWith(std::string("hint: see '") + GetParam().hint + "'\n"));
  EXPECT_TRUE(files().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, Mistakes,
    testing::Values(
        Mistake{"", {"no subcommand"}, "bstc --help"},
        Mistake{"compil m.onnx", {"'compil'", "did you mean 'compile'?"}, "bstc --help"},
        Mistake{"frobnicate", {"unknown subcommand 'frobnicate'"}, "bstc --help"},
        Mistake{"--frobnicate", {"unknown option '--frobnicate'"}, "bstc --help"},
        Mistake{"compile", {"missing argument: MODEL.onnx"}, "bstc compile --help"},
        Mistake{"compile a.onnx b.onnx", {"unexpected argument 'b.onnx'"}, "bstc compile --help"},
        Mistake{"compile a.onnx --taget x",
                {"'--taget'", "did you mean '--target'?"},
                "bstc compile --help"},
        Mistake{"compile a.onnx -o", {"option '-o' needs a value: FILE"}, "bstc compile --help"},
        Mistake{"compile a.onnx -o x -o y", {"'-o' is given twice"}, "bstc compile --help"},
        Mistake{
            "compile a.onnx --explain=yes", {"'--explain' takes no value"}, "bstc compile --help"},
        Mistake{"compile a.onnx --print-ir-after=nowhere",
                {"'nowhere'", "all, import"},
                "bstc compile --help"},
        Mistake{"compile a.onnx -debug", {"unknown option '-debug'"}, "bstc compile --help"},
        Mistake{"profile", {"missing argument: MODEL"}, "bstc profile --help"},
        Mistake{"profile a.onnx b.onnx", {"--compare"}, "bstc profile --help"},
        Mistake{"profile a.onnx --target x --target y", {"--compare"}, "bstc profile --help"},
        Mistake{"profile --compare a.onnx", {"--compare", "--target-b"}, "bstc profile --help"},
        Mistake{"profile --compare a.onnx b.onnx --html p.html",
                {"--html does not go with --compare"},
                "bstc profile --help"},
        Mistake{"profile a.onnx --what-if gelu", {"takes relu", "'gelu'"}, "bstc profile --help"},
        Mistake{"profile a.bst --what-if relu", {"--what-if", "a.bst"}, "bstc profile --help"},
        Mistake{"profile a.onnx --size 5", {"--size", "from 32"}, "bstc profile --help"},
        Mistake{"run", {"missing argument: MODEL"}, "bstc run --help"},
        Mistake{"run m.bst --all-tensors", {"--all-tensors needs --output-dir"}, "bstc run --help"},
        Mistake{"run m.bst --repeat 3", {"--repeat needs --timings"}, "bstc run --help"},
        Mistake{"run m.bst --timings --repeat 0", {"--repeat", "'0'"}, "bstc run --help"},
        Mistake{"inspect", {"missing argument: MODEL.bst"}, "bstc inspect --help"},
        Mistake{"zoo", {"missing argument: NETWORK"}, "bstc zoo --help"},
        Mistake{"zoo yolov5n --activation gelu",
                {"--activation", "relu or silu", "'gelu'"},
                "bstc zoo --help"},
        Mistake{"zoo yolov5n --quant int4", {"s8, u8, affine, float", "'int4'"}, "bstc zoo --help"},
        Mistake{"zoo yolov5n --size big", {"--size", "whole number", "'big'"}, "bstc zoo --help"},
        Mistake{"compile a.onnx --print-ir-after emit",
                {"no pass is named 'emit'", "assign-engines"},
                "bstc compile --help"},
        Mistake{"compile a.onnx --no-recognise-decode --print-ir-after recognise-decode",
                {"recognise-decode", "switched off"},
                "bstc compile --help"},
        Mistake{
            "compile a.onnx --conf 1.5", {"--conf", "from 0 to 1", "'1.5'"}, "bstc compile --help"},
        Mistake{"compile a.onnx --iou half", {"--iou", "'half'"}, "bstc compile --help"},
        Mistake{"compile a.onnx --max-det 0", {"--max-det", "'0'"}, "bstc compile --help"},
        Mistake{
            "compile a.onnx --decode nobody", {"yolov5-rows", "'nobody'"}, "bstc compile --help"},
        Mistake{
            "compile a.onnx --anchors 1,2", {"--anchors needs --decode"}, "bstc compile --help"},
        Mistake{"compile a.onnx --decode yolov5 --anchors 1,2,3",
                {"--anchors", "pairs"},
                "bstc compile --help"},
        Mistake{"compile a.onnx --preprocess gray",
                {"--preprocess", "'gray'", "rgb, bgr"},
                "bstc compile --help"},
        Mistake{"compile a.onnx --assume-int8", {"--explain", "no package"}, "bstc compile --help"},
        Mistake{"compile a.onnx --assume-int8 --explain -o a.bst",
                {"without --output"},
                "bstc compile --help"},
        Mistake{"compile a.onnx --print-ir-after assume-int8",
                {"assume-int8", "switched off"},
                "bstc compile --help"},
        Mistake{"run a.onnx --assume-int8", {"--assume-int8"}, "bstc run --help"},
        Mistake{"zoo yolov5q", {"'yolov5q'", "yolov5n"}, "bstc zoo --help"},
        Mistake{"zoo yolov5n --size 100", {"100", "multiple of 32"}, "bstc zoo --help"},
        Mistake{"zoo yolov5n --size 16", {"--size", "32 to 8192"}, "bstc zoo --help"},
        Mistake{"zoo yolov5n --seed -1", {"--seed", "whole number"}, "bstc zoo --help"},
        Mistake{"targets a b", {"unexpected argument 'b'"}, "bstc targets --help"}));

TEST_F(Usage, OperandsMayStartWithADashAfterTwoDashes) {
  const Outcome outcome = bstc("inspect -- --strange.bst");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("--strange.bst"));
}

TEST_F(Usage, GuessesAreMadeForNearNamesOnly) {
  // Two of four letters are wrong.
  EXPECT_THAT(bstc("zoo yolov5n --tusq x").err, Not(HasSubstr("did you mean")));
  EXPECT_THAT(bstc("zoo yolov5n --tasq x").err, HasSubstr("did you mean '--task'?"));
}

TEST_F(Usage, ShortWordsAreGuessedByTheirBeginning) {
  EXPECT_THAT(bstc("foo").err, Not(HasSubstr("did you mean")));
  EXPECT_THAT(bstc("zo").err, Not(HasSubstr("did you mean")));
  EXPECT_THAT(bstc("rum").err, HasSubstr("did you mean 'run'?"));
}

TEST_F(Usage, VerboseBeforeWhatHasNoSteps) {
  EXPECT_EQ(succeed("-v help"), succeed("help"));
  EXPECT_EQ(succeed("-v help run"), succeed("help run"));
  EXPECT_EQ(succeed("--verbose --version"), succeed("--version"));
  EXPECT_EQ(bstc("-v").code, 2);
  EXPECT_THAT(bstc("-v").err, HasSubstr("no subcommand given"));
  EXPECT_THAT(bstc("-v --nope").err, HasSubstr("unknown option '--nope'"));
}

TEST_F(Usage, NumbersWithoutABoundNameNone) {
  EXPECT_THAT(bstc("profile a.onnx --top 0").err,
              HasSubstr("--top takes a whole number of at least 1, not '0'"));
  EXPECT_THAT(bstc("zoo yolov5n --seed x").err,
              HasSubstr("--seed takes a whole number of at least 0, not 'x'"));
}

TEST_F(Usage, OptionsOfCompilingAreRefusedForPackages) {
  writePackage();
  for (const char *arguments :
       {"profile model.bst --no-recognise-decode", "profile model.bst --assume-int8",
        "run model.bst --no-recognise-decode", "run model.bst --target bst-a1000b0",
        "run model.bst --set foo=bar", "eval model.bst --data . --set foo=bar",
        "eval model.bst --data . --target bst-a1000b0",
        "eval model.bst --compare model.bst --data . --target bst-a1000b0",
        "detect model.bst a.png --set foo=bar", "detect model.bst a.png --target bst-a1000b0"}) {
    const Outcome outcome = bstc(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr("applies to ONNX files only: model.bst")) << arguments;
  }
}

TEST_F(Usage, OptionsOfCompilingAreForTheOneOfTwoModelsThatIsNoPackage) {
  writePackage();
  for (const char *models : {"model.bst --compare model.onnx", "model.onnx --compare model.bst"})
    EXPECT_THAT(bstc(std::string("eval --data none --target bst-a1000b0 ") + models).err,
                Not(HasSubstr("applies to ONNX files only")));
}

TEST_F(Usage, VerboseRunNamesTheKernelOfEveryCommand) {
  writePackage();
  writeInput();
  const Outcome outcome = shell("BSTC_ISA=scalar $BSTC -v run model.bst -i in.npy");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("maca conv '/model.0/conv/Conv': kernel gemm_portable"));
  EXPECT_EQ(outcome.err, shell("BSTC_ISA=scalar $BSTC run -v model.bst -i in.npy").err);
}

TEST_F(Usage, VerboseLogsTheStepsToStderrOnly) {
  writeModel();
  const Outcome outcome = bstc("compile model.onnx -v");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("import"));
  EXPECT_THAT(outcome.err, HasSubstr("ms"));
  // Reading a file takes its time.
  EXPECT_THAT(outcome.err, HasSubstr("import: 461 nodes"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("import: 461 nodes, 0.0 ms")));
  EXPECT_EQ(outcome.out, succeed("compile model.onnx"));
}

TEST_F(Usage, AFullOutputDeviceIsAnError) {
  const Outcome outcome = shell("$BSTC --help > /dev/full");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("No space left"));
}

TEST_F(Usage, TargetsListsAndExplains) {
  EXPECT_THAT(succeed("targets"), HasSubstr("bst-a1000b0"));
  const std::string fields = succeed("targets bst-a1000b0");
  for (const char *part : {"maca.clock_mhz", "MHz", "assumed", "derived", "stated", "emulator"})
    EXPECT_THAT(fields, HasSubstr(part));
  const Outcome outcome = bstc("targets bst-a9");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("bst-a1000b0"));
}

} // namespace
} // namespace bstc::test
