#!/usr/bin/env bash
# Fuzzes the loader and the ONNX importer for a while under AddressSanitizer and UndefinedBehavior-
# Sanitizer (Clang, libFuzzer): test-fuzz.sh [SECONDS a target], 20 by default. Begins with the
# checked-in corpus; what it finds is left in build-fuzz/, and belongs into tests/fuzz/corpus once it
# is fixed.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-20}
scripts/setup.sh clang libclang-rt-14-dev
cmake -S . -B build-fuzz -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
  -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBSTC_SANITIZE=address,undefined,fuzzer-no-link \
  -DBSTC_FUZZERS=ON -DBSTC_BUILD_BENCH=OFF >/dev/null
cmake --build build-fuzz -j"$(nproc)" --target loader_fuzz onnx_fuzz
for target in loader onnx; do
  mkdir -p "build-fuzz/corpus/$target"
  echo "fuzzing: $target, $seconds s"
  "build-fuzz/tests/fuzz/${target}_fuzz" -max_total_time="$seconds" -max_len=16384 -timeout=10 \
    -rss_limit_mb=2048 -malloc_limit_mb=1024 -artifact_prefix="build-fuzz/${target}-" \
    -verbosity=0 -print_final_stats=1 "build-fuzz/corpus/$target" "tests/fuzz/corpus/$target" 2>&1 |
    grep -v '^INFO' || { echo "fuzzing: $target failed" >&2; exit 1; }
done
