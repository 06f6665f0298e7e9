/* Pictures for the host examples: reading a PPM file, and making a network's input of it. */
#ifndef EXAMPLES_PICTURE_H
#define EXAMPLES_PICTURE_H

#include <bst/bst.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct picture {
  int width, height;
  unsigned char *pixels; /* RGB, rows after each other. */
} picture;

/* Reads a binary PPM (P6, 8 bits). 0 where it cannot, with the reason on stderr. */
int picture_read(const char *path, picture *to);
void picture_free(picture *of);

/* Where the picture lies in the input: input = picture * gain + left (or top). */
typedef struct placement {
  double gain_x, gain_y, left, top;
} placement;

/* Fills `input` (a rank-4 f32 tensor, in `data`) with the picture as the package says. 0 where the
 * picture's size is wrong and must be exact. */
int picture_prepare(const picture *from, const bst_preprocess_info *how,
                    const bst_tensor_info *input, float *data, placement *where);

#ifdef __cplusplus
}
#endif

#endif
