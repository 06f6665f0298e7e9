"""The Python module on a small network that bstc makes. Run by ctest."""
import os
import select
import subprocess
import sys
import tempfile
import unittest

import numpy

import bstrt

BSTC = os.environ["BSTC"]
HERE = os.path.dirname(os.path.abspath(__file__))


def setUpModule():
    global folder, package
    folder = tempfile.TemporaryDirectory()
    os.chdir(folder.name)

    def bstc(*arguments):
        subprocess.run([BSTC, *arguments], check=True, stdout=subprocess.DEVNULL)

    bstc("zoo", "yolov5n", "-o", "m.onnx", "--size", "64", "--sample-input", "in.npy")
    bstc("compile", "m.onnx", "-o", "m.bst", "--selftest", "--no-fidelity")
    bstc("run", "m.bst", "--input", "in.npy", "--output-dir", "out")
    package = bstrt.Package("m.bst")


def tearDownModule():
    os.chdir("/")
    folder.cleanup()


class Inspect(unittest.TestCase):
    def test_contract(self):
        self.assertEqual([t.name for t in package.inputs], ["images"])
        self.assertEqual(package.inputs[0].shape, (1, 3, 64, 64))
        self.assertEqual(package.inputs[0].dtype, numpy.float32)
        self.assertEqual(package.outputs[0].shape, (1, 252, 85))
        self.assertEqual(package.target, "bst-a1000b0")
        self.assertTrue(package.has_self_test)
        self.assertEqual(package.decode["kind"], "yolov5-detect")
        self.assertEqual(package.decode["strides"], [8, 16, 32])
        self.assertEqual(len(package.decode["anchors"]), 18)
        how = package.preprocess(0)
        self.assertEqual((how["colours"], how["fit"], how["pad"]), ("rgb", "letterbox", 114))
        self.assertEqual(how["scale"], (1 / 255,) * 3)

    def test_tensors_keep_their_package(self):
        self.assertEqual(bstrt.Package("m.bst").inputs[0].name, "images")

    def test_names_that_are_not_utf8(self):
        with open("m.onnx", "rb") as file:
            model = file.read().replace(b"output0", b"output\xe4").replace(b"images", b"im\xe4ges")
        with open("latin1.onnx", "wb") as file:
            file.write(model)
        subprocess.run([BSTC, "compile", "latin1.onnx", "-o", "latin1.bst", "--no-fidelity"],
                       check=True, stdout=subprocess.DEVNULL)
        latin1 = bstrt.Package("latin1.bst")
        name = latin1.outputs[0].name
        self.assertEqual(os.fsencode(name), b"output\xe4")
        self.assertIn(name, repr(latin1.outputs[0]))
        session = bstrt.Session(latin1)
        images = numpy.load("in.npy")
        result = session.run({latin1.inputs[0].name: images})
        numpy.testing.assert_array_equal(result[name], numpy.load("out/output0.npy"))
        numpy.testing.assert_array_equal(session.output(name), result[name])
        with self.assertRaisesRegex(bstrt.Error, "the array's shape is"):
            session.run({latin1.inputs[0].name: images[:, :1]})

    def test_from_bytes(self):
        with open("m.bst", "rb") as file:
            self.assertEqual(bstrt.Package.from_bytes(file.read()).hash, package.hash)

    def test_errors(self):
        with self.assertRaisesRegex(bstrt.Error, "no.bst: cannot be opened") as caught:
            bstrt.Package("no.bst")
        self.assertEqual(caught.exception.code, 5)
        with self.assertRaisesRegex(bstrt.Error, "too short"):
            bstrt.Package.from_bytes(b"BST")
        with self.assertRaisesRegex(bstrt.Error, "no device is named 'abacus'"):
            bstrt.Session(package, device="abacus")


