#ifndef BST_RUNTIME_PACKAGE_PICTURE_H
#define BST_RUNTIME_PACKAGE_PICTURE_H

#include "runtime/package/params.h"
#include "runtime/program/picture.h"

// What the package says about its pictures, both directions side by side. Internal to the runtime;
// heavy: included from the package's .cpp files only.
namespace bst {

flatbuffers::Offset<fb::Decode> packDecode(PackageBuilder &builder, const DecodeInfo &decode);
void readDecode(const fb::Decode &from, PackageCopier &copier, DecodeInfo &decode);

using PreprocessList = flatbuffers::Vector<flatbuffers::Offset<fb::Preprocess>>;
flatbuffers::Offset<PreprocessList> packPreprocess(PackageBuilder &builder,
                                                   const std::vector<Preprocess> &list);
void readPreprocess(const PreprocessList &from, PackageCopier &copier,
                    std::vector<Preprocess> &list);

} // namespace bst

#endif // BST_RUNTIME_PACKAGE_PICTURE_H
