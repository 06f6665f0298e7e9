#!/usr/bin/env bash
# The main job on a fresh machine: set up, build, make an example network, compile it, run it on the
# simulators, predict its speed, and show why it is what it is.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
# Precompiled headers and a compiler that does not collect garbage: a third less from nothing.
BSTC_TARGETS=bstc scripts/build.sh build -DBSTC_PCH=ON \
  "-DCMAKE_CXX_FLAGS=--param ggc-min-heapsize=1000000"
mkdir -p out
run() { echo; echo "\$ $*"; "$@"; }
export PATH="$PWD/build/tools/bstc:$PATH"
run bstc zoo yolov5n -o out/yolov5n.onnx --sample-input out/images.npy
run bstc compile out/yolov5n.onnx -o out/yolov5n.bst
run bstc run out/yolov5n.bst --input images=out/images.npy --output-dir out
run bstc profile out/yolov5n.bst --sort time_ms --top 5 --html out/yolov5n.html
page=$PWD/out/yolov5n.html
echo "
Look at file://$page
  Overview   how many FPS, which engine bounds them, and which assumption counts most
  Timeline   what every engine does while frames overlap: click a layer, drag to zoom
  Graph      the network as it runs, coloured by engine
Next: your own model in place of out/yolov5n.onnx; 'bstc help' lists what else there is."
# Where there is a desktop, it opens.
if [ -t 1 ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null; then
  xdg-open "$page" >/dev/null 2>&1 &
fi
