#!/usr/bin/env python3
"""Fits the free parameters of the cost model to published frame rates, and prints the residuals.

    scripts/fit_cost_model.py --truth DIR --models DIR [--bstc build/tools/bstc/bstc]
                              [--target dpu-b4096] [--check]

DIR of --truth holds dpu_b4096_kv260.csv and rk3588_1core.csv, that of --models the networks of the
first as shapes/*.onnx; YOLOv5 comes from `bstc zoo`. Each device has a few free parameters, the same
for all networks; nothing depends on a network's name. The objective is the mean squared logarithm
of predicted over published FPS, minimised by a pattern search (no randomness). --check only prints
the residuals of the values in targets/. docs/cost-model.md records the result.
"""

import argparse
import concurrent.futures
import csv
import json
import math
import os
import subprocess
import tempfile

# Device: published table, its column of FPS, and the free parameters with the step of the search,
# whether they are whole, and the fields that they set.
DEVICES = {
    "dpu-b4096": {
        "table": "dpu_b4096_kv260.csv",
        "column": "fps_multithread",
        "parameters": [
            ("dram_gbps", 1.3, False, ["dram.gigabytes_per_second"]),
            ("efficiency", 1.1, False, ["maca.efficiency"]),
            ("command_cycles", 1.6, True, ["maca.command_cycles", "edp.command_cycles"]),
        ],
    },
    "rk3588-1core": {
        "table": "rk3588_1core.csv",
        "column": "fps",
        "parameters": [
            ("dram_gbps", 1.3, False, ["dram.gigabytes_per_second"]),
            ("table_bytes_per_cycle", 1.3, False, ["maca.fused_table_bytes_per_cycle"]),
        ],
    },
}


def description(target):
    """The file in targets/: what is built into the program may be older."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "targets",
                        target + ".json")


class Model:
    """Runs `bstc profile`; remembers what it has run."""

    def __init__(self, options, scratch):
        self.bstc, self.models, self.scratch = options.bstc, options.models, scratch
        self.known = {}

    def network(self, row):
        """The file of a row of a table, and the options to profile it with."""
        name = row["model"]
        if row.get("shape_file", "").endswith(".onnx"):
            return os.path.join(self.models, os.path.basename(os.path.dirname(row["shape_file"])),
                                os.path.basename(row["shape_file"])), ["--assume-int8"]
        if name.startswith("resnet50"):
            return os.path.join(self.models, "shapes", "resnet50.onnx"), ["--assume-int8"]
        size = "yolov5n" if "nano" in name else name.split("_")[0]
        activation = row.get("activation", "relu")
        path = os.path.join(self.scratch, f"{size}_{activation}.onnx")
        if not os.path.exists(path):
            subprocess.run([self.bstc, "zoo", size, "--activation", activation, "-o", path],
                           check=True, stdout=subprocess.DEVNULL)
        return path, []

    def fps(self, target, row, settings):
        path, options = self.network(row)
        key = (target, path, tuple(sorted(settings.items())))
        if key not in self.known:
            with tempfile.NamedTemporaryFile(dir=self.scratch, suffix=".json") as report:
                command = [self.bstc, "profile", path, "--target", description(target), *options,
                           "--json", report.name]
                for field, value in settings.items():
                    command += ["--set", f"{field}={value:.6g}"]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                self.known[key] = json.load(open(report.name))["fps"]
        return self.known[key]


def read_table(options, device):
    with open(os.path.join(options.truth, device["table"]), newline="") as file:
        return list(csv.DictReader(file))


def settings_of(device, values):
    return {field: value for (_, _, _, fields), value in zip(device["parameters"], values)
            for field in fields}


def shipped_values(target, device):
    """What the device description holds."""
    sections = json.load(open(description(target)))
    return [sections[section][key]["value"]
            for (_, _, _, fields) in device["parameters"]
            for section, key in [fields[0].split(".")]]


def predict(model, target, device, rows, values, pool):
    settings = settings_of(device, values)
    # The YOLOv5 files are made once, not by two workers at a time.
    for row in rows:
        model.network(row)
    return list(pool.map(lambda row: model.fps(target, row, settings), rows))


def loss(device, rows, predicted):
    return sum(math.log(fps / float(row[device["column"]])) ** 2
               for fps, row in zip(predicted, rows)) / len(rows)


def fit(model, target, device, rows, values, pool):
    """Pattern search: a step up or down in each parameter in turn, smaller when none helps."""
    def of(candidate):
        return loss(device, rows, predict(model, target, device, rows, candidate, pool))
    best, steps = of(values), [math.log(step) for _, step, _, _ in device["parameters"]]
    while max(steps) > 0.02:
        improved = False
        for i, (name, _, whole, _) in enumerate(device["parameters"]):
            for direction in (1, -1):
                candidate = list(values)
                candidate[i] = max(values[i], 1e-3) * math.exp(direction * steps[i])
                if whole:
                    candidate[i] = max(1, round(candidate[i]))
                if name == "efficiency":
                    candidate[i] = min(1, candidate[i])
                if candidate == values:
                    continue
                result = of(candidate)
                if result < best:
                    best, values, improved = result, candidate, True
                    print(f"  {name} = {values[i]:.6g}: rms of log {math.sqrt(best):.4f}",
                          flush=True)
                    break
        if not improved:
            steps = [step / 2 for step in steps]
    return values


def report(device, rows, predicted):
    errors = []
    print(f"  {'network':22s} {'published':>10s} {'predicted':>10s} {'error':>8s}")
    for row, fps in zip(rows, predicted):
        published = float(row[device["column"]])
        errors.append(fps / published - 1)
        name = row["model"] + (" " + row["activation"] if "activation" in row else "")
        print(f"  {name:22s} {published:10.2f} {fps:10.2f} {100 * errors[-1]:+7.1f}%")
    mean = sum(abs(error) for error in errors) / len(errors)
    print(f"  mean absolute error {100 * mean:.1f}%, largest {100 * max(map(abs, errors)):.1f}%")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--truth", required=True)
    parser.add_argument("--models", required=True)
    parser.add_argument("--bstc", default="build/tools/bstc/bstc")
    parser.add_argument("--target", choices=sorted(DEVICES))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        model = Model(options, scratch)
        for target in [options.target] if options.target else sorted(DEVICES):
            device = DEVICES[target]
            rows = read_table(options, device)
            values = shipped_values(target, device)
            print(target, flush=True)
            if not options.check:
                values = fit(model, target, device, rows, values, pool)
            for (name, _, _, fields), value in zip(device["parameters"], values):
                print(f"  {name} = {value:.6g} ({', '.join(fields)})")
            report(device, rows, predict(model, target, device, rows, values, pool))


if __name__ == "__main__":
    main()
