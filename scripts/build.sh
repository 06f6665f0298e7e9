#!/usr/bin/env bash
# Builds everything, or the targets in BSTC_TARGETS, into build/ (or $1 with the CMake options that
# follow it).
set -euo pipefail
cd "$(dirname "$0")/.."
dir=${1:-build}
[ $# -gt 0 ] && shift
cmake -S . -B "$dir" -G Ninja "$@" >"/tmp/bstc-configure.$$" || { cat "/tmp/bstc-configure.$$" >&2; exit 1; }
rm -f "/tmp/bstc-configure.$$"
read -ra targets <<<"${BSTC_TARGETS:-all}"
cmake --build "$dir" -j"$(nproc)" --target "${targets[@]}"
