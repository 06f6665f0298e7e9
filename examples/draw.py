#!/usr/bin/env python3
"""Draws the example pictures (needs Debian's python3-pil and fonts-dejavu-core).

They are drawn, not photographed, so that they are free of anybody's rights and small. A trained
YOLOv5n finds the stop sign and the clock all the same.
"""
import math
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SCALE = 4  # Drawn larger and reduced: smooth edges.
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"


class Canvas:
    def __init__(self, width, height):
        self.size = (width, height)
        self.image = Image.new("RGB", (width * SCALE, height * SCALE))
        self.draw = ImageDraw.Draw(self.image)

    def gradient(self, top, bottom, upper, lower):
        for y in range(top * SCALE, bottom * SCALE):
            share = (y / SCALE - top) / (bottom - top)
            colour = tuple(round(a + (b - a) * share) for a, b in zip(upper, lower))
            self.draw.line([(0, y), (self.image.width, y)], colour)

    def polygon(self, points, colour):
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], colour)

    def rectangle(self, left, top, right, bottom, colour, radius=0):
        self.draw.rounded_rectangle([left * SCALE, top * SCALE, right * SCALE, bottom * SCALE],
                                    radius * SCALE, colour)

    def disc(self, x, y, radius, colour):
        self.draw.ellipse([(x - radius) * SCALE, (y - radius) * SCALE, (x + radius) * SCALE,
                           (y + radius) * SCALE], colour)

    def line(self, points, width, colour):
        self.draw.line([(x * SCALE, y * SCALE) for x, y in points], colour, round(width * SCALE))

    def text(self, x, y, size, text, colour):
        font = ImageFont.truetype(FONT, round(size * SCALE))
        self.draw.text((x * SCALE, y * SCALE), text, colour, font, anchor="mm")

    def save(self, name):
        image = self.image.resize(self.size, Image.LANCZOS)
        noise = random.Random(3)
        grain = Image.frombytes("L", image.size, bytes(noise.randrange(118, 139) for _ in range(
            image.width * image.height))).filter(ImageFilter.GaussianBlur(0.6))
        image = Image.blend(image, Image.merge("RGB", [grain] * 3), 0.06)
        image.save(name, quality=88)


def octagon(x, y, radius):
    return [(x + radius * math.cos(math.pi / 8 + i * math.pi / 4),
             y + radius * math.sin(math.pi / 8 + i * math.pi / 4)) for i in range(8)]


def street():
    canvas = Canvas(480, 360)
    canvas.gradient(0, 250, (96, 158, 224), (214, 232, 246))
    canvas.polygon([(0, 215), (90, 180), (190, 205), (300, 170), (400, 200), (480, 182), (480, 260),
                    (0, 260)], (116, 150, 112))
    canvas.gradient(240, 360, (104, 128, 78), (86, 108, 62))
    canvas.polygon([(0, 360), (210, 242), (262, 242), (390, 360)], (92, 92, 96))
    for near, far in ((360, 330), (318, 300), (288, 274), (264, 256)):
        canvas.polygon([(195 + (360 - near) * 0.33, near), (205 + (360 - near) * 0.28, near),
                        (205 + (360 - far) * 0.28, far), (195 + (360 - far) * 0.33, far)],
                       (236, 232, 214))
    canvas.rectangle(338, 150, 346, 352, (140, 142, 146))
    canvas.rectangle(338, 150, 341, 352, (176, 178, 182))
    canvas.polygon(octagon(342, 108, 62), (120, 16, 22))
    canvas.polygon(octagon(342, 107, 61), (246, 246, 246))
    canvas.polygon(octagon(342, 107, 56), (190, 24, 32))
    canvas.text(342, 108, 36, "STOP", (250, 250, 250))
    canvas.save("street.jpg")


def clock():
    canvas = Canvas(400, 400)
    canvas.gradient(0, 400, (222, 208, 186), (196, 180, 156))
    canvas.rectangle(0, 344, 400, 400, (124, 88, 60))
    canvas.rectangle(0, 340, 400, 346, (150, 110, 78))
    x, y = 206, 172
    canvas.disc(x + 5, y + 8, 118, (168, 152, 130))
    canvas.disc(x, y, 116, (44, 44, 48))
    canvas.disc(x, y, 106, (250, 248, 240))
    for minute in range(60):
        angle = math.radians(minute * 6)
        hour = minute % 5 == 0
        inner = 92 if hour else 97
        canvas.line([(x + inner * math.sin(angle), y - inner * math.cos(angle)),
                     (x + 102 * math.sin(angle), y - 102 * math.cos(angle))], 3 if hour else 1.2,
                    (40, 40, 44))
        if hour:
            canvas.text(x + 79 * math.sin(angle), y - 79 * math.cos(angle), 19,
                        str((minute // 5 + 11) % 12 + 1), (40, 40, 44))
    for degrees, length, width in ((304, 56, 7), (54, 80, 5)):
        angle = math.radians(degrees)
        canvas.line([(x - 14 * math.sin(angle), y + 14 * math.cos(angle)),
                     (x + length * math.sin(angle), y - length * math.cos(angle))], width,
                    (30, 30, 34))
    canvas.line([(x, y + 22), (x, y - 84)], 1.6, (190, 30, 36))
    canvas.disc(x, y, 7, (30, 30, 34))
    canvas.disc(x, y, 3, (190, 30, 36))
    canvas.save("clock.png")


street()
clock()
