"""Pictures, and devices that sessions share, in the Python module. Run by ctest."""
import json
import os
import struct
import subprocess
import tempfile
import unittest

import numpy

import bstrt

BSTC = os.environ["BSTC"]
HERE = os.path.dirname(os.path.abspath(__file__))


def bstc(*arguments):
    return subprocess.run([BSTC, *arguments], check=True, capture_output=True, text=True).stdout


def setUpModule():
    global folder
    folder = tempfile.TemporaryDirectory()
    os.chdir(folder.name)
    bstc("zoo", "yolov5n", "-o", "m.onnx", "--size", "64")
    # A network that is not trained is sure of nothing.
    for form in ("u8", "nv12", "nv12-full"):
        bstc("compile", "m.onnx", "-o", form + ".bst", "--deploy", "--input", form, "--conf",
             "0.0001", "--max-det", "20", "--no-fidelity")


def tearDownModule():
    os.chdir("/")
    folder.cleanup()


def noise(*shape):
    return numpy.random.default_rng(7).integers(0, 256, shape, dtype=numpy.uint8)


def write_bmp(path, picture):
    """24 bits: rows from the last to the first, blue first, each of a multiple of 4 bytes."""
    height, width = picture.shape[:2]
    rows = [row[:, ::-1].tobytes().ljust((3 * width + 3) // 4 * 4, b"\0") for row in picture[::-1]]
    data = b"".join(rows)
    with open(path, "wb") as file:
        file.write(struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 54 + len(data), 0, 0, 54, 40, width,
                               height, 1, 24, 0, len(data), 0, 0, 0, 0) + data)


class Pictures(unittest.TestCase):
    def test_what_the_package_says(self):
        for form, said, shape in (("u8", "elements", (1, 64, 64, 3)), ("nv12", "nv12", (1, 96, 64)),
                                  ("nv12-full", "nv12-full", (1, 96, 64))):
            package = bstrt.Package(form + ".bst")
            self.assertEqual(package.preprocess(0)["form"], said)
            self.assertEqual(package.inputs[0].shape, shape)
            self.assertEqual(package.inputs[0].dtype, numpy.uint8)

    def test_boxes_are_those_of_detect(self):
        picture = noise(75, 100, 3)
        write_bmp("noise.bmp", picture)
        for form in ("u8", "nv12", "nv12-full"):
            expected = json.loads(bstc("detect", form + ".bst", "noise.bmp", "--json", "-"))
            package = bstrt.Package(form + ".bst")
            session = bstrt.Session(package)
            placement = package.write_picture(picture, session.input("images"))
            outputs = session.run()
            count = int(outputs["count"][0])
            self.assertGreater(count, 0)
            self.assertEqual(count, len(expected))
            boxes = placement.boxes(outputs["boxes"][0, :count])
            boxes[:, 2:] -= boxes[:, :2]  # Width and height.
            numpy.testing.assert_allclose(boxes, [e["bbox"] for e in expected], atol=0.01)
            numpy.testing.assert_allclose(outputs["scores"][0, :count],
                                          [e["score"] for e in expected], atol=1e-4)

    def test_two_pixels(self):
        # At a quarter of their distance, and below them a border.
        picture = numpy.array([[[0, 10, 255], [200, 10, 255]]], dtype=numpy.uint8)
        to = numpy.zeros((4, 4, 3), dtype=numpy.uint8)
        placement = bstrt.Placement(2, 1, 4, 4)
        bstrt.write_picture(picture, placement, to, pad=7)
        self.assertEqual(to[1].tolist(), [[0, 10, 255], [50, 10, 255], [150, 10, 255],
                                          [200, 10, 255]])
        self.assertTrue((to[[0, 3]] == 7).all())
        self.assertEqual((placement.inner_width, placement.inner_height, placement.left,
                          placement.top), (4, 2, 0, 1))
        self.assertEqual(repr(placement), "<bstrt.Placement 4 x 2 at 0, 1 of 4 x 4>")

    def test_nv12(self):
        # bst/picture.h, limited range.
        for format, black, luma, red, green_u, green_v, blue in (
                ("nv12", 16, 1220945, 1673555, 410793, 852458, 2115221),
                ("nv12-full", 0, 1 << 20, 1470104, 360853, 748826, 1858077)):
            camera = noise(48 * 3 // 2, 64)
            rgb = numpy.zeros((48, 64, 3), dtype=numpy.uint8)
            bstrt.write_picture(camera, bstrt.Placement(64, 48, 64, 48, "exact"), rgb, format)
            y = (camera[:48].astype(float) - black) * luma
            u, v = (camera[48:, i::2].astype(float).repeat(2, 0).repeat(2, 1) - 128 for i in (0, 1))
            expected = numpy.stack((y + red * v, y - green_u * u - green_v * v, y + blue * u), -1)
            numpy.testing.assert_array_equal(
                rgb, numpy.clip(numpy.floor(expected / 2**20 + 0.5), 0, 255))

    def test_arrays_of_any_order_are_read(self):
        whole = noise(30, 40, 3)
        exact = bstrt.Placement(20, 10, 20, 10, "exact")

        def written(picture, format="rgb"):
            to = numpy.zeros((10, 20, 3), dtype=numpy.uint8)
            bstrt.write_picture(picture, exact, to, format)
            return to
        part = whole[5:15, 10:30]
        for picture in (part, part.copy(), whole[10:20, 20:][::-1], whole[::3, ::2],
                        whole[:20, :10].transpose(1, 0, 2), numpy.asfortranarray(part), part[None]):
            numpy.testing.assert_array_equal(written(picture), picture.reshape(10, 20, 3))
        numpy.testing.assert_array_equal(written(part, "bgr"), part[:, :, ::-1])
        numpy.testing.assert_array_equal(written(part[:, :, ::-1]), part[:, :, ::-1])
        # And parts of others are written to; their surroundings are not.
        canvas = numpy.zeros((12, 30, 3), dtype=numpy.uint8)
        bstrt.write_picture(part, exact, canvas[1:11, 5:25])
        numpy.testing.assert_array_equal(canvas[1:11, 5:25], part)
        canvas[1:11, 5:25] = 0
        self.assertFalse(canvas.any())
        one = numpy.zeros((3, 9, 3), dtype=numpy.uint8)[:, 4::9]  # Of one column, with any step.
        bstrt.write_picture(whole[:3, 7::40], bstrt.Placement(1, 3, 1, 3), one)
        numpy.testing.assert_array_equal(one, whole[:3, 7:8])

    def test_boxes(self):
        placement = bstrt.Placement(1920, 1080, 640, 640)  # A third, 140 rows above.
        boxes = [[210, 200, 320, 320], [-5, 100, 700, 639]]
        expected = [[630, 180, 960, 540], [0, 0, 1920, 1080]]
        numpy.testing.assert_allclose(placement.boxes(boxes), expected, atol=1e-3)
        given = numpy.array(boxes, dtype=numpy.float32)[None]
        numpy.testing.assert_allclose(placement.boxes(given), [expected], atol=1e-3)
        self.assertEqual(given[0, 0, 0], 210)  # A copy was made.
        numpy.testing.assert_allclose(placement.boxes(boxes[0]), expected[0], atol=1e-3)
        self.assertEqual(placement.boxes(numpy.zeros((0, 4))).shape, (0, 4))

    def test_others_are_refused(self):
        picture, to = noise(10, 20, 3), numpy.zeros((8, 8, 3), dtype=numpy.uint8)
        place = bstrt.Placement(20, 10, 8, 8)

        def refused(message, function, *arguments, **named):
            with self.assertRaisesRegex(bstrt.Error, message):
                function(*arguments, **named)
        write = bstrt.write_picture
        refused("picture: the array's dtype is float64, expected uint8", write, picture / 1, place,
                to)
        refused(r"picture: the array's shape is \(10, 20\), expected \(height, width, 3\)", write,
                picture[:, :, 0], place, to)
        refused(r"the array's shape is \(20,\)", write, picture[0, :, 0], place, to)
        refused(r"the array's shape is \(2, 8, 8, 3\)", write, picture, place,
                numpy.stack((to, to)))
        refused(r"expected \(height \* 3 / 2, width\)", write, picture[:, :, 0], place, to, "nv12")
        refused("format is one of 'rgb', 'bgr', 'nv12', 'nv12-full', not 'yuv'", write, picture,
                place, to, "yuv")
        refused("to: the array's pixels have gaps between them", write, picture, place,
                to[:, :, ::-1])
        refused("from: is 19 x 10, the placement is for 20 x 10", write, picture[:, 1:], place, to)
        refused("expected extents of 1 to", bstrt.Placement, 0, 5, 8, 8)
        refused("fit is one of 'exact', 'stretch', 'letterbox', not 'crop'", bstrt.Placement, 5, 5,
                8, 8, "crop")
        refused(r"boxes: the array's shape is \(3,\), expected \(..., 4\)", place.boxes, [1, 2, 3])
        to.setflags(write=False)
        refused("to: the array is read-only", write, picture, place, to)
        package = bstrt.Package("u8.bst")
        refused("to: the array is read-only", package.write_picture, picture, to)
        refused("to: is 8 x 8, the placement is for 64 x 64", package.write_picture, picture,
                numpy.zeros((1, 8, 8, 3), dtype=numpy.uint8))
        refused("input 3: the package has 1", package.write_picture, picture, to, input=3)
        bstc("compile", "m.onnx", "-o", "float.bst", "--no-fidelity")
        refused("input 'images': it does not take a picture of 8-bit pixels",
                bstrt.Package("float.bst").write_picture, picture, to)


class Document(unittest.TestCase):
    def test_it_runs(self):
        with open(HERE + "/../docs/runtime.md", encoding="utf-8") as file:
            of_floats, of_pixels = file.read().split("```python\n")[1].split("```")[0].split("\n\n")
        bstc("compile", "m.onnx", "-o", "model.bst", "--no-fidelity")
        there = {"images": numpy.zeros((1, 3, 64, 64), dtype=numpy.float32)}
        exec(of_floats, there)
        self.assertEqual(there["outputs"]["output0"].shape, (1, 252, 85))
        package = bstrt.Package("u8.bst")
        there.update(package=package, session=bstrt.Session(package), picture=noise(75, 100, 3))
        exec(of_pixels, there)
        self.assertEqual(there["boxes"].shape, (20, 4))


class Devices(unittest.TestCase):
    def test_sessions_share_a_device_by_priority(self):
        package = bstrt.Package("u8.bst")
        device = bstrt.Device("simulator", "frames=1")  # One at a time.
        self.assertEqual(device.name, "simulator")
        many = bstrt.Session(package, device, frames=64)
        urgent = bstrt.Session(package, device, frames=2, priority=1)
        del device  # The sessions hold it.
        for frame in range(64):
            many.submit(frame)
        urgent.submit(0)
        urgent.wait(0)
        with self.assertRaises(bstrt.Error) as caught:  # Submitted before, and not done yet.
            many.wait(63, 0)
        self.assertEqual(caught.exception.code, 8)
        many.wait(63)

    def test_options_by_name_or_of_the_device(self):
        package = bstrt.Package("u8.bst")
        bstrt.Session(package, "simulator", "frames=1", threads=2, priority=-3)
        with self.assertRaises(bstrt.Error):
            bstrt.Device("simulator", "nonsense=1")
        with self.assertRaises(TypeError):
            bstrt.Session(package, bstrt.Device(), device_options="frames=1")
        with self.assertRaises(TypeError):
            bstrt.Session(package, priority=1 << 31)


if __name__ == "__main__":
    unittest.main()
