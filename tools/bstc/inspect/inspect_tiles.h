#ifndef BSTC_TOOLS_BSTC_INSPECT_INSPECT_TILES_H
#define BSTC_TOOLS_BSTC_INSPECT_INSPECT_TILES_H

#include "runtime/program/program.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// "3 4 7"; "-" for none.
std::string indexList(llvm::ArrayRef<uint32_t> indices);

/// Every operation of the tile program: its queue, commands, slices with their places, bytes and
/// what it waits for.
void printTiles(const bst::Program &program, llvm::raw_ostream &stream);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_INSPECT_INSPECT_TILES_H
