// Programs made by hand: every kind of command, tile operations.
#include "tests/hostile/subjects.h"
#include "tests/runtime/test_programs.h"

namespace bst::testing {

std::vector<Subject> subjects() {
  constexpr size_t sample = 20000; // All of them.
  return {{"small", packageOf(smallProgram().program), sample},
          {"tiled", packageOf(tiledProgram().program), sample},
          {"complete", packageOf(completeProgram().program), sample}};
}

} // namespace bst::testing
