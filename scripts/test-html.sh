#!/usr/bin/env bash
# Writes the HTML report of a network of the zoo and uses it in headless Chromium: it must draw,
# sort, search and zoom without a word on the console or a byte from the network. Further arguments
# go to test-html.py.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh chromium chromium-driver fonts-dejavu-core python3
[ -x build/tools/bstc/bstc ] || scripts/build.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/tools/bstc/bstc zoo yolov5s --activation silu -o "$folder/yolov5s.onnx" >/dev/null
build/tools/bstc/bstc profile "$folder/yolov5s.onnx" --html "$folder/yolov5s.html" >/dev/null
python3 scripts/test-html.py "$folder/yolov5s.html" "$@"
