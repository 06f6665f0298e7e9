// One vocabulary: an option that several subcommands have is the same option in all of them, "-" is
// stdout wherever a file is written, and a file of another tool's format is answered with how to
// export it.
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"
#include "tools/bstc/cli/subcommands.h"

#include <gmock/gmock.h>

#include <map>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Vocabulary = ToolTest;

std::string textOf(const char *text) { return text ? text : ""; }

TEST_F(Vocabulary, OptionsOfSeveralSubcommandsAreTheSame) {
  std::map<std::string, std::pair<std::string, const Option *>> seen;
  size_t shared = 0;
  for (const Subcommand *subcommand : allSubcommands())
    for (const Option &option : subcommand->options) {
      if (option.name == std::string("--compare"))
        continue; // profile compares its operands, eval another model over the same pictures.
      if (option.name == std::string("--input") && !option.choices.empty())
        continue; // The kind of input of what is compiled; what is run gets the input itself.
      const auto [found, isNew] = seen.try_emplace(option.name, subcommand->name, &option);
      shared += !isNew;
      const auto &[where, first] = found->second;
      const std::string both = where + " and " + subcommand->name + ": " + option.name;
      EXPECT_EQ(textOf(option.alias), textOf(first->alias)) << both;
      EXPECT_EQ(textOf(option.synonym), textOf(first->synonym)) << both;
      // --size is the zoo's and the what-if's: pixels in both.
      EXPECT_EQ(textOf(option.value), textOf(first->value)) << both;
      EXPECT_EQ(option.takes, first->takes) << both;
      EXPECT_EQ(option.choices.size(), first->choices.size()) << both;
    }
  EXPECT_GT(shared, 20u);
}

TEST_F(Vocabulary, ShortNamesMeanOneThing) {
  std::map<std::string, std::string> longNames;
  for (const Subcommand *subcommand : allSubcommands())
    for (const Option &option : subcommand->options) {
      if (!option.alias)
        continue;
      if (std::string(option.alias) == "-o") { // Where the result goes.
        EXPECT_THAT(option.takes, testing::AnyOf(Takes::OutputBytes, Takes::OutputFolder))
            << subcommand->name;
      } else {
        EXPECT_EQ(longNames.try_emplace(option.alias, option.name).first->second, option.name)
            << subcommand->name;
      }
    }
  for (const char *name : {"compile", "run", "detect", "eval", "zoo"})
    EXPECT_THAT(succeed(std::string("help ") + name), HasSubstr("  -o, --")) << name;
}

TEST_F(Vocabulary, ClassesIsAnotherNameOfNames) {
  writeModel();
  std::string names;
  for (int i = 0; i < 80; ++i)
    names += "class " + std::to_string(i) + "\n";
  write("names.txt", names);
  succeed("compile model.onnx --no-fidelity --names names.txt -o names.bst");
  succeed("compile model.onnx --no-fidelity --classes=names.txt -o classes.bst");
  EXPECT_EQ(read("names.bst"), read("classes.bst"));
  EXPECT_THAT(succeed("inspect classes.bst"), HasSubstr("class 0, class 1, "));
  const Outcome twice = bstc("detect names.bst a.png --names a --classes b");
  EXPECT_EQ(twice.code, 2);
  EXPECT_THAT(twice.err, HasSubstr("'--classes' is given twice"));
}

TEST_F(Vocabulary, HelpOfASubcommandIsItsHelp) {
  EXPECT_EQ(succeed("help"), succeed("--help"));
  EXPECT_EQ(succeed("help help"), succeed("--help"));
  for (const Subcommand *subcommand : allSubcommands())
    EXPECT_EQ(succeed(std::string("help ") + subcommand->name),
              succeed(subcommand->name + std::string(" --help")));
  const Outcome unknown = bstc("help compil");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'compile'?"));
  EXPECT_EQ(bstc("help compile run").code, 2);
}

