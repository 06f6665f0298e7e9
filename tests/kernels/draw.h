#ifndef BSTC_TESTS_KERNELS_DRAW_H
#define BSTC_TESTS_KERNELS_DRAW_H

#include "tests/kernels/problem.h"

/// What problems of several families are made of.
namespace bst::problems {

// Drawing fields.

/// An 8-bit type. \p count of them.
std::vector<DType> drawTypes(Rng &rng, size_t count);
/// A zero point of `dtype`: often in the middle or at an end of its range.
int64_t drawZeroPoint(Rng &rng, DType dtype);
/// Field `shift` (see makeRequant): 0 in half of the problems, the limits often.
int64_t drawShift(Rng &rng);
/// Field `data` (see makeQuantised).
int64_t drawDataMode(Rng &rng);
/// A shape of the given rank with at most about `budget` elements, odd extents included.
std::vector<int64_t> drawShape(Rng &rng, size_t rank, int64_t budget);
/// Kernel, stride, dilation and pads such that every output extent is >= 1; `covered`: and every
/// window touches the input, as pools need.
void drawWindow(Problem &problem, Rng &rng, int64_t height, int64_t width, bool covered);
/// Elements that a problem may have: mostly small ones.
int64_t drawBudget(Rng &rng);

// Fields that families share.

std::vector<Field> windowFields();
std::vector<Field> operator+(std::vector<Field> a, const std::vector<Field> &b);
Field seedField();  ///< Of the data.
Field clampField(); ///< 0: whole range, 1: ReLU, 2: an upper bound too, 3: any two bounds.
Field shiftField(); ///< 0: realistic ratios; else the shift, with any multipliers.
Field dataField();  ///< 0: whole range, 1: only the two ends, 2: only the end further from zero.
Field zeroPointField(const char *name);
Field shapeField(const char *name, std::vector<int64_t> fallback, size_t longest);

// From fields to parameters and data.

/// Checks that the types are as `pattern` says, a letter each: q 8-bit, f float, * any.
std::string checkTypes(const Problem &problem, const std::string &pattern);
Window windowOf(const Problem &problem);
/// The extent of an output axis; below 1 where the window does not fit.
int64_t windowedExtent(int64_t extent, int64_t padBefore, int64_t padAfter, int64_t kernel,
                       int64_t stride, int64_t dilation);
/// {n, c, oh, ow} of a window over {n, ., h, w}; an error where it does not fit.
std::string windowedShape(const Problem &problem, const std::vector<int64_t> &input,
                          int64_t channels, std::vector<int64_t> &output);
/// The same of a pool over map `d`, of the types that `pattern` says.
std::string pooledShape(const Problem &problem, const std::string &pattern,
                        std::vector<int64_t> &output);
/// 0: derived from `ratio`; else this shift and a multiplier from anywhere in its range.
Requant makeRequant(Rng &rng, int64_t shift, double ratio);
struct Bounds {
  int32_t lo, hi;
};
Bounds makeClamp(Rng &rng, int64_t mode, DType dtype, int64_t zeroPoint);
/// Stored values (bit patterns) of an 8-bit tensor.
std::vector<uint8_t> makeQuantised(Rng &rng, size_t count, DType dtype, int64_t zeroPoint,
                                   int64_t mode);
std::vector<float> makeFloats(Rng &rng, size_t count, double lo, double hi);
/// A scale between 2^-9 and 1.
float makeScale(Rng &rng);
/// The shape that NumPy broadcasting makes of the two; false where they do not fit.
bool broadcastShape(std::vector<int64_t> a, std::vector<int64_t> b, std::vector<int64_t> &result);
int64_t product(const std::vector<int64_t> &values);
/// Nhwc for feature maps (rank 4), else RowMajor.
Layout mapLayout(const std::vector<int64_t> &shape);

} // namespace bst::problems

#endif // BSTC_TESTS_KERNELS_DRAW_H
