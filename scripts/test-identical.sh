#!/usr/bin/env bash
# The same model must give the same package, byte for byte, whatever built the compiler: compares
# the exports of the zoo and the packages of GCC and Clang, Debug and Release (built into
# build-identical-*), or of the builds that are named: test-identical.sh build build-sanitized
set -euo pipefail
cd "$(dirname "$0")/.."
builds=("$@")
if [ ${#builds[@]} -eq 0 ]; then
  scripts/setup.sh clang-14
  for compiler in g++ clang++-14; do
    for type in Release Debug; do
      build=build-identical-$compiler-$type
      cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=$compiler -DCMAKE_BUILD_TYPE=$type \
        -DBSTC_BUILD_TESTS=OFF -DBSTC_BUILD_BENCH=OFF >/dev/null
      cmake --build "$build" -j"$(nproc)" --target bstc
      builds+=("$build")
    done
  done
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# sha256 of what a build makes of one model, with a model of the zoo: of the export too.
zoo() { # FOLDER BUILD NAME OPTION ...
  "$2/tools/bstc/bstc" zoo "${@:3}" -o "$1/zoo.onnx" >/dev/null
  sha256sum <"$1/zoo.onnx"
  package "$1" "$2" "$1/zoo.onnx"
}
package() { # FOLDER BUILD MODEL
  # The fidelity receipt is not part of the package.
  "$2/tools/bstc/bstc" compile "$3" -o "$1/model.bst" --no-fidelity >/dev/null
  sha256sum <"$1/model.bst"
}
different=0
compare() { # NAME zoo|package ARGUMENT ...
  local i running=() same=1
  for i in "${!builds[@]}"; do # Side by side.
    mkdir -p "$folder/$i"
    "$2" "$folder/$i" "${builds[$i]}" "${@:3}" >"$folder/$i/sums" &
    running+=($!)
  done
  for i in "${!builds[@]}"; do
    wait "${running[$i]}"
    cmp -s "$folder/0/sums" "$folder/$i/sums" && continue
    echo "different: $1: ${builds[$i]} against ${builds[0]}"
    same=0
    different=1
  done
  [ $same -eq 0 ] || echo "identical: $1 (${#builds[@]} builds)"
}
for network in "yolov5n --size 64" "yolov5n --size 64 --activation silu --quant affine" \
  "yolov5n --size 64 --task segment --quant u8" "yolov5n --size 64 --quant float"; do
  # shellcheck disable=SC2086 # Options, separated by spaces.
  compare "zoo $network" zoo $network
done
if [ -d ../shared/models ]; then
  for model in ../shared/models/*.onnx ../shared/models/light/*.onnx; do
    [ -e "$model" ] && compare "$(basename "$model")" package "$model"
  done
fi
exit $different
