/* Boxes for the host examples: the best of YOLOv5's predictions, those that say the same dropped.
 */
#ifndef EXAMPLES_BOXES_H
#define EXAMPLES_BOXES_H

#include <bst/bst.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct box {
  float x1, y1, x2, y2; /* Pixels of the network's input. */
  float score;
  uint32_t category;
} box;

/* The best boxes of predictions [1, rows, 5 + classes + masks], at most `most`; returns how many.
 * Each row gives at most its best class (nms_multi_label is not looked at). */
size_t boxes_best(const float *predictions, const bst_tensor_info *output,
                  const bst_decode_info *decode, box *kept, size_t most);

/* The boxes that a network lists itself (BST_DETECTIONS; `parts`: boxes, scores, classes, count),
 * at most `most`; returns how many. */
size_t boxes_listed(const float *const parts[4], box *kept, size_t most);

#ifdef __cplusplus
}
#endif

#endif
