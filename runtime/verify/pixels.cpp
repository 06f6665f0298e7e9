// The commands that take pictures of 8-bit pixels.
#include "runtime/verify/checks.h"

namespace bst {

constexpr size_t tableEntries = 3 * 256;

// Bytes of pixels, which stand for nothing but themselves.
static bool isPicture(CommandCheck &c, const Tensor &t) {
  return c.require(t.layout == Layout::Picture, "{} is laid out {}, expected picture", c.label(t),
                   layoutName(t.layout));
}

bool checkPicture(CommandCheck &c) {
  const auto &p = c.params<PictureParams>();
  return isPicture(c, c.in(0)) && c.featureMap(c.out()) &&
         c.countIs("tables", p.tables.size(), tableEntries, "3 x 256") &&
         c.inRange("block", p.block, 1, mostBlock) && hasBlocksOf(c, c.in(0), c.out(), p.block);
}

bool checkFloatPicture(CommandCheck &c) {
  const auto &p = c.params<FloatPictureParams>();
  return isPicture(c, c.in(0)) && c.floating(c.out()) && c.sameShape(c.in(0), c.out()) &&
         c.countIs("table", p.table.size(), tableEntries, "3 x 256");
}

bool checkNv12(CommandCheck &c) {
  const Tensor &x = c.in(0), &y = c.out();
  for (const Tensor *t : {&x, &y})
    if (!c.require(t->dtype == DType::U8 && t->layout == Layout::RowMajor,
                   "{} is {} {}, expected u8 row_major", c.label(*t), dtypeName(t->dtype),
                   layoutName(t->layout)))
      return false;
  return c.rankIs(x, 3) && c.rankIs(y, 4) &&
         c.require(y.shape[1] % 2 == 0 && y.shape[2] % 2 == 0,
                   "{} has shape {}, expected even rows and columns", c.label(y), y.shape) &&
         c.shapeIs(y, {x.shape[0], y.shape[1], x.shape[2], 3}) &&
         c.require(int64_t(x.shape[1]) * 2 == int64_t(y.shape[1]) * 3,
                   "{} has shape {}, expected 3 rows for 2 of {}", c.label(x), x.shape, c.label(y));
}

} // namespace bst
