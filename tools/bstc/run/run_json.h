#ifndef BSTC_TOOLS_BSTC_RUN_RUN_JSON_H
#define BSTC_TOOLS_BSTC_RUN_RUN_JSON_H

#include "tools/bstc/run/run_outputs.h"
#include "tools/bstc/run/run_timings.h"

namespace bstc {

/// What 'bstc run' says of a run of the file `model`, as JSON (docs/json.md describes it; keep the
/// two together). `outputs` and `timings` are null where no files were written and no times asked
/// for; `strict`: the tiles ran, too, with equal outputs.
std::string runJson(llvm::StringRef model, const bst::ProgramSession &session,
                    const RunOutputs *outputs, const RunTimings *timings, bool strict);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_RUN_RUN_JSON_H
