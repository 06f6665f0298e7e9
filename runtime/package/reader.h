#ifndef BST_RUNTIME_PACKAGE_READER_H
#define BST_RUNTIME_PACKAGE_READER_H

#include "runtime/package/format.h"
#include "runtime/program/program.h"
#include "runtime/program/self_test.h"

namespace bst {

/// Decodes the package in `bytes` (64-byte aligned) into a program whose weights point into
/// `bytes`. Trusts nothing; checks header, version, length, hash and form, not what the program
/// means (verifyProgram). Errors: UnsupportedVersion, CorruptPackage.
Status readPackage(std::span<const std::byte> bytes, PackageHeader &header, Program &program,
                   SelfTest &selfTest);

} // namespace bst

#endif // BST_RUNTIME_PACKAGE_READER_H
