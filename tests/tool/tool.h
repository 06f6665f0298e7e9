#ifndef BSTC_TESTS_TOOL_TOOL_H
#define BSTC_TESTS_TOOL_TOOL_H

#include "llvm/ADT/StringRef.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

namespace bstc::test {

/// What a run of the tool left behind.
struct Outcome {
  int code = -1; ///< Exit code; -1 where a signal ended it.
  std::string out, err;
};

/// A folder of its own for each test, in which the tool runs.
class ToolTest : public testing::Test {
protected:
  ToolTest();
  ~ToolTest() override;

  /// Runs "bstc ARGUMENTS"; arguments are separated by single spaces.
  Outcome bstc(const std::string &arguments) const;
  /// Starts "bstc ARGUMENTS" with its output thrown away; returns its process.
  pid_t start(const std::string &arguments) const;
  /// Waits until a file whose name ends so is in the folder and not empty, or the process ends.
  void waitForFile(const std::string &suffix, pid_t process) const;
  /// Runs a line of the shell in which $BSTC is the tool.
  Outcome shell(const std::string &line) const;
  /// The same, which must succeed without a word on stderr; returns what it printed.
  std::string succeed(const std::string &arguments) const;

  /// A small network of the zoo as model.onnx (64x64 pixels; further options may follow).
  void writeModel(const std::string &options = "") const;
  /// model.onnx, compiled to model.bst.
  void writePackage() const;
  /// An input for it: 1x3x64x64 values between 0 and 1.
  void writeInput(const std::string &name = "in.npy") const;

  std::filesystem::path path(const std::string &name) const { return folder / name; }
  std::string read(const std::string &name) const;
  void write(const std::string &name, const std::string &contents) const;
  /// Names of everything in the folder, recursively.
  std::set<std::string> files() const;

private:
  std::filesystem::path folder;
};

/// The values of the small network's input.
std::vector<float> inputValues();

/// Nothing but one line "bstc: error: ... [BST1234]" on stderr, and exit code 1.
void expectOneLineError(const Outcome &outcome);

} // namespace bstc::test

#endif // BSTC_TESTS_TOOL_TOOL_H