struct Foreign {
  const char *file, *what, *command;
};

/// Files of other tools' formats, known by their names, with what their documentation says.
constexpr Foreign foreign[] = {
    {"best.pt", "a PyTorch checkpoint", "python export.py --weights best.pt --include onnx"},
    {"NET.PTH", "a PyTorch checkpoint", "yolo export model=best.pt format=onnx"},
    {"net.tflite", "a TensorFlow Lite model", "python -m tf2onnx.convert"},
    {"net.engine", "a TensorRT engine", "python export.py"},
    {"net.xml", "an OpenVINO model", "torch.onnx.export"},
    {"net.h5", "a Keras model", "python -m tf2onnx.convert"},
    {"net.pb", "a TensorFlow graph", "--graphdef"},
};

TEST_F(Vocabulary, ModelsOfOtherToolsAreToldHowToExport) {
  write("in.npy", "");
  std::filesystem::create_directory(path("photos"));
  write("photos/a.png", "");
  for (const Foreign &model : foreign) {
    write(model.file, "what it is does not matter");
    const std::string file = model.file;
    for (const std::string &arguments :
         {"compile " + file, "profile " + file, "inspect " + file, "run " + file + " -i in.npy",
          "detect " + file + " photos"}) {
      const Outcome outcome = bstc(arguments);
      expectOneLineError(outcome);
      EXPECT_THAT(outcome.err, AllOf(HasSubstr(file + ": is " + model.what), HasSubstr("to ONNX"),
                                     HasSubstr(model.command)))
          << arguments;
    }
    const Outcome alone = bstc(file);
    EXPECT_EQ(alone.code, 2);
    EXPECT_THAT(alone.err, AllOf(HasSubstr("unknown subcommand '" + file + "'"),
                                 HasSubstr(model.what), HasSubstr(model.command)));
  }
}

TEST_F(Vocabulary, ForeignContentsAreKnownWhateverTheName) {
  write("zip.onnx", std::string("PK\3\4\0\0\0\0archive/data.pkl", 24));
  write("lite.onnx", std::string("\x1c\0\0\0TFL3\0\0\0\0", 12));
  EXPECT_THAT(bstc("compile zip.onnx").err, HasSubstr("zip.onnx: is a PyTorch checkpoint"));
  write("other.zip", std::string("PK\3\4\0\0\0\0notes.txt", 17));
  EXPECT_THAT(bstc("compile other.zip").err, Not(HasSubstr("PyTorch")));
  write("core.mlmodel", std::string("\x08\4\x12\0", 4));
  EXPECT_THAT(bstc("compile core.mlmodel").err,
              HasSubstr("core.mlmodel: is a model of another tool, which bstc does not read; "));
  write("net.plan", "x");
  EXPECT_THAT(bstc("compile net.plan").err,
              HasSubstr("is a TensorRT engine for one GPU, which bstc does not read; "));
  for (const char *missing : {"compile no.pt", "profile no.engine", "inspect no.mlmodel"})
    EXPECT_THAT(bstc(missing).err, AllOf(HasSubstr("No such file"), Not(HasSubstr("to ONNX"))));
  EXPECT_THAT(bstc("compile lite.onnx").err, HasSubstr("lite.onnx: is a TensorFlow Lite model"));
  writeModel();
  std::filesystem::rename(path("model.onnx"), path("model.pb")); // ONNX in it all the same.
  succeed("compile model.pb --no-fidelity");
}

TEST_F(Vocabulary, AModelInThePlaceOfASubcommandGetsOne) {
  write("a b.onnx", "");
  for (const auto &[file, command] : {std::pair("model.onnx", "'bstc compile model.onnx'"),
                                      {"model.bst", "'bstc profile model.bst'"}}) {
    const Outcome outcome = bstc(file);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(command));
  }
}

