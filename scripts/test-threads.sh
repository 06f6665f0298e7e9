#!/usr/bin/env bash
# The runtime's threads under ThreadSanitizer: many sessions on one package, worker threads, frames
# in flight through the C interface. Builds runtime and simulator only, into build-tsan/.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake -S . -B build-tsan -G Ninja -DBSTC_BUILD_COMPILER=OFF -DBSTC_SANITIZE=thread \
  -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
cmake --build build-tsan -j"$(nproc)" --target threads_test capi_test
cd tests
../build-tsan/tests/hostile/threads_test --gtest_brief=1
../build-tsan/tests/capi/capi_test --gtest_brief=1 --gtest_filter="*Threads*:*Flight*"
