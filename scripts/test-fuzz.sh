#!/usr/bin/env bash
# Fuzzes the loader and the ONNX importer, side by side, under AddressSanitizer and UndefinedBehavior-
# Sanitizer (Clang, libFuzzer): test-fuzz.sh [SECONDS for each | inputs [BUILD]], 20 by default, in
# build-fuzz/. With `inputs`, as many inputs on every machine, however long they take: for CI.
# A BUILD that is configured already needs BSTC_FUZZERS=ON and coverage (test-sanitized.sh's does).
# Begins with the checked-in corpus and what earlier runs kept in BUILD/corpus; what it finds is left
# in BUILD, and belongs into tests/fuzz/corpus once it is fixed.
set -euo pipefail
cd "$(dirname "$0")/.."
loader_inputs=30000 onnx_inputs=3000 # A package is read faster than a model is compiled.
limit() { # TARGET
  local inputs=$1_inputs
  if [ "$seconds" = inputs ]; then echo "-runs=${!inputs}"; else echo "-max_total_time=$seconds"; fi
}
seconds=${1:-20}
build=${2:-build-fuzz}
scripts/setup.sh clang-14 libclang-rt-14-dev
[ -f "$build/CMakeCache.txt" ] ||
  cmake -S . -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
    -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -gline-tables-only" \
    -DBSTC_SANITIZE=address,undefined,fuzzer-no-link -DBSTC_FUZZERS=ON -DBSTC_BUILD_BENCH=OFF \
    -DBSTC_PCH=ON >/dev/null
cmake --build "$build" -j"$(nproc)" --target loader_fuzz onnx_fuzz

fuzz() {
  local log=$build/$1-fuzz.log
  mkdir -p "$build/corpus/$1"
  "$build/tests/fuzz/$1_fuzz" "$(limit "$1")" -max_len=16384 -timeout=10 \
    -rss_limit_mb=2048 -malloc_limit_mb=1024 -artifact_prefix="$build/$1-" -print_final_stats=1 \
    "$build/corpus/$1" "tests/fuzz/corpus/$1" >"$log" 2>&1 ||
    { grep -av -e '^#' -e '^INFO' "$log" >&2 || true; echo "fuzzing: $1 failed, see $log" >&2; return 1; }
  echo "fuzzed: $1, $(grep -a 'DONE' "$log" | tr -s '\t' ' ')"
}
fuzz loader & loader=$!
fuzz onnx & onnx=$!
result=0
wait $loader || result=1
wait $onnx || result=1
exit $result
