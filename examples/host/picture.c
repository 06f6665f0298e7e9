#include "picture.h"

#include <stdio.h>
#include <stdlib.h>

static int complain(FILE *file, const char *path, const char *what) {
  fprintf(stderr, "%s: %s\n", path, what);
  if (file)
    fclose(file);
  return 0;
}

/* The next number of a PPM header; '#' begins a comment. */
static int next_number(FILE *file) {
  int c = getc(file), value = 0;
  while (c == '#' || c == ' ' || c == '\n' || c == '\r' || c == '\t') {
    if (c == '#')
      while (c != '\n' && c != EOF)
        c = getc(file);
    else
      c = getc(file);
  }
  if (c < '0' || c > '9')
    return -1;
  for (; c >= '0' && c <= '9' && value < 100000; c = getc(file))
    value = value * 10 + (c - '0');
  return value; /* The one byte behind it is taken, as the format says. */
}

int picture_read(const char *path, picture *to) {
  FILE *file = fopen(path, "rb");
  size_t bytes;
  if (!file)
    return complain(file, path, "cannot be opened");
  if (getc(file) != 'P' || getc(file) != '6')
    return complain(file, path, "is not a binary PPM (P6)");
  to->width = next_number(file);
  to->height = next_number(file);
  if (to->width < 1 || to->height < 1 || to->width > 65535 || to->height > 65535 ||
      next_number(file) != 255)
    return complain(file, path, "has a PPM header that cannot be read, or not 8 bits");
  bytes = (size_t)to->width * (size_t)to->height * 3;
  to->pixels = (unsigned char *)malloc(bytes);
  if (!to->pixels)
    return complain(file, path, "is too large for the memory");
  if (fread(to->pixels, 1, bytes, file) != bytes) {
    picture_free(to);
    return complain(file, path, "is truncated");
  }
  fclose(file);
  return 1;
}

void picture_free(picture *of) {
  free(of->pixels);
  of->pixels = NULL;
}

/* Bilinear sample of channel c; pixel centres lie at halves, edges are repeated. */
static double sample(const picture *from, double x, double y, int c) {
  int x0, y0, x1, y1;
  double fx, fy, top, bottom;
  const unsigned char *p = from->pixels;
  x = x < 0 ? 0 : x > from->width - 1 ? from->width - 1 : x;
  y = y < 0 ? 0 : y > from->height - 1 ? from->height - 1 : y;
  x0 = (int)x;
  y0 = (int)y;
  x1 = x0 + (x0 + 1 < from->width);
  y1 = y0 + (y0 + 1 < from->height);
  fx = x - x0;
  fy = y - y0;
#define AT(column, row) p[((size_t)(row) * (size_t)from->width + (size_t)(column)) * 3 + (size_t)c]
  top = AT(x0, y0) * (1 - fx) + AT(x1, y0) * fx;
  bottom = AT(x0, y1) * (1 - fx) + AT(x1, y1) * fx;
#undef AT
  return top * (1 - fy) + bottom * fy;
}

static void place(const picture *from, const bst_preprocess_info *how, int width, int height,
                  placement *where) {
  where->gain_x = (double)width / from->width;
  where->gain_y = (double)height / from->height;
  if (how->fit == BST_FIT_LETTERBOX) {
    if (where->gain_x > where->gain_y)
      where->gain_x = where->gain_y;
    where->gain_y = where->gain_x;
  }
  where->left = (width - from->width * where->gain_x) / 2;
  where->top = (height - from->height * where->gain_y) / 2;
}

int picture_prepare(const picture *from, const bst_preprocess_info *how,
                    const bst_tensor_info *input, float *data, placement *where) {
  const int last = (int)how->channels_last;
  const int height = input->shape[last ? 1 : 2], width = input->shape[last ? 2 : 3];
  int c, x, y;
  if (how->fit == BST_FIT_EXACT && (from->width != width || from->height != height))
    return 0;
  place(from, how, width, height, where);
  for (c = 0; c < 3; ++c) {
    const int colour = how->colours == BST_BGR ? 2 - c : c;
    for (y = 0; y < height; ++y)
      for (x = 0; x < width; ++x) {
        const double px = (x + 0.5 - where->left) / where->gain_x - 0.5;
        const double py = (y + 0.5 - where->top) / where->gain_y - 0.5;
        const int inside =
            px > -0.5 && py > -0.5 && px < from->width - 0.5 && py < from->height - 0.5;
        const double value = inside ? sample(from, px, py, colour) : how->pad;
        const size_t at =
            last ? ((size_t)y * (size_t)width + (size_t)x) * 3 + (size_t)c
                 : ((size_t)c * (size_t)height + (size_t)y) * (size_t)width + (size_t)x;
        data[at] = (float)((value - how->mean[c]) * how->scale[c]);
      }
  }
  return 1;
}
