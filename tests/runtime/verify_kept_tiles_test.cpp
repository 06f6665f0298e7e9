// What the verifier says of frames that share the memories, and of constants that stay on chip.
#include "tests/runtime/verify_cases.h"

namespace bst::testing {

TEST(VerifyKeptTiles, FramesAndConstantsThatStay) {
  expectRefusals(tiledProgram(),
                 {
                     {[](Program &p) { p.tiles.contexts = 0; }, "0 frames at one time"},
                     {[](Program &p) { p.tiles.contexts = 65; }, "65 frames at one time"},
                     {[](Program &p) { p.tiles.once = uint32_t(p.tiles.ops.size()) + 1; },
                      "operations are done once"},
                     {[](Program &p) { p.tiles.keptBytes = p.tiles.weightBytes + 1; },
                      "operations are done once, for 1025 bytes, which there are not"},
                     {[](Program &p) { p.tiles.once = 1; },
                      "operation 0 does not keep to the constants that stay"},
                     {[](Program &p) { p.tiles.keptBytes = 64; },
                      "operation 2 does not keep to the constants that stay"},
                     // Half of the memory is another frame's.
                     {[](Program &p) {
                        p.tiles.weightBytes = 448;
                        p.tiles.contexts = 2;
                      },
                      "the memory has 192 bytes"},
                 });
}

} // namespace bst::testing
