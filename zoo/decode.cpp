#include "zoo/decode.h"

namespace bstc::zoo {
namespace {

using Value = OnnxBuilder::Value;

/// [1, 3, cells, cells, 2]: the cell's column and row less a half.
std::vector<float> cellGrid(int cells) {
  std::vector<float> grid;
  grid.reserve(static_cast<size_t>(anchorsPerLevel) * cells * cells * 2);
  for (int anchor = 0; anchor < anchorsPerLevel; ++anchor)
    for (int y = 0; y < cells; ++y)
      for (int x = 0; x < cells; ++x) {
        grid.push_back(static_cast<float>(x) - 0.5F);
        grid.push_back(static_cast<float>(y) - 0.5F);
      }
  return grid;
}

/// [1, 3, cells, cells, 2]: the anchor's width and height, pixels, at every cell.
std::vector<float> anchorGrid(int level, int cells) {
  std::vector<float> grid;
  grid.reserve(static_cast<size_t>(anchorsPerLevel) * cells * cells * 2);
  for (const std::array<float, 2> &anchor : anchorsOfLevel(level))
    for (int cell = 0; cell < cells * cells; ++cell)
      grid.insert(grid.end(), anchor.begin(), anchor.end());
  return grid;
}

} // namespace

DecodeWriter::DecodeWriter(OnnxBuilder &builder, llvm::StringRef scope, int valuesPerAnchor)
    : builder(builder), scope(scope), valuesPerAnchor(valuesPerAnchor) {}

void DecodeWriter::level(int index, const Value &x, int cells, int stride) {
  constexpr int64_t valueAxis = 4;
  bool hasMasks = valuesPerAnchor > boxValues + classes;
  auto scalar = [&](float value) { return builder.floatConstant(scope, {}, value); };

  Value map = builder.reshape(scope, x, {1, anchorsPerLevel, valuesPerAnchor, cells, cells});
  map = builder.transpose(scope, map, {0, 1, 3, 4, 2});
  // Detect takes the sigmoid of everything and splits; Segment must keep its masks out of it.
  if (!hasMasks)
    map = builder.sigmoid(scope, map);
  llvm::SmallVector<int64_t, 4> sizes = {2, 2, classes + 1};
  if (hasMasks)
    sizes.push_back(masks);
  if (splitSizes.empty())
    splitSizes = builder.intConstant("", {static_cast<int64_t>(sizes.size())}, sizes);
  auto parts = builder.split(scope, map, splitSizes, sizes.size(), valueAxis);
  auto probability = [&](const Value &part) {
    return hasMasks ? builder.sigmoid(scope, part) : part;
  };

  llvm::SmallVector<int64_t, 5> gridShape = {1, anchorsPerLevel, cells, cells, 2};
  Value xy = probability(parts[0]);
  xy = builder.mul(scope, xy, scalar(2));
  xy = builder.add(scope, xy, builder.floatConstant(scope, gridShape, cellGrid(cells)));
  xy = builder.mul(scope, xy, scalar(static_cast<float>(stride)));
  Value wh = probability(parts[1]);
  wh = builder.mul(scope, wh, scalar(2));
  wh = builder.pow(scope, wh, scalar(2));
  wh = builder.mul(scope, wh, builder.floatConstant(scope, gridShape, anchorGrid(index, cells)));
  parts[2] = probability(parts[2]);
  parts[0] = xy;
  parts[1] = wh;
  Value boxes = builder.concat(scope, parts, valueAxis);
  int64_t count = int64_t{anchorsPerLevel} * cells * cells;
  levels.push_back(builder.reshape(scope, boxes, {1, count, valuesPerAnchor}));
}

void DecodeWriter::finish(llvm::StringRef name) {
  builder.concat(scope, levels, 1);
  builder.renameLast(name);
}

} // namespace bstc::zoo
