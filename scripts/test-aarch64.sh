#!/usr/bin/env bash
# Builds runtime and simulator for AArch64 (build-aarch64/) and runs their tests under qemu: on a
# processor with the int8 dot product and on one without.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh g++-aarch64-linux-gnu qemu-user googletest
# Two processes a suite: under qemu, each takes its time to start.
scripts/build.sh build-aarch64 -DBSTC_BUILD_COMPILER=OFF -DBSTC_TEST_DISCOVER=OFF \
  -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-toolchain.cmake
export BSTC_TEST_PROBLEMS=${BSTC_TEST_PROBLEMS:-1000}
run() {
  echo "AArch64: $1, $2"
  QEMU_CPU=$1 BSTC_TEST_ISA=$2 ctest --test-dir build-aarch64 --output-on-failure -j"$(nproc)"
}
run max neondot
run cortex-a57 neon
