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
zoo() { # BUILD NAME OPTION ...
  local model=$folder/zoo.onnx
  "$1/tools/bstc/bstc" zoo "${@:2}" -o "$model" >/dev/null
  sha256sum <"$model"
  package "$1" "$model"
}
package() { # BUILD MODEL
  # The fidelity receipt is not part of the package.
  "$1/tools/bstc/bstc" compile "$2" -o "$folder/model.bst" --no-fidelity >/dev/null
  sha256sum <"$folder/model.bst"
}
different=0
compare() { # NAME zoo|package ARGUMENT ...
  local expected="" got
  for build in "${builds[@]}"; do
    got=$("$2" "$build" "${@:3}" | tr -d ' \n-')
    if [ -n "$expected" ] && [ "$got" != "$expected" ]; then
      echo "different: $1: $build against ${builds[0]}"
      different=1
      return
    fi
    expected=$got
  done
  echo "identical: $1 (${#builds[@]} builds)"
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
