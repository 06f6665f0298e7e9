"""Feeds a picture to a compiled YOLOv5 and prints its best boxes, in pixels of the picture.

    python3 example.py model.bst picture.jpg
"""
import sys
import numpy
from PIL import Image
import bstrt

package = bstrt.Package(sys.argv[1])
session = bstrt.Session(package, threads=4)
images, how, decode = package.inputs[0], package.preprocess(0), package.decode
picture = numpy.asarray(Image.open(sys.argv[2]).convert("RGB"))


def listed():
    """Of a network made with 'bstc compile --deploy': pixels go in, boxes come out."""
    placement = package.write_picture(picture, session.input(images.name))
    outputs = session.run()
    boxes, scores, classes, count = (outputs[package.outputs[i].name][0]
                                     for i in decode["outputs"][:4])
    return placement.boxes(boxes[:int(count)]), scores, classes


def predicted():
    """Of one made without: numbers go in, rows come out, of which many say the same."""
    height, width = images.shape[2:]
    placement = bstrt.Placement(picture.shape[1], picture.shape[0], width, height, how["fit"])
    pixels = numpy.empty((height, width, 3), dtype=numpy.uint8)
    bstrt.write_picture(picture, placement, pixels, to_format=how["colours"], pad=int(how["pad"]))
    elements = (pixels - numpy.array(how["mean"])) * numpy.array(how["scale"])
    elements = elements.astype(numpy.float32).transpose(2, 0, 1)[None]
    rows = session.run(elements)[package.outputs[0].name][0]
    best = numpy.argsort(-rows[:, 4] * rows[:, 5:5 + decode["classes"]].max(axis=1))
    centres, sides, classes = rows[best, 0:2], rows[best, 2:4], rows[best, 5:5 + decode["classes"]]
    boxes = numpy.concatenate((centres - sides / 2, centres + sides / 2), axis=1)
    return placement.boxes(boxes), rows[best, 4] * classes.max(axis=1), classes.argmax(axis=1)


boxes, scores, classes = listed() if decode["stage"] == "detections" else predicted()
for box, score, category in list(zip(boxes, scores, classes))[:10]:
    print(f"class {category:.0f}  score {score:.3f}  x1 y1 x2 y2 {box}")
