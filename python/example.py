"""Feeds a picture to a compiled YOLOv5 and prints its best predictions.

    python3 example.py model.bst picture.jpg
"""
import sys
import numpy
from PIL import Image
import bstrt

package = bstrt.Package(sys.argv[1])
images, how, decode = package.inputs[0], package.preprocess(0), package.decode
height, width = images.shape[2:]
picture = Image.open(sys.argv[2]).convert("RGB")
gain = min(width / picture.width, height / picture.height)  # A letterbox.
picture = picture.resize((round(picture.width * gain), round(picture.height * gain)))
boxed = Image.new("RGB", (width, height), (int(how["pad"]),) * 3)
boxed.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
pixels = (numpy.asarray(boxed) - numpy.array(how["mean"])) * numpy.array(how["scale"])
rows = bstrt.Session(package, threads=4).run(
    numpy.ascontiguousarray(pixels.transpose(2, 0, 1)[None], dtype=numpy.float32))
rows = rows[package.outputs[0].name][0]
classes = rows[:, 5:5 + decode["classes"]]
scores = rows[:, 4] * classes.max(axis=1)
for row in numpy.argsort(-scores)[:10]:
    print(f"class {classes[row].argmax()}  score {scores[row]:.3f}  x y w h {rows[row, :4]}")