class Stdout : public ToolTest {
protected:
  Stdout() {
    writePackage();
    writeInput();
    std::filesystem::create_directory(path("photos"));
    std::filesystem::create_directory(path("photos/images"));
    std::filesystem::create_directory(path("photos/labels"));
    std::filesystem::copy("../examples/street.jpg", path("photos/images/a.jpg"));
    write("photos/labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
  }
};

TEST_F(Stdout, GetsAllThatAFileWouldAndNothingElse) {
  for (const std::string &start :
       {std::string("compile model.onnx -o other.bst --json "),
        std::string("inspect model.bst --json "), std::string("inspect model.bst --tiles --json "),
        std::string("run model.bst -i in.npy --strict --json "), std::string("targets --json "),
        std::string("targets bst-a1000b0 --json "),
        std::string("detect model.bst photos/images --conf 0.0001 --json "),
        std::string("profile model.bst --json "), std::string("profile model.bst --csv "),
        std::string("profile model.bst --trace "), std::string("profile model.bst --html "),
        std::string("profile --compare model.bst model.bst --json "),
        std::string("zoo yolov5n --size 32 -o "),
        std::string("compile model.onnx --no-fidelity -o ")}) {
    succeed(start + "file");
    EXPECT_EQ(succeed(start + "-"), read("file")) << start;
    EXPECT_GT(read("file").size(), 100u) << start;
  }
  EXPECT_FALSE(files().count("-"));
}

TEST_F(Stdout, GetsTheFiguresOfAnEvaluation) {
  // Its times differ from run to run.
  const std::string out = succeed("eval model.bst --data photos --json -");
  const JsonReader json(out);
  EXPECT_EQ(json.number("pictures"), 1);
  EXPECT_THAT(out, testing::StartsWith("{\n"));
  EXPECT_FALSE(files().count("-"));
}

TEST_F(Stdout, OfAnEvaluationHasTheNamesThatAreGiven) {
  std::string names;
  for (int i = 0; i < 80; ++i)
    names += "thing " + std::to_string(i) + "\n";
  write("names.txt", names);
  const std::string start = "eval model.bst --data photos --max-det 7 --json - --names ";
  const JsonReader json(succeed(start + "names.txt"));
  EXPECT_EQ(json.text("models.0.boxes.classes.0.name"), "thing 0");
  EXPECT_EQ(json.number("max_detections"), 7);
  const Outcome few = bstc(start + "a,b");
  expectOneLineError(few);
  EXPECT_THAT(few.err, HasSubstr("a,b has 2 names, but the network has 80 classes"));
  EXPECT_THAT(bstc("eval model.onnx --data . --names a,").err, HasSubstr("a, has 1 name, but"));
}

TEST_F(Stdout, IsNoFolder) {
  for (const std::string &arguments :
       {std::string("detect model.bst photos --txt -"), std::string("detect model.bst photos -o -"),
        std::string("run model.bst -i in.npy -o -"),
        std::string("eval model.bst --data photos --plots -")}) {
    const Outcome outcome = bstc(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr("is a folder for several files")) << arguments;
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_FALSE(files().count("-"));
}

TEST_F(Stdout, TakesOneFile) {
  const Outcome outcome = bstc("profile model.bst --json - --csv -");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--json and --csv cannot both go to stdout"));
  EXPECT_EQ(bstc("compile model.onnx -o - --json -").code, 2);
}

TEST_F(Stdout, ThatIsFullIsAnError) {
  const Outcome outcome = shell("$BSTC detect model.bst photos/images --json - > /dev/full");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("stdout"), HasSubstr("No space left")));
}

TEST_F(Stdout, LeavesWarningsOnStderr) {
  write("photos/images/bad.png", "no picture");
  const Outcome outcome = bstc("detect model.bst photos/images --conf 1 --json -");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("bstc: warning: "));
  EXPECT_EQ(JsonReader(outcome.out).size(""), 0u); // The other picture: nothing is found in it.
}

} // namespace
} // namespace bstc::test
