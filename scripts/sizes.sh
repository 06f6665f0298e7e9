#!/usr/bin/env bash
# What libbstrt adds to a program: sizes of hosts that link the archive, stripped, against their
# limits. sizes.sh PREFIX: where it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:?usage: sizes.sh PREFIX, where libbstrt is installed}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0
link() { # OPTION ...: links tests/install/board, which has its own driver; its bytes are in size.
  cc -Os tests/install/board/board.c -o "$folder/host" -I"$prefix/include" -L"$prefix/lib" -s \
    -Wl,--gc-sections -Wl,-z,noseparate-code "$@" -l:libbstrt.a -lstdc++ -lm -ldl -pthread
  size=$(stat -c %s "$folder/host")
}
host() { # NAME LIMIT OPTION ...
  link "${@:3}"
  echo "$1: $size bytes, limit $2"
  [ "$size" -lt "$2" ] || { echo "sizes: too large: $1" >&2; status=1; }
}
host "loader, C interface: a host that opens and runs" 165000
host "and all simulators" 1500000 -Wl,--undefined=bst_simulator_driver
# What no program takes at once: every function but those that name the simulator.
names=$(nm -D --defined-only "$prefix/lib/libbstrt.so" | awk '{ print $3 }' | grep '^bst_' |
  grep -vE 'simulator|by_name' | sed 's/@.*//')
mapfile -t functions <<<"$names"
host "loader and all ${#functions[@]} functions" 195000 "${functions[@]/#/-Wl,--undefined=}"
exit $status
