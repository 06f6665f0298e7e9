#ifndef BST_RUNTIME_VERIFY_VERIFY_H
#define BST_RUNTIME_VERIFY_VERIFY_H

#include "runtime/program/limits.h"
#include "runtime/program/program.h"
#include "runtime/program/self_test.h"
#include "runtime/support/status.h"

namespace bst {

/// Every semantic check on a program, whoever made it: tensor shapes, sizes and offsets (overflow
/// safe), arena and weight bounds, alignment, indices, acyclic dependencies, that a command reads
/// only what an earlier one wrote and nothing overwrote, and for each command the number, dtype,
/// layout and shape of its tensors against its parameters; that a run stays within `limits`. After
/// Ok, a device may execute it without further checks. The message names the tensor or command and
/// the field.
///
/// A tensor with the offset and size of a written one counts as written: that is how reshapes
/// alias. A command's output overlaps none of its inputs. Not checked: that an int32 accumulator of
/// MACA cannot overflow (the compiler refuses such convolutions), and where in memory `weights`
/// lies (Package checks its alignment).
Status verifyProgram(const Program &program, const Limits &limits = {});

/// That panels in the weights are filled up with zeros (Layout): kernels multiply the fill with
/// what happens to lie there. Apart from verifyProgram since it reads the weights. The program is
/// verified.
Status verifyWeights(const Program &program);

/// Has every input that the test brings its tensor's size? \p code where not.
Status verifySelfTestInputs(const Program &program, const SelfTest &test, StatusCode code);

/// Does the test belong to the program: as many checksums and inputs, of the right sizes?
/// CorruptPackage where not. One without checksums is none, and fine.
Status verifySelfTest(const Program &program, const SelfTest &test);

} // namespace bst

#endif // BST_RUNTIME_VERIFY_VERIFY_H
