#!/usr/bin/env bash
# The runtime's threads under ThreadSanitizer: test-threads.sh [RUNS of each thread], 1000 by default.
# Eight sessions on one package, worker threads, frames in flight through the C interface. Builds
# runtime, simulator and these tests only, into build-tsan/, by Clang (whose tests run twice as fast).
# With BSTC_TEST_PROBLEMS=N, N random problems on every kernel, too.
set -euo pipefail
cd "$(dirname "$0")/.."
export BSTC_TEST_RUNS=${1:-1000}
scripts/setup.sh clang-14 libclang-rt-14-dev
cmake -S . -B build-tsan -G Ninja -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
  -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -gline-tables-only" \
  -DBSTC_BUILD_COMPILER=OFF -DBSTC_SANITIZE=thread -DBSTC_TEST_OPTIMIZE=-O0 \
  -DBSTC_TEST_DISCOVER=OFF >/dev/null
tests=(hostile/threads_test capi/capi_threads_test)
[ -n "${BSTC_TEST_PROBLEMS:-}" ] && tests+=(kernels/kernels_test)
cmake --build build-tsan -j"$(nproc)" --target "${tests[@]##*/}"
cd tests # Where a report ends the test, and its exit code says so.
for test in "${tests[@]}"; do
  TSAN_OPTIONS="halt_on_error=1 ${TSAN_OPTIONS:-}" "../build-tsan/tests/$test" --gtest_brief=1
done