class Run(unittest.TestCase):
    def setUp(self):
        self.images = numpy.load("in.npy")
        self.expected = numpy.load("out/output0.npy")  # What 'bstc run' computed.
        self.session = bstrt.Session(package, threads=2, frames=2)

    def test_array(self):
        numpy.testing.assert_array_equal(self.session.run(self.images)["output0"], self.expected)

    def test_dict_and_strides(self):
        turned = numpy.asfortranarray(self.images)
        result = self.session.run({"images": turned}, frame=1)
        numpy.testing.assert_array_equal(result["output0"], self.expected)

    def test_memory_of_the_session(self):
        memory = self.session.input("images")
        memory[...] = self.images
        self.assertEqual(memory.__array_interface__["data"][0],
                         self.session.input("images").__array_interface__["data"][0])
        self.session.submit(0)
        self.session.wait(0)
        numpy.testing.assert_array_equal(self.session.output("output0"), self.expected)

    def test_event_tells_of_ends(self):
        event = self.session.event()
        for frame in (0, 1):
            self.session.input("images", frame)[...] = self.images
        self.assertEqual(select.select([event], [], [], 0)[0], [])
        ended = 0
        for frame in (0, 1):
            self.session.submit(frame)
        while ended < 2:
            select.select([event], [], [])
            ended += int.from_bytes(os.read(event, 8), sys.byteorder)
        for frame in (1, 0):
            self.session.wait(frame, 0)
            numpy.testing.assert_array_equal(self.session.output("output0", frame), self.expected)

    def test_bound_arrays_are_used_in_place(self):
        images, boxes = bstrt.empty(package.inputs[0]), bstrt.empty(package.outputs[0])
        images[...] = self.images
        self.session.bind_input("images", images)
        self.session.bind_output("output0", boxes)
        self.session.run()
        numpy.testing.assert_array_equal(boxes, self.expected)
        images[...] = 0
        self.session.run()
        self.assertFalse(numpy.array_equal(boxes, self.expected))
        del images, boxes  # The session holds them.
        self.session.run()
        self.session.bind_output("output0", None)

    def test_arrays_outlive_the_session(self):
        view = self.session.output("output0")
        self.session.run(self.images)
        del self.session
        numpy.testing.assert_array_equal(view, self.expected)

    def test_others_are_refused(self):
        with self.assertRaisesRegex(
                bstrt.Error, "input 'images': the array's dtype is float64, expected float32"):
            self.session.run(self.images.astype(numpy.float64))
        with self.assertRaisesRegex(
                bstrt.Error, r"the array's shape is \(3, 64, 64\), expected \(1, 3, 64, 64\)"):
            self.session.run(self.images[0])
        with self.assertRaisesRegex(bstrt.Error, "no input is named 'x'; the package has 'images'"):
            self.session.run({"x": self.images})
        with self.assertRaisesRegex(bstrt.Error, "does not lie in memory as row_major"):
            self.session.bind_input("images", numpy.asfortranarray(self.images))
        with self.assertRaisesRegex(bstrt.Error, "frame 5: the session has 2"):
            self.session.wait(5)

    def test_selftest(self):
        self.session.selftest()

    def test_example(self):
        try:
            from PIL import Image
        except ImportError:
            self.skipTest("python3-pil is not installed")
        pixels = numpy.random.default_rng(1).integers(0, 256, (48, 100, 3), dtype=numpy.uint8)
        Image.fromarray(pixels).save("picture.png")
        subprocess.run([BSTC, "compile", "m.onnx", "-o", "deployed.bst", "--deploy", "--conf",
                        "0.0001", "--no-fidelity"], check=True, stdout=subprocess.DEVNULL)
        for model in ("m.bst", "deployed.bst"):
            out = subprocess.run([sys.executable, HERE + "/example.py", model, "picture.png"],
                                 check=True, capture_output=True, text=True).stdout
            self.assertEqual(len(out.splitlines()), 10)
            self.assertRegex(out.splitlines()[0], r"class \d+  score 0\.\d+  x1 y1 x2 y2 \[")


if __name__ == "__main__":
    unittest.main()
