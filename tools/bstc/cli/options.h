#ifndef BSTC_TOOLS_BSTC_CLI_OPTIONS_H
#define BSTC_TOOLS_BSTC_CLI_OPTIONS_H

// The options that several subcommands share: one name, one kind of value, one meaning. A
// subcommand lists them in its table, with words of its own where it has a default of its own
// (saying()). Everywhere, `-o` is where the result goes, and "-" in place of a file is stdout: what
// people read is then left out.
#include "tools/bstc/cli/arguments.h"

namespace bstc::option {

/// The same option with another text.
constexpr Option saying(Option option, const char *help) {
  option.help = help;
  return option;
}

/// The result as one file of bytes (compile, zoo).
constexpr Option output = {"--output", "-o", "FILE", "", false, Takes::OutputBytes};
/// The results as files in a folder (run, detect, eval): its name says of what, -o is the same.
constexpr Option outputFolder(const char *name, const char *help) {
  return {name, "-o", "DIR", help, false, Takes::OutputFolder};
}

constexpr Option json = {"--json",
                         nullptr,
                         "FILE",
                         "Write the same as data (docs/json.md). With - in place of FILE: to "
                         "stdout, and nothing else goes there.",
                         false,
                         Takes::OutputFile};

constexpr Option target = {"--target",
                           nullptr,
                           "NAME|FILE",
                           "Device to compile an ONNX file for: a name that 'bstc targets' lists, "
                           "or a description of your own (default: bst-a1000b0).",
                           false,
                           Takes::Target};
constexpr Option set = {
    "--set", nullptr, "FIELD=VALUE",
    "Change a number of the device, as dram_gbps=12.8 (docs/targets.md); may be repeated.", true};
constexpr Option noRecogniseDecode = {
    "--no-recognise-decode", nullptr, nullptr,
    "Keep the YOLOv5 decode as plain float operators: slower, the same numbers (ONNX files only)."};

constexpr Option threads = {"--threads", "-j", "N",
                            "Host threads (default: 1). Results do not depend on it."};
constexpr Option device = {
    "--device",
    nullptr,
    "NAME|FILE",
    "What to run on: 'simulator' (default), or the shared library of a driver (bst/device.h).",
    false,
    Takes::File};
constexpr Option deviceOptions = {
    "--device-options", nullptr, "TEXT",
    "Passed on to the driver; the simulator's: isa=NAME (scalar, avx2, ...), frames=N (that it "
    "takes at a time), or both with a comma."};

constexpr Option names = {
    "--names",
    nullptr,
    "FILE|LIST",
    "Names of the classes: a file with one per line, a dataset's .yaml, or names with commas "
    "between them (default: the package's, or COCO's for 80 classes). --classes is the same.",
    false,
    Takes::File,
    {},
    "--classes"};

constexpr Option conf = {"--conf", nullptr, "SCORE",
                         "Objects need a score above this, from 0 to 1."};
constexpr Option iou = {"--iou", nullptr, "OVERLAP",
                        "Of two boxes of a class that overlap by more than this, from 0 to 1, the "
                        "better one stays."};
constexpr Option maxDet = {"--max-det", nullptr, "N", "Objects of a picture, at most."};

} // namespace bstc::option

#endif // BSTC_TOOLS_BSTC_CLI_OPTIONS_H
