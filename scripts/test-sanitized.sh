#!/usr/bin/env bash
# Builds with Clang under AddressSanitizer and UndefinedBehaviorSanitizer (build-sanitized/), with
# the asserts on, and runs the unit tests. Little is optimised and no more than the lines of the
# source are kept for the debugger: this build is for CI, which starts from nothing; half of the time to
# compile a test would go to checks of its own pointers, which ASan sees anyway. It counts which
# code runs, for scripts/test-fuzz.sh, but does not trace comparisons: tests would take twice as long.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh clang-14 libclang-rt-14-dev
scripts/build.sh build-sanitized -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
  -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -gline-tables-only" \
  -DBSTC_SANITIZE=address,undefined -DBSTC_BUILD_BENCH=OFF -DBSTC_PCH=ON -DBSTC_FUZZERS=ON \
  -DCMAKE_CXX_FLAGS=-fsanitize-coverage=inline-8bit-counters,pc-table \
  "-DBSTC_TEST_OPTIMIZE=-O0;-fno-sanitize=null,alignment,object-size,vptr" \
  -DBSTC_TEST_DISCOVER=OFF
# Random problems are for the fast build; under the sanitizers a share of them will do.
export BSTC_TEST_PROBLEMS=${BSTC_TEST_PROBLEMS:-500}
ctest --test-dir build-sanitized --output-on-failure -j"$(nproc)" -L unit "$@"
