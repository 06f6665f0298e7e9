#ifndef BSTC_PARTITIONER_REUSE_H
#define BSTC_PARTITIONER_REUSE_H

#include "runtime/program/tiles.h"

namespace bstc {

/// For each operation that writes on chip: the last operation of each queue that uses the place, of
/// one frame. The operation of the next frame must wait for them. Places are told apart by blocks
/// of 1/2048 of a memory (at least 64 bytes), so neighbours may be taken for users.
std::vector<std::vector<uint32_t>> lastUsersOfPlaces(const bst::TileProgram &tiles);

} // namespace bstc

#endif // BSTC_PARTITIONER_REUSE_H
