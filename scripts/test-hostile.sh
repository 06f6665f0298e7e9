#!/usr/bin/env bash
# Everything that the ordinary tests of damaged packages and failing allocations try a sample of:
# every byte of a package but its weights flipped to three other values and 10,000 of its weights,
# with the old hash and with one made right; every length it can be cut to; every integer at the
# edges of its type; every allocation failing. Under AddressSanitizer and UndefinedBehaviorSanitizer
# (Clang; runtime and simulator only, into build-hostile/), on all processors.
#
#   scripts/test-hostile.sh                    the programs made by hand; then detection with NMS and
#                                              segmentation of the zoo, both with a self-test (hours)
#   scripts/test-hostile.sh small              the programs made by hand only (minutes)
#   scripts/test-hostile.sh PACKAGE.bst ...    these packages only
set -euo pipefail
given=("$@")
[ "${1:-small}" = small ] || mapfile -t given < <(realpath -e "$@")
cd "$(dirname "$0")/.."
scripts/setup.sh clang-14 libclang-rt-14-dev
cmake -S . -B build-hostile -G Ninja -DBSTC_BUILD_COMPILER=OFF -DCMAKE_C_COMPILER=clang-14 \
  -DCMAKE_CXX_COMPILER=clang++-14 -DCMAKE_BUILD_TYPE=Debug \
  "-DCMAKE_CXX_FLAGS_DEBUG=-O2 -gline-tables-only" -DBSTC_SANITIZE=address,undefined >/dev/null
cmake --build build-hostile -j"$(nproc)" --target hostile_test hostile_allocation_test \
  hostile_capi_allocation_test hostile_files_test
export BSTC_EXHAUSTIVE=1
folder=build-hostile/packages
mkdir -p "$folder"
packages=()
if [ $# -eq 0 ]; then
  scripts/setup.sh
  cmake -S . -B build -G Ninja >/dev/null
  cmake --build build -j"$(nproc)" --target bstc
  for task in detect segment; do
    build/tools/bstc/bstc zoo yolov5n --size 32 --task "$task" -o "$folder/$task.onnx" >/dev/null
  done
  build/tools/bstc/bstc compile "$folder/detect.onnx" --with-nms --selftest -o "$folder/detect.bst" >/dev/null
  build/tools/bstc/bstc compile "$folder/segment.onnx" --selftest -o "$folder/segment.bst" >/dev/null
  packages=("$folder/detect.bst" "$folder/segment.bst")
elif [ "$1" != small ]; then
  packages=("${given[@]}")
fi

if [ $# -eq 0 ] || [ "$1" = small ]; then
  for test in hostile_test hostile_allocation_test hostile_capi_allocation_test; do
    build-hostile/tests/hostile/$test --gtest_brief=1
  done
fi
# A package's attempts are cut into parts for the processors.
parts=$(nproc)
for package in ${packages[@]+"${packages[@]}"}; do
  echo "== $package"
  seq 0 $((parts - 1)) | BSTC_HOSTILE_PACKAGES=$package xargs -P "$parts" -I{} \
    env "BSTC_PART={}/$parts" build-hostile/tests/hostile/hostile_files_test --gtest_brief=1
done
