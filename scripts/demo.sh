#!/usr/bin/env bash
# The main job on a fresh machine: set up, build, make an example network, compile it, run it on the
# simulators and predict its speed.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
BSTC_TARGETS=bstc scripts/build.sh
mkdir -p out
run() { echo; echo "\$ $*"; "$@"; }
export PATH="$PWD/build/tools/bstc:$PATH"
run bstc zoo yolov5n -o out/yolov5n.onnx --sample-input out/images.npy
run bstc compile out/yolov5n.onnx -o out/yolov5n.bst
run bstc run out/yolov5n.bst --input images=out/images.npy --output-dir out
run bstc profile out/yolov5n.bst
# The weights are drawn, not trained: what it finds means nothing.
run bstc detect out/yolov5n.bst examples --max-det 3 --save-dir out
