#!/usr/bin/env bash
# Do the tests see a fault? Puts the small faults of tests/mutants/AREA/*.patch into the code, one at
# a time, and runs the tests that stand nearest: mutants.sh [AREA | AREA/NAME.patch ...], all by
# default. A mutant is killed when one of its tests fails, crashes or takes longer than
# MUTANTS_TIMEOUT seconds (300). Works on HEAD in a worktree of its own, build-mutants/tree: what is
# not committed is not tested, except the patches themselves. Exit code 1 when a mutant survived, no
# longer applies (STALE) or does not build.
#
#   mutants.sh --check    builds nothing: has every patch its two header lines, and does it apply?
#
# A patch is "tests: TARGET ...", "why: what a user would see", and a unified diff from the root.
set -euo pipefail
export LC_ALL=C # One order everywhere.
cd "$(dirname "$0")/.."
root=$PWD
mutants=$root/tests/mutants
tree=$root/build-mutants/tree
build=$tree/build
log=$root/build-mutants/log

fail() { echo "mutants: $1" >&2; exit "${2:-1}"; }
targets_of() { sed -n '1s/^tests: *//p' "$1"; }
well_formed() { [ -n "$(targets_of "$1")" ] && sed -n 2p "$1" | grep -q '^why: .'; }

check() {
  local patch result=0
  # Sources that lie inside somebody else's repository are patched as plain files.
  export GIT_CEILING_DIRECTORIES=${root%/*}
  for patch in "$mutants"/*/*.patch; do
    [ -e "$patch" ] || continue
    well_formed "$patch" || { echo "${patch#"$root/"}: begin with 'tests: TARGET' and 'why: ...'"; result=1; }
    git apply --check --recount "$patch" 2>"$1" ||
      { echo "${patch#"$root/"}: STALE, write it anew for the code of today:"; cat "$1"; result=1; }
  done
  return $result
}
if [ "${1:-}" = --check ]; then
  errors=$(mktemp)
  trap 'rm -f "$errors"' EXIT
  check "$errors"
  exit
fi

patches=()
for name in "${@:-.}"; do
  if [ -d "$mutants/$name" ]; then
    while read -r patch; do patches+=("$patch"); done < <(find "$mutants/$name" -name '*.patch' | sort)
  elif [ -f "$mutants/$name" ]; then
    patches+=("$mutants/$name")
  else
    fail "tests/mutants has no $name; it has: $(cd "$mutants" && echo *)" 2
  fi
done
[ ${#patches[@]} -gt 0 ] || fail "no patches in tests/mutants"
for patch in "${patches[@]}"; do
  well_formed "$patch" || fail "$patch: begin with 'tests: TARGET' and 'why: ...'"
done

mkdir -p build-mutants
exec 9>build-mutants/lock
flock -n 9 || fail "another run is at work in build-mutants"
restore() { git -C "$tree" checkout -q --force HEAD -- . 2>/dev/null || true; }
running=
# shellcheck disable=SC2317 # Called by the trap.
stop() {
  [ -z "$running" ] || kill "$running" 2>/dev/null || true
  exit 130
}
trap restore EXIT
trap stop INT TERM

git worktree prune
[ -e "$tree/.git" ] || { rm -rf "$tree"; git worktree add -q --force --detach "$tree" HEAD; }
git -C "$tree" checkout -q --force --detach "$(git rev-parse HEAD)"
git -C "$tree" clean -q -d --force
[ -z "$(git status --porcelain --untracked-files=no)" ] ||
  echo "mutants: what is not committed is not tested"
[ -f "$build/CMakeCache.txt" ] ||
  cmake -S "$tree" -B "$build" -G Ninja -DBSTC_BUILD_BENCH=OFF -DBSTC_TEST_DISCOVER=OFF \
    "-DBSTC_SHARED_DIR=$root/../shared" >"$log" || { cat "$log" >&2; fail "cmake failed"; }

# A trap is not run before what is in the foreground ends: so nothing that takes long is.
run() {
  local result=0
  "$@" >"$log" 2>&1 9>&- &
  running=$!
  wait "$running" 2>/dev/null || result=$?
  running=
  return $result
}
make() { run ninja -C "$build" -j2 "$@"; }
# A mutant may allocate without end: 16 GB of addresses are enough for every test.
# shellcheck disable=SC2317 # Called by run.
test_of() {
  cd "$tree/tests"
  ulimit -c 0 -v 16000000
  GTEST_FAIL_FAST=1 exec timeout -k 5 "${MUTANTS_TIMEOUT:-300}" "$1"
}

# Runs a test executable; when it fails, killer is the first TEST that did.
passes() {
  local program result=0
  program=$(find "$build/tests" -name "$1" -type f -perm -u+x | head -n 1)
  [ -n "$program" ] || fail "$1 is no executable of build/tests"
  run test_of "$program" || result=$?
  [ $result -ne 0 ] || return 0
  killer=$(grep -a -m 1 '^\[  FAILED  \] .*ms)$' "$log" | cut -d ' ' -f 6 || true)
  [ -n "$killer" ] || killer=$(grep -a '^\[ RUN  ' "$log" | tail -n 1 | sed 's/^\[ RUN  *\] *//')
  killer=${killer:-$1}
  if [ $result -eq 124 ] || [ $result -eq 137 ]; then killer="$killer (time)";
  elif [ $result -gt 128 ]; then killer="$killer (crash)"; fi
  return 1
}

mapfile -t targets < <(for patch in "${patches[@]}"; do targets_of "$patch"; done | tr -s ' ' '\n' | sort -u)
echo "mutants: building $(git rev-parse --short HEAD) and running ${targets[*]} without mutants"
make "${targets[@]}" || { tail -n 30 "$log" >&2; fail "it does not build without mutants"; }
for target in "${targets[@]}"; do
  passes "$target" || { tail -n 30 "$log" >&2; fail "$target fails without mutants: $killer"; }
done

# Sets verdict.
try() {
  local patch=$1 names target
  read -ra names < <(targets_of "$patch")
  verdict=STALE
  git -C "$tree" apply --recount "$patch" 2>"$log" || return 0
  verdict=SURVIVED
  if ! make "${names[@]}"; then
    verdict="does not build: $(grep -a -m 1 ' error: ' "$log" || true)"
  else
    for target in "${names[@]}"; do
      passes "$target" || { verdict="killed by $killer"; break; }
    done
  fi
  restore
}

declare -A count
areas=()
bad=0
for patch in "${patches[@]}"; do
  name=${patch#"$mutants"/}
  name=${name#./}
  area=${name%/*}
  [[ " ${areas[*]} " == *" $area "* ]] || areas+=("$area")
  try "$patch"
  kind=${verdict%% *}
  count[$area/$kind]=$((${count[$area/$kind]:-0} + 1))
  [ "$kind" = killed ] || bad=1
  echo "$name: $verdict"
  [ "$kind" != SURVIVED ] || sed -n 2p "$patch"
done

echo
printf '%-20s %7s %9s %7s %7s %6s\n' area killed survived stale unbuilt rate
for area in "${areas[@]}"; do
  killed=${count[$area/killed]:-0}
  survived=${count[$area/SURVIVED]:-0}
  rate=-
  [ $((killed + survived)) -eq 0 ] || rate=$((100 * killed / (killed + survived)))%
  printf '%-20s %7d %9d %7d %7d %6s\n' "$area" "$killed" "$survived" "${count[$area/STALE]:-0}" \
    "${count[$area/does]:-0}" "$rate"
done
exit $bad
