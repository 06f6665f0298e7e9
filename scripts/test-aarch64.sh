#!/usr/bin/env bash
# Builds runtime and simulator for AArch64 (build-aarch64/) and runs their tests under qemu: on a
# processor with the int8 dot product and on one without.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh g++-aarch64-linux-gnu qemu-user googletest
# Two processes a suite: under qemu, each takes its time to start. The tests themselves are compiled
# for speed of compiling; warnings about them come from the native build (GCC 12 has false ones of
# strings here).
scripts/build.sh build-aarch64 -DBSTC_BUILD_COMPILER=OFF -DBSTC_TEST_DISCOVER=OFF \
  -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-toolchain.cmake -DBSTC_PCH=ON "-DBSTC_TEST_OPTIMIZE=-O1;-w" \
  "-DCMAKE_CXX_FLAGS=--param ggc-min-heapsize=1000000"
export BSTC_TEST_PROBLEMS=${BSTC_TEST_PROBLEMS:-300}
run() { # CPU ISA CTEST_OPTION ...
  echo "AArch64: $1, $2"
  QEMU_CPU=$1 BSTC_TEST_ISA=$2 ctest --test-dir build-aarch64 --output-on-failure -j"$(nproc)" "${@:3}"
}
run max neondot
run cortex-a57 neon -E hostile_ # What the loader refuses depends on no instruction.
