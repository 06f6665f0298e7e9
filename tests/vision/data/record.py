#!/usr/bin/env python3
"""Records what OpenCV and Pillow make of small pictures, as the tests' expected values.

Needs Debian's python3-opencv and python3-pil; the project itself needs neither. Pictures that
OpenCV read or made are stored as .ppm, as RGB; `X.ppm` belongs to the file X.
"""
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

random = np.random.RandomState(5)


def record(name, bgr):
    height, width = bgr.shape[:2]
    with open(name + ".ppm", "wb") as file:
        file.write(b"P6 %d %d 255\n" % (width, height) + bgr[..., ::-1].tobytes())


# Files: a smooth picture, so that JPEG is about upsampling, and not symmetric in any way.
small = random.randint(0, 256, (5, 7, 3)).astype(np.uint8)
base = Image.fromarray(cv2.resize(small, (31, 22), interpolation=cv2.INTER_CUBIC))
alpha = base.convert("RGBA")
alpha.putalpha(base.convert("L"))
files = {}


def save(name, image, **options):
    image.save(name, **options)
    files[name] = True



def write_interlaced(name, rgb):
    """Pillow writes no Adam7: seven passes, each from a row and a column on in steps."""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
              (1, 0, 2, 1))
    rows = b"".join(b"\0" + row.tobytes() for y, x, down, right in passes
                    for row in rgb[y::down, x::right] if row.size)
    header = struct.pack(">IIBBBBB", rgb.shape[1], rgb.shape[0], 8, 2, 0, 0, 1)
    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, data in (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""):
            file.write(struct.pack(">I", len(data)) + kind + data +
                       struct.pack(">I", zlib.crc32(kind + data)))
    files[name] = True


for name, factors in ("444", 0), ("422", 1), ("420", 2):
    save(name + ".jpg", base, subsampling=factors, quality=90)
save("progressive.jpg", base, progressive=True, quality=90)
save("grey.jpg", base.convert("L"), quality=90)
save("cmyk.jpg", base.convert("CMYK"), quality=90)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x112] = orientation
    save("turned%d.jpg" % orientation, base, exif=exif, quality=60)
exif = Image.Exif()
exif[0x112] = 6
save("turned6.png", base, exif=exif)
save("rgb.png", base)
write_interlaced("interlaced.png", np.asarray(base))
save("alpha.png", alpha)
save("grey_alpha.png", alpha.convert("LA"))
save("palette.png", base.convert("P", palette=Image.ADAPTIVE, colors=13), bits=4, transparency=3)
save("bits.png", base.convert("1"))
for name, channels in ("grey16.png", ()), ("rgb16.png", (3,)):
    cv2.imwrite(name, random.randint(0, 65536, (22, 31) + channels).astype(np.uint16))
    files[name] = True
save("rgb.bmp", base)
save("rgba.bmp", base.convert("RGBA"))
save("palette.bmp", base.convert("P", palette=Image.ADAPTIVE))
save("bits.bmp", base.convert("1"))
for name in files:
    record(name, cv2.imread(name))

# Sizes: noise, so that every bit of the arithmetic shows.
noise = random.randint(0, 256, (29, 43, 3)).astype(np.uint8)
record("noise", noise)
for width, height in (16, 11), (61, 70), (43, 12), (50, 29), (1, 1):
    record("linear_%dx%d" % (width, height), cv2.resize(noise, (width, height)))
for width, height in (16, 11), (42, 28), (43, 7), (1, 1):
    record("area_%dx%d" % (width, height),
           cv2.resize(noise, (width, height), interpolation=cv2.INTER_AREA))
even = np.ascontiguousarray(noise[:24, :36])
record("even", even)
record("even_18x12", cv2.resize(even, (18, 12)))
record("even_area_12x8", cv2.resize(even, (12, 8), interpolation=cv2.INTER_AREA))


# The input that YOLOv5 v7.0 makes of a picture, by its description: detect.py keeps the proportions,
# rounds, and fills with 114, the smaller half of an odd border first; val.py first brings the longer
# side to size, cut to whole pixels, by area where it shrinks.
def fill(image, size):
    height, width = image.shape[:2]
    across, down = (size - width) / 2, (size - height) / 2
    return cv2.copyMakeBorder(image, round(down - 0.1), round(down + 0.1), round(across - 0.1),
                              round(across + 0.1), cv2.BORDER_CONSTANT, value=(114, 114, 114))


for size in 32, 64:
    gain = size / max(noise.shape[:2])
    detect = cv2.resize(noise, (round(noise.shape[1] * gain), round(noise.shape[0] * gain)))
    record("detect_%d" % size, fill(detect, size))
    evaluate = cv2.resize(noise, (int(noise.shape[1] * gain), int(noise.shape[0] * gain)),
                          interpolation=cv2.INTER_LINEAR if gain > 1 else cv2.INTER_AREA)
    record("evaluate_%d" % size, fill(evaluate, size))
