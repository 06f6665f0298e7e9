#!/usr/bin/env python3
"""Fits the free parameters of the cost model to published figures, and prints the residuals.

    scripts/fit_cost_model.py --truth DIR --models DIR [--bstc build/tools/bstc/bstc]
                              [--target dpu-b4096] [--check] [--leave-one-out] [--set FIELD=VALUE]

DIR of --truth holds dpu_b4096_kv260.csv and rk3588_1core.csv, that of --models the networks of the
first as shapes/*.onnx; YOLOv5 comes from `bstc zoo`. Each device has a few free parameters, the same
for all networks; nothing depends on a network's name. The objective is the mean squared logarithm
of predicted over published figures, minimised by a pattern search (no randomness). --check only
prints the residuals of the values in targets/; --leave-one-out also predicts each row with the
parameters fitted to all others; --set tries another description. docs/cost-model.md records the
result.
"""

import argparse
import concurrent.futures
import csv
import json
import math
import os
import subprocess
import tempfile

# Published figures of the same zoo that have no table here: a share of the array's peak; the gain
# from one to two cores, the mean over networks that the host does not bound; and FPS of three cores
# that the host bounds.
YOLOV5L = {"model": "yolov5l 640", "share": 0.88}
TWO_CORES = 1.91
HOST_BOUND = ({"model": "yolov5n 640"}, 3, 201.0)

# Device: its table, and what is fitted one after the other. Each fit has the table's column, what
# of the prediction is held against it ("fps", or "latency": frames a second of one frame after the
# other), and parameters: name, step of the search, field.
DEVICES = {
    "dpu-b4096": {
        "table": "dpu_b4096_kv260.csv",
        "extra": [YOLOV5L],
        "fits": [
            ("fps_multithread", "fps",
             [("core_gbps", 1.2, "dram.core_gigabytes_per_second")]),
            ("fps_1thread", "latency",
             [("host_ms", 1.5, "host.frame_milliseconds")]),
        ],
        "scaling": ("dram.gigabytes_per_second", TWO_CORES),
        "host": HOST_BOUND,
    },
    "rk3588-1core": {
        "table": "rk3588_1core.csv",
        "extra": [],
        "fits": [
            ("fps", "fps",
             [("core_gbps", 1.2, "dram.core_gigabytes_per_second"),
              ("table_bytes_per_cycle", 1.3, "maca.fused_table_bytes_per_cycle")]),
        ],
    },
}


