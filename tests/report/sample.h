#ifndef BSTC_TESTS_REPORT_SAMPLE_H
#define BSTC_TESTS_REPORT_SAMPLE_H

#include "tools/bstc/profile/report.h"

namespace bstc::test {

/// A profile of three commands (a convolution, SiLU, dequantisation), made by hand: no two numbers
/// are equal, so that one column that shows another is seen. It is of no network: only what reports
/// do with numbers is tested with it. 500, 250 and 1000 MHz; a frame takes 200 us alone, and in the
/// steady state one comes every 125 us (8000 FPS).
struct SampleProfile {
  bst::Program program;
  Target target;
  CostReport cost;
  std::optional<FpsRange> range;
  Timeline frames;
  std::optional<FusedAdds> fusedAdds;
  Assumptions assumptions;
  Outlook outlook;
  SampleProfile();
  Profile profile() const {
    return {program, target, cost, range, frames, fusedAdds, assumptions, {}, outlook};
  }
};

/// Lines of a text, each run of spaces as one: what is in the cells, not how they are aligned.
std::vector<std::string> linesOf(llvm::StringRef text);

} // namespace bstc::test

#endif // BSTC_TESTS_REPORT_SAMPLE_H
