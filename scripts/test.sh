#!/usr/bin/env bash
# Sets up, builds and runs every test: unit, command line, and (when ../shared is there) shared.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
scripts/build.sh
ctest --test-dir build --output-on-failure -j"$(nproc)" "$@"
