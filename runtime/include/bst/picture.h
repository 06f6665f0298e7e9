/* bst/picture.h: 8-bit pictures for networks that take them as they are (u8 [1, height, width, 3],
 * or NV12). Part of libbstrt.
 *
 *   bst_picture_of_input ─► bst_picture_place ─► bst_picture_write ─► run ─► bst_picture_boxes
 *
 * Nothing here allocates, or keeps state. What is written is pixel for pixel what `bstc detect` and
 * `bstc eval` give their networks.
 */
#ifndef BST_PICTURE_H
#define BST_PICTURE_H

#include <bst/bst.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How pixels lie in memory. */
typedef int32_t bst_pixels;
enum {
  BST_PIXELS_RGB = 0, /**< 3 bytes a pixel, red first. */
  BST_PIXELS_BGR = 1, /**< 3 bytes a pixel, blue first. */
  /** A row of Y for each row; for 2 x 2 pixels a U and a V, side by side. Y from 16 to 235, U and V
   * from 16 to 240 (ITU-R BT.601-7, 2.5.3; "limited" or "studio" range: most cameras and videos).
   * With y = Y - 16, u = U - 128, v = V - 128, and every quotient rounded, half up:
   *   R = (1220945 y + 1673555 v) / 2^20
   *   G = (1220945 y - 410793 u - 852458 v) / 2^20
   *   B = (1220945 y + 2115221 u) / 2^20
   *   Y = (269262 R + 528618 G + 102662 B) / 2^20 + 16
   *   U = (-155423 R - 305128 G + 460551 B) / 2^20 + 128
   *   V = (460551 R - 385654 G - 74897 B) / 2^20 + 128
   * cut off at 0 and 255; U and V are of the sums of four pixels, divided by 2^22. */
  BST_PIXELS_NV12 = 2,
  /** The same with Y, U and V from 0 to 255 ("full" range, as in JPEG):
   *   R = Y + 1470104 v / 2^20
   *   G = Y - (360853 u + 748826 v) / 2^20
   *   B = Y + 1858077 u / 2^20
   *   Y = (313524 R + 615514 G + 119538 B) / 2^20
   *   U = (-176932 R - 347356 G + 524288 B) / 2^20 + 128
   *   V = (524288 R - 439026 G - 85262 B) / 2^20 + 128 */
  BST_PIXELS_NV12_FULL = 3
};

/** Greatest width and height. */
#define BST_PICTURE_MAX 16777215

/** A picture in the caller's memory. */
typedef struct bst_picture {
  size_t struct_size;
  bst_pixels format;
  uint32_t width, height; /**< 1 to BST_PICTURE_MAX; of NV12 even. */
  /** The pixels; of NV12 Y, then UV. A second one of NULL: UV follows Y, as far apart. */
  void *planes[2];
  size_t strides[2]; /**< Bytes from row to row; 0: without a gap. */
} bst_picture;

/** Where a picture lies in a network's input. */
typedef struct bst_placement {
  size_t struct_size;
  uint32_t width, height;                 /**< Of the input, pixels. */
  uint32_t picture_width, picture_height; /**< Of the picture before. */
  uint32_t inner_width, inner_height;     /**< Of the picture in the input. */
  uint32_t left, top;                     /**< Its corner. */
  uint32_t resampling;                    /**< BST_RESAMPLE_*. */
  float gain_x, gain_y;                   /**< Input pixels per pixel of the picture, for boxes. */
  float pad_x, pad_y;                     /**< The picture's corner, for boxes: not rounded. */
} bst_placement;

enum {
  BST_RESAMPLE_LINEAR = 0, /**< Between the four nearest, in 11-bit fixed point. */
  BST_RESAMPLE_AREA = 1    /**< The mean of those that a pixel covers. */
};

/** Where a picture of that size lies in an input of width x height. `fit`: BST_FIT_*
 * (bst_preprocess_info); a letterbox as YOLOv5's detect.py makes it, not only of multiples of 32.
 * INVALID_ARGUMENT: an extent is 0 or too great, or an exact picture has another size. */
BST_API bst_status bst_picture_place(uint32_t picture_width, uint32_t picture_height,
                                     uint32_t width, uint32_t height, uint32_t fit,
                                     bst_placement *placement, bst_error *error) BST_NOEXCEPT;

/** Describes the memory `data` of input `index` of the package, as a session hands it out, as a
 * picture to write to. UNSUPPORTED where the input takes no 8-bit pictures, or several at a time.
 */
BST_API bst_status bst_picture_of_input(const bst_package *package, uint32_t index, void *data,
                                        bst_picture *picture, bst_error *error) BST_NOEXCEPT;

/** Bytes of scratch memory for bst_picture_write; 0 for arguments that it refuses. */
BST_API size_t bst_picture_scratch_size(const bst_picture *from, const bst_placement *placement,
                                        const bst_picture *to) BST_NOEXCEPT;

/** Brings `from` to its size and writes it to its place in `to`, with pixels of value `pad` around
 * it. `scratch`: memory of bst_picture_scratch_size(), at a multiple of 8; `from`, `to` and it do
 * not overlap. INVALID_ARGUMENT: pictures that do not have the placement's sizes, or as bst_picture
 * says; too little scratch. */
BST_API bst_status bst_picture_write(const bst_picture *from, const bst_placement *placement,
                                     uint8_t pad, const bst_picture *to, void *scratch,
                                     size_t scratch_size, bst_error *error) BST_NOEXCEPT;

/** Boxes (x1, y1, x2, y2) in pixels of the input become boxes in pixels of the picture, cut off at
 * its edges. */
BST_API void bst_picture_boxes(const bst_placement *placement, float *boxes,
                               size_t count) BST_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
