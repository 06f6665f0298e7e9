#ifndef BST_RUNTIME_PACKAGE_TILES_H
#define BST_RUNTIME_PACKAGE_TILES_H

#include "runtime/package/params.h"
#include "runtime/support/status.h"

// bst::TileProgram <-> package.fbs, both directions side by side. Internal to the runtime.
namespace bst {

struct TileProgram;

/// Null where there are no operations.
flatbuffers::Offset<fb::Tiles> packTiles(PackageBuilder &builder, const TileProgram &tiles);
/// Errors: CorruptPackage where the lists do not have as many elements as the operations ask for.
Status readTiles(const fb::Tiles &from, PackageCopier &copier, TileProgram &to);

} // namespace bst

#endif // BST_RUNTIME_PACKAGE_TILES_H