def description(target):
    """The file in targets/: what is built into the program may be older."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "targets",
                        target + ".json")


def name_of(row):
    return row["model"] + (" " + row["activation"] if "activation" in row else "")


class Model:
    """Runs `bstc profile`; remembers what it has run."""

    def __init__(self, options, scratch):
        self.bstc, self.models, self.scratch = options.bstc, options.models, scratch
        self.fixed = options.set
        self.known = {}

    def network(self, row):
        """The file of a row of a table, and the options to profile it with."""
        name = row["model"]
        if row.get("shape_file", "").endswith(".onnx"):
            return os.path.join(self.models, os.path.basename(os.path.dirname(row["shape_file"])),
                                os.path.basename(row["shape_file"])), ["--assume-int8"]
        if name.startswith("resnet50"):
            return os.path.join(self.models, "shapes", "resnet50.onnx"), ["--assume-int8"]
        size = "yolov5n" if "nano" in name else name.split("_")[0].split(" ")[0]
        activation = row.get("activation", "relu")
        path = os.path.join(self.scratch, f"{size}_{activation}.onnx")
        if not os.path.exists(path):
            subprocess.run([self.bstc, "zoo", size, "--activation", activation, "-o", path],
                           check=True, stdout=subprocess.DEVNULL)
        return path, []

    def report(self, target, row, settings):
        path, options = self.network(row)
        key = (target, path, tuple(sorted(settings.items())))
        if key not in self.known:
            with tempfile.NamedTemporaryFile(dir=self.scratch, suffix=".json") as report:
                command = [self.bstc, "profile", path, "--target", description(target), *options,
                           "--quick", "--json", report.name]
                for setting in self.fixed:
                    command += ["--set", setting]
                for field, value in settings.items():
                    command += ["--set", f"{field}={value:.6g}"]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                self.known[key] = json.load(open(report.name))
        return self.known[key]

    def predict(self, target, row, settings, quantity):
        report = self.report(target, row, settings)
        return report["fps"] if quantity == "fps" else 1000 / report["latency_ms"]

    def published(self, target, row, column):
        """What the table says, or the FPS of a share of the peak."""
        if "share" not in row:
            return float(row[column])
        report = self.report(target, row, {})
        return row["share"] * report["fps"] / report["share_of_peak"]


def rows_of(options, target, column):
    device = DEVICES[target]
    with open(os.path.join(options.truth, device["table"]), newline="") as file:
        rows = list(csv.DictReader(file))
    # The share of the peak is one of many frames.
    return rows + (device["extra"] if column == device["fits"][0][0] else [])


class Fit:
    """One fit of a device: some rows, one column, some parameters; others keep what is known."""

    def __init__(self, model, target, rows, fit, known, pool):
        self.model, self.target, self.rows, self.pool = model, target, rows, pool
        self.column, self.quantity, self.parameters = fit
        self.known = known
        for row in rows:  # YOLOv5 files are made once, not by two workers at a time.
            model.network(row)
        self.truth = [model.published(target, row, self.column) for row in rows]

    def settings(self, values):
        fields = {field: value for (_, _, field), value in zip(self.parameters, values)}
        return {**self.known, **fields}

    def predict(self, values):
        settings = self.settings(values)
        return list(self.pool.map(
            lambda row: self.model.predict(self.target, row, settings, self.quantity), self.rows))

    def shipped(self):
        """What the device description holds."""
        sections = json.load(open(description(self.target)))
        return [sections[section][key]["value"] for (_, _, field) in self.parameters
                for section, key in [field.split(".")]]

    def search(self, values, left_out=None):
        """Pattern search: a step up or down in each parameter in turn, smaller when none helps."""
        def loss(candidate):
            predicted = self.predict(candidate)
            logs = [math.log(p / t) ** 2 for i, (p, t) in enumerate(zip(predicted, self.truth))
                    if i != left_out]
            return sum(logs) / len(logs)
        best, steps = loss(values), [math.log(step) for _, step, _ in self.parameters]
        while max(steps) > 0.02:
            improved = False
            for i in range(len(values)):
                for direction in (1, -1):
                    candidate = list(values)
                    candidate[i] = float(f"{max(values[i], 1e-3) * math.exp(direction * steps[i]):.3g}")
                    result = loss(candidate)
                    if result < best:
                        best, values, improved = result, candidate, True
                        break
            if not improved:
                steps = [step / 2 for step in steps]
        return values

    def report(self, predicted, title):
        errors = [p / t - 1 for p, t in zip(predicted, self.truth)]
        print(f"  {title:28s} {'published':>10s} {'predicted':>10s} {'error':>8s}")
        for row, truth, fps, error in zip(self.rows, self.truth, predicted, errors):
            print(f"  {name_of(row):28s} {truth:10.2f} {fps:10.2f} {100 * error:+7.1f}%")
        mean = sum(map(abs, errors)) / len(errors)
        print(f"  mean absolute error {100 * mean:.1f}%, largest {100 * max(map(abs, errors)):.1f}%",
              flush=True)


def scaling(model, target, rows, known, pool, field, value, published):
    """Gain of two cores over one, and the value of a field for which it is the published one."""
    def gain(value):
        def of(row):
            one = model.predict(target, row, {**known, field: value}, "fps")
            two = model.predict(target, row, {**known, field: value, "device.cores": 2}, "fps")
            return two / one
        gains = list(pool.map(of, rows))
        return sum(gains) / len(gains)
    if value is not None:
        return value, gain(value)
    low, high = 4.0, 40.0
    while high / low > 1.01:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if gain(middle) < published else (low, middle)
    return high, gain(high)


def host_limit(model, target, known, bound):
    row, cores, published = bound
    model.network(row)
    fps = model.predict(target, row, {**known, "device.cores": cores}, "fps")
    print(f"  {row['model']}, {cores} cores: {fps:.1f} FPS, published {published:.0f}")


def run(model, options, target, pool):
    device, known = DEVICES[target], {}
    print(target, flush=True)
    for fit in device["fits"]:
        part = Fit(model, target, rows_of(options, target, fit[0]), fit, dict(known), pool)
        values = part.shipped()
        if not options.check:
            values = part.search(values)
        for (name, _, field), value in zip(part.parameters, values):
            print(f"  {name} = {value:.4g} ({field})")
            known[field] = value
        part.report(part.predict(values), fit[0])
        if options.leave_one_out:
            predicted = []
            for i in range(len(part.rows)):
                predicted.append(part.predict(part.search(values, i))[i])
            part.report(predicted, fit[0] + ", left out")
    if "scaling" in device:
        field, published = device["scaling"]
        section, key = field.split(".")
        shipped = json.load(open(description(target)))[section][key]["value"]
        # The host bounds the detector.
        rows = [row for row in rows_of(options, target, "") if "yolo" not in row["model"]]
        value, gain = scaling(model, target, rows, known, pool, field,
                              shipped if options.check else None, published)
        known[field] = value
        print(f"  {field} = {value:.4g}: two cores {gain:.2f} x one, published {published} x")
        host_limit(model, target, known, device["host"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--truth", required=True)
    parser.add_argument("--models", required=True)
    parser.add_argument("--bstc", default="build/tools/bstc/bstc")
    parser.add_argument("--target", choices=sorted(DEVICES))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--leave-one-out", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        model = Model(options, scratch)
        for target in [options.target] if options.target else sorted(DEVICES):
            run(model, options, target, pool)


if __name__ == "__main__":
    main()
