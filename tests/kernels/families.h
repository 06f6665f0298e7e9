#ifndef BSTC_TESTS_KERNELS_FAMILIES_H
#define BSTC_TESTS_KERNELS_FAMILIES_H

#include "tests/kernels/problem.h"

/// One function per command, each beside its generator and builder in problems_*.cpp.
namespace bst::problems {

Family convFamily();
Family lutFamily();
Family addFamily();
Family mulFamily();
Family concatFamily();
Family maxPoolFamily();
Family resizeFamily();
Family quantizeFamily();
Family dequantizeFamily();
Family floatConvFamily();
Family floatUnaryFamily();
Family floatBinaryFamily();
Family transposeFamily();
Family sliceFamily();
Family floatConcatFamily();
Family floatPoolFamily();
Family floatResizeFamily();
Family softmaxFamily();
Family matMulFamily();
Family yoloDecodeFamily();
Family averagePoolFamily();
Family floatPadFamily();
Family lrnFamily();
Family nmsFamily();
Family pictureFamily();
Family floatPictureFamily();
Family nv12Family();
Family detectFamily();

} // namespace bst::problems

#endif // BSTC_TESTS_KERNELS_FAMILIES_H
