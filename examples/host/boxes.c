#include "boxes.h"

static float overlap(const box *a, const box *b) {
  const float x1 = a->x1 > b->x1 ? a->x1 : b->x1, x2 = a->x2 < b->x2 ? a->x2 : b->x2;
  const float y1 = a->y1 > b->y1 ? a->y1 : b->y1, y2 = a->y2 < b->y2 ? a->y2 : b->y2;
  const float both = x2 > x1 && y2 > y1 ? (x2 - x1) * (y2 - y1) : 0;
  return both / ((a->x2 - a->x1) * (a->y2 - a->y1) + (b->x2 - b->x1) * (b->y2 - b->y1) - both);
}

/* The row as a box with its best class; a score of 0 where it is below the confidence. */
static box box_of(const float *row, const bst_decode_info *decode) {
  box found = {
      row[0] - row[2] / 2, row[1] - row[3] / 2, row[0] + row[2] / 2, row[1] + row[3] / 2, 0, 0};
  uint32_t c;
  if (!(row[4] > decode->nms_confidence))
    return found;
  for (c = 0; c < decode->classes; ++c)
    if (row[4] * row[5 + c] > found.score) {
      found.score = row[4] * row[5 + c];
      found.category = c;
    }
  if (!(found.score > decode->nms_confidence))
    found.score = 0;
  return found;
}

/* Is it better than all that are left, and not said by one that was taken? Looking through all rows
 * for each box is slow and needs no memory: detections are few. */
size_t boxes_best(const float *predictions, const bst_tensor_info *output,
                  const bst_decode_info *decode, box *kept, size_t most) {
  const size_t rows = (size_t)output->shape[1], width = (size_t)output->shape[2];
  size_t count = 0;
  while (count < most) {
    box best = {0, 0, 0, 0, 0, 0};
    size_t row, k;
    for (row = 0; row < rows; ++row) {
      const box candidate = box_of(predictions + row * width, decode);
      if (!(candidate.score > best.score))
        continue;
      for (k = 0; k < count; ++k)
        if ((decode->nms_class_agnostic || kept[k].category == candidate.category) &&
            overlap(&kept[k], &candidate) > decode->nms_iou)
          break;
      if (k == count)
        best = candidate;
    }
    if (!(best.score > 0))
      break;
    kept[count++] = best;
  }
  return count;
}

size_t boxes_listed(const float *const parts[4], box *kept, size_t most) {
  const size_t listed = (size_t)parts[3][0], count = listed < most ? listed : most;
  size_t i;
  for (i = 0; i < count; ++i) {
    const float *corners = parts[0] + 4 * i;
    box found = {corners[0], corners[1],  corners[2],
                 corners[3], parts[1][i], (uint32_t)parts[2][i]};
    kept[i] = found;
  }
  return count;
}
