// Programs made by hand: every kind of command (suppression and the decode too), metadata of
// pictures, tile operations, self-tests of both kinds.
#include "tests/hostile/attempt.h"
#include "tests/hostile/subjects.h"
#include "tests/runtime/test_programs.h"

namespace bst::testing {

std::vector<Subject> subjects() {
  constexpr size_t sample = 20000; // All of them.
  return {{"small", packageOf(smallProgram().program), sample},
          {"tiled", packageWithSelfTest(tiledProgram().program, true), sample},
          {"complete", packageWithSelfTest(completeProgram().program, false), sample}};
}

} // namespace bst::testing
