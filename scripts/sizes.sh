#!/usr/bin/env bash
# What libbstrt adds to a program: sizes of hosts that link the archive, stripped, against their
# limits. sizes.sh PREFIX: where it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:?usage: sizes.sh PREFIX, where libbstrt is installed}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0
host() { # NAME LIMIT OPTION ...: tests/install/board, which has its own driver, with these options.
  cc -Os tests/install/board/board.c -o "$folder/host" -I"$prefix/include" -L"$prefix/lib" -s \
    -Wl,--gc-sections -Wl,-z,noseparate-code "${@:3}" -l:libbstrt.a -lstdc++ -lm -ldl -pthread
  local size
  size=$(stat -c %s "$folder/host")
  echo "$1: $size bytes, limit $2"
  [ "$size" -lt "$2" ] || { echo "sizes: too large: $1" >&2; status=1; }
}
host "loader and C interface" 150000
host "and all simulators" 1500000 -Wl,--undefined=bst_simulator_driver
exit $status
