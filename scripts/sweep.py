#!/usr/bin/env python3
"""Checks that more is never less: neighbouring pairs of profiles of which one must be as fast.

    scripts/sweep.py [--bstc build/tools/bstc/bstc] [--target NAME] [--models DIR]
                     [--sample N] [--seed SEED] [--jobs N] [--csv FILE]

A plan for a smaller memory is legal in a larger one, and a faster clock, channel or memory can be
left idle, so the better of two neighbouring devices may lose no more than 0.5% of the FPS. Likewise
ReLU is never slower than SiLU, raw heads never slower than decoded ones, the deployed form never
slower than the exported one, a smaller input never slower than a larger one.

Networks are written by `bstc zoo`; with --models, MobileNet of that folder (shapes/*.onnx) joins
them. --sample takes N pairs by a seeded choice, of the zoo's networks only. Prints a table of the
pairs that are wrong, the worst first; exit code 1 where there are any.
"""

import argparse
import concurrent.futures
import csv
import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

# A better device may lose this share: the order in which transfers meet changes with every number.
TOLERANCE = 0.005

MB = 1 << 20
# Numbers of a device, from worse to better; neighbours are compared, the others as in the target.
LADDERS = [
    (("maca.data_memory_bytes",), [MB // 4, MB // 2, MB, 2 * MB, 4 * MB, 8 * MB, 16 * MB, 64 * MB]),
    (("maca.weight_memory_bytes",), [MB // 4, MB // 2, MB, 2 * MB, 4 * MB, 8 * MB, 16 * MB, 64 * MB]),
    (("maca.data_memory_bytes", "maca.weight_memory_bytes"),
     [MB // 2, MB, 2 * MB, 4 * MB, 8 * MB, 16 * MB, 64 * MB]),
    (("maca.clock_mhz",), [400, 600, 800, 1000, 1200, 1600]),
    (("edp.clock_mhz",), [400, 600, 800, 1000, 1200, 1600]),
    (("dsp.clock_mhz",), [400, 600, 800, 1000, 1200, 1600]),
    (("maca.clock_mhz", "edp.clock_mhz", "dsp.clock_mhz"), [400, 600, 800, 1000, 1200, 1600]),
    (("edp.bytes_per_cycle",), [16, 32, 64, 128]),
    (("dsp.flops_per_cycle",), [8, 16, 32, 64]),
    (("dma.channels",), [1, 2, 3, 4, 6, 8]),
    (("dram.gigabytes_per_second",), [3.2, 6.4, 12.8, 25.6, 51.2, 102.4]),
    (("dram.bytes_per_cycle",), [8, 16, 32, 64]),
    (("device.frames_in_flight",), [2, 3, 4, 6, 8]),
    (("maca.command_cycles", "edp.command_cycles"), [1000, 458, 229, 100]),
    (("dma.transfer_cycles",), [300, 200, 100, 50]),
]
# Devices on which the forms of a network are compared with each other.
FORM_DEVICES = [(), *(((keys[0], value),) for keys, values in LADDERS for value in
                      (values[0], values[-1]) if len(keys) == 1)]
SIZES = [640, 512, 416, 320]


class Network:
    """A model and how it is profiled; `form` is "exported" or "deployed"."""

    def __init__(self, name, options=(), form="exported"):
        self.name, self.options, self.form = name, tuple(options), form

    @property
    def title(self):
        return " ".join((self.name, *(option for option in self.options if option != "--activation"),
                         *(["deployed"] if self.form == "deployed" else []))).replace("--", "")

    def with_options(self, *options):
        return Network(self.name, self.options + options, self.form)

    def key(self):
        return self.name, self.options, self.form


class Point:
    """A network on a device: what one profile is of."""

    def __init__(self, network, settings=()):
        self.network, self.settings = network, tuple(settings)

    def key(self):
        return self.network.key(), self.settings

    def text(self):
        return " ".join([self.network.title, *(f"{key}={value:g}" for key, value in self.settings)])


class Profiler:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, pathlib.Path(folder)
        self.models = {}

    def write_models(self, networks):
        """Zoo's models are written before the profiles, each once."""
        for network in networks:
            file = network.name
            key = (network.name, network.options)
            if key in self.models:
                continue
            if not file.endswith(".onnx"):
                file = str(self.folder / ("-".join((network.name, *network.options)) + ".onnx"))
                subprocess.run([self.arguments.bstc, "zoo", network.name, *network.options, "-o", file],
                               check=True, stdout=subprocess.DEVNULL)
            self.models[key] = file

    def fps(self, point):
        """FPS of a point; 0 where the network does not run there, with the reason."""
        network = point.network
        command = [self.arguments.bstc, "profile", self.models[(network.name, network.options)],
                   "--target", self.arguments.target, "--quick", "--json", "-"]
        if network.name.endswith(".onnx"):
            command.append("--assume-int8")
        if network.form == "deployed":
            command.append("--deploy")
        for key, value in point.settings:
            command += ["--set", f"{key}={value:g}" if value < 1e6 else f"{key}={int(value)}"]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            return 0.0, result.stderr.strip().splitlines()[-1] if result.stderr else "no message"
        return json.loads(result.stdout)["fps"], ""


def has_deployed_form(bstc):
    return "--deploy" in subprocess.run([bstc, "profile", "--help"], capture_output=True, text=True).stdout


def all_pairs(arguments):
    """(worse, better, what is better), both points."""
    networks = [Network(name, ("--activation", activation))
                for name in ("yolov5n", "yolov5s", "yolov5m") for activation in ("relu", "silu")]
    deploys = has_deployed_form(arguments.bstc)
    forms = ["exported", "deployed"] if deploys else ["exported"]
    pairs = []
    for network in networks:
        for form in forms:
            one = Network(network.name, network.options, form)
            pairs += ladder_pairs(one)
            pairs += [(Point(one.with_options("--size", str(large))),
                       Point(one.with_options("--size", str(small))), "smaller input")
                      for large, small in itertools.pairwise(SIZES)]
        for device in FORM_DEVICES:
            raw = network.with_options("--raw-heads")
            pairs.append((Point(network, device), Point(raw, device), "raw heads"))
            if deploys:
                deployed = Network(network.name, network.options, "deployed")
                pairs.append((Point(network, device), Point(deployed, device), "deployed form"))
    for name in ("yolov5n", "yolov5s", "yolov5m"):
        for form, device in itertools.product(forms, FORM_DEVICES):
            silu = Network(name, ("--activation", "silu"), form)
            relu = Network(name, ("--activation", "relu"), form)
            pairs.append((Point(silu, device), Point(relu, device), "ReLU for SiLU"))
    if arguments.models and not arguments.sample:
        for file in sorted(pathlib.Path(arguments.models).glob("shapes/mobilenet*.onnx")):
            pairs += ladder_pairs(Network(str(file)))
    return pairs


def ladder_pairs(network):
    pairs = []
    for keys, values in LADDERS:
        for worse, better in itertools.pairwise(values):
            pairs.append((Point(network, [(key, worse) for key in keys]),
                          Point(network, [(key, better) for key in keys]), ", ".join(keys)))
    return pairs


def run(arguments, pairs):
    points = {point.key(): point for pair in pairs for point in pair[:2]}
    with tempfile.TemporaryDirectory(prefix="bstc-sweep-") as folder:
        profiler = Profiler(arguments, folder)
        profiler.write_models(point.network for point in points.values())
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            results = dict(zip(points, pool.map(profiler.fps, points.values())))
    rows = []
    for worse, better, what in pairs:
        before, after = results[worse.key()], results[better.key()]
        change = after[0] / before[0] - 1 if before[0] > 0 else 0.0
        rows.append({"change": change, "what": what, "worse": worse.text(), "better": better.text(),
                     "fps_worse": before[0], "fps_better": after[0],
                     "wrong": change < -TOLERANCE, "why": after[1] if before[0] > 0 else ""})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bstc", default="build/tools/bstc/bstc")
    parser.add_argument("--target", default="bst-a1000b0")
    parser.add_argument("--models", metavar="DIR", help="folder with shapes/mobilenet*.onnx")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N pairs only")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of --sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--csv", metavar="FILE", help="write every pair")
    arguments = parser.parse_args()
    pairs = all_pairs(arguments)
    if arguments.sample:
        pairs = random.Random(arguments.seed).sample(pairs, min(arguments.sample, len(pairs)))
    rows = sorted(run(arguments, pairs), key=lambda row: row["change"])
    if arguments.csv:
        with open(arguments.csv, "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    wrong = [row for row in rows if row["wrong"]]
    if wrong:
        print(f"{'change':>8}  {'FPS':>8}  {'to':>8}  better device or form")
    for row in wrong:
        print(f"{row['change']:8.1%}  {row['fps_worse']:8.1f}  {row['fps_better']:8.1f}  "
              f"{row['better']}   instead of   {row['worse']}" + (f": {row['why']}" if row["why"] else ""))
    print(f"{len(wrong)} of {len(rows)} pairs lose more than {TOLERANCE:.1%} with more")
    if not any(row["fps_worse"] > 0 for row in rows):
        sys.exit("no pair ran: " + rows[0]["why"])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
