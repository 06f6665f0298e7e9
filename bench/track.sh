#!/usr/bin/env bash
# Has anything become slower? track.sh BASE [HEAD] builds two revisions (HEAD: what is checked out) in
# build-track/ and runs the same benchmarks with both, in turn: A B, B A, A B, ... Prints both times
# and their ratio for each. Exit code 1 when one has become slower than the bound allows.
#
#   run N T      bstc run: YOLOv5 N, ReLU, u8, 640 pixels, from image to boxes, with T threads: the
#                networks of docs/simulator-speed.md
#   compile n    bstc compile with the fidelity receipt
#   profile n    bstc profile of a package
#
# Other work on the machine only adds to a time, so a time is the least of all rounds, and `ratio` is
# that of the leasts. `rounds` says how the ratio of single rounds, whose two runs are neighbours,
# scatters: quartile, median, quartile. A benchmark is slower when ratio *and* median are above the
# bound; one that seems so is measured for as many rounds again before it counts. What the two runs of
# one revision would differ by, `track.sh HEAD HEAD` shows.
#
# TRACK_BOUND (1.05), TRACK_ROUNDS (8), TRACK_FILTER (regular expression on the names above).
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
root=$PWD
work=$root/build-track
bound=${TRACK_BOUND:-1.05}
rounds=${TRACK_ROUNDS:-8}
filter=${TRACK_FILTER:-.}
fail() { echo "track: $1" >&2; exit "${2:-1}"; }
[ $# -ge 1 ] && [ $# -le 2 ] || fail "usage: bench/track.sh BASE [HEAD]" 2
[[ $rounds =~ ^[1-9][0-9]*$ ]] || fail "TRACK_ROUNDS is a number of rounds, not '$rounds'" 2
base=$(git rev-parse --verify --quiet "$1^{commit}") || fail "no revision $1" 2
head=$(git rev-parse --verify --quiet "${2:-HEAD}^{commit}") || fail "no revision ${2:-HEAD}" 2
[ $# -eq 2 ] || git diff --quiet HEAD || echo "track: changes that are not committed do not take part" >&2

mkdir -p "$work"
exec 9>"$work/lock"
flock -n 9 || fail "another track.sh is at work here"

build() { # SIDE COMMIT
  local tree=$work/$1
  if [ -e "$tree/.git" ]; then
    git -C "$tree" checkout --quiet --force --detach "$2"
  else
    git worktree prune
    git worktree add --quiet --force --detach "$tree" "$2"
  fi
  export CCACHE_BASEDIR=$tree # What one side has compiled, the other need not.
  { cmake -S "$tree" -B "$tree/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBSTC_BUILD_TESTS=OFF \
    -DBSTC_BUILD_BENCH=OFF && cmake --build "$tree/build" --target bstc; } >"$work/$1.log" 2>&1 ||
    { tail -n 20 "$work/$1.log" >&2; fail "$2 does not build"; }
}
echo "building $(git log -1 --format='%h %s' "$base")" >&2
build base "$base"
echo "building $(git log -1 --format='%h %s' "$head")" >&2
build head "$head"
bstc() { "$work/$1/build/tools/bstc/bstc" "${@:2}"; }

# Both sides get the same networks, and each compiles them for itself.
networks() { sed -nE 's/^run ([nsm]) .*/\1/p; s/^(compile|profile) ([nsm])/\2/p' | sort -u; }
names=$(printf 'run %s\n' "n 1" "n 2" "s 1" "s 2" "m 1" "m 2"; echo "compile n"; echo "profile n")
names=$(grep -E -- "$filter" <<<"$names") || fail "no benchmark matches '$filter'" 2
for network in $(networks <<<"$names"); do
  bstc base zoo "yolov5$network" --quant u8 -o "$work/$network.onnx" \
    --sample-input "$work/images.npy" >/dev/null
  for side in base head; do
    bstc $side compile "$work/$network.onnx" -o "$work/$network.$side.bst" --no-fidelity >/dev/null
  done
done

wall() { # COMMAND...: milliseconds
  local start
  start=$(date +%s%N)
  "$@" >/dev/null
  awk -v ns=$(($(date +%s%N) - start)) 'BEGIN { printf "%.3f", ns / 1e6 }'
}
measure() { # SIDE BENCHMARK: milliseconds
  local what network threads
  read -r what network threads <<<"$2"
  case $what in
  run) bstc "$1" run "$work/$network.$1.bst" --input "$work/images.npy" --threads "$threads" \
    --timings --repeat 10 | awk '$1 == "all" { print $2 }' ;;
  compile) wall bstc "$1" compile "$work/$network.onnx" -o "$work/compiled.bst" ;;
  profile) wall bstc "$1" profile "$work/$network.$1.bst" ;;
  esac
}

times=$work/times # ROUND BENCHMARK, TIME, TIME: separated by tabs.
: >"$times"
run_rounds() { # FIRST LAST BENCHMARKS
  local round name first second a b
  for ((round = $1; round <= $2; ++round)); do
    while read -r name; do
      first=base second=head
      ((round % 2)) || { first=head second=base; }
      a=$(measure $first "$name")
      b=$(measure $second "$name")
      [[ $a =~ ^[0-9.]+$ && $b =~ ^[0-9.]+$ ]] || fail "$name: no time in the output ('$a', '$b')"
      ((round % 2)) || { local swap=$a; a=$b b=$swap; }
      printf '%s\t%s\t%s\n' "$name" "$a" "$b" >>"$times"
    done <<<"$3"
  done
}
# One line per benchmark: name, times, ratio, quartiles, verdict.
judge() {
  local name
  while read -r name; do
    awk -F'\t' -v name="$name" '$1 == name { printf "%.6f\t%s\t%s\n", $3 / $2, $2, $3 }' "$times" |
      sort -n | awk -F'\t' -v name="$name" -v bound="$bound" '
        function at(share) { return ratio[1 + int(share * (NR - 1) + 0.5)] }
        { ratio[NR] = $1
          if (NR == 1 || $2 + 0 < base) base = $2 + 0
          if (NR == 1 || $3 + 0 < head) head = $3 + 0 }
        END { both = head / base > bound && at(0.5) > bound
              printf "%-10s  %9.3f  %9.3f  %5.3f  %5.3f %5.3f %5.3f  %s\n", name, base, head,
                     head / base, at(0.25), at(0.5), at(0.75), both ? "slower" : "" }'
  done <<<"$names"
}
echo "measuring, $rounds rounds" >&2
run_rounds 1 "$rounds" "$names"
suspects=$(judge | awk '$NF == "slower" { sub(/  .*/, ""); print }')
if [ -n "$suspects" ]; then
  echo "once more: $(paste -sd, <<<"$suspects")" >&2
  run_rounds $((rounds + 1)) $((2 * rounds)) "$suspects"
fi

echo "base $(git log -1 --format=%h "$base"), head $(git log -1 --format=%h "$head"): milliseconds, least of all rounds"
printf '%-10s  %9s  %9s  %5s  %-17s\n' benchmark base head ratio "rounds (quartiles)"
judge
! judge | grep -q 'slower$' || fail "slower than $bound times the base"
