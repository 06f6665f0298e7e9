#ifndef BSTC_TOOLS_BSTC_INSPECT_INSPECT_PICTURES_H
#define BSTC_TOOLS_BSTC_INSPECT_INSPECT_PICTURES_H

namespace bst {
struct Program;
}
namespace llvm {
class raw_ostream;
}

namespace bstc {

/// Prints what a package says about its pictures: preprocessing, decode, class names, NMS.
void printPictures(const bst::Program &program, llvm::raw_ostream &out);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_INSPECT_INSPECT_PICTURES_H
