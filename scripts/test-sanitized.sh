#!/usr/bin/env bash
# Builds with Clang under AddressSanitizer and UndefinedBehaviorSanitizer (build-sanitized/), with
# the asserts on, and runs the unit tests, of the command line a part: test-sanitized.sh [core]
# [CTEST_OPTION ...]. With core, those that read strangers' bytes and move memory only: runtime,
# kernels, C interface, importer.
#
# Little is optimised and no more than the lines of the source are kept for the debugger: this build is
# for CI, which starts from nothing; a third of the time to compile a test would go to checks of its own
# pointers, which ASan sees anyway. It counts which code runs, for scripts/test-fuzz.sh, but does not
# trace comparisons: tests would take twice as long.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh clang-14 libclang-rt-14-dev
targets=(all)
# Of the command line's tests those that read and write users' files. The others compile and plan for
# minutes and look at figures; what they run is tested below them.
tests=(-E '^(tool_test|Tool)')
files='Data.*:Pictures.*:DeployTest.*:DetectTest.*:Stdout.*'
if [ "${1:-}" = core ]; then
  shift
  files=
  targets=(bstc tests/{runtime,kernels,capi,hostile,frontend,fuzz}/all)
  tests=(-R '^(Corpus|runtime|kernels|capi|library|threads|hostile|frontend|fuzz)')
fi
cmake -S . -B build-sanitized -G Ninja -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
  -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -gline-tables-only" \
  -DBSTC_SANITIZE=address,undefined -DBSTC_BUILD_BENCH=OFF -DBSTC_PCH=ON -DBSTC_FUZZERS=ON \
  -DCMAKE_CXX_FLAGS=-fsanitize-coverage=inline-8bit-counters,pc-table \
  "-DBSTC_TEST_OPTIMIZE=-O0;-fno-sanitize=null,alignment,object-size,vptr" \
  -DBSTC_TEST_DISCOVER=OFF -DBSTC_SHARED_DIR= >/dev/null
cmake --build build-sanitized -j"$(nproc)" --target "${targets[@]}"
# Random problems are for the fast build; under the sanitizers a share of them will do.
export BSTC_TEST_PROBLEMS=${BSTC_TEST_PROBLEMS:-500}
ctest --test-dir build-sanitized --output-on-failure -j"$(nproc)" -L unit \
  ${tests[@]+"${tests[@]}"} "$@"
[ -z "$files" ] ||
  (cd tests && ../build-sanitized/tests/tool/tool_test --gtest_brief=1 --gtest_filter="$files")
