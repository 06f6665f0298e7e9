#!/usr/bin/env bash
# What a host gets: installs build/ (or the build that is named) into a folder that is then moved,
# builds hosts against it in every way (CMake package and pkg-config, shared and static, C without a
# C++ compiler), runs them on a network of the zoo, uses the installed schema, target and Python module,
# looks at what the shared library shows and makes the Debian packages.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh pkgconf dpkg-dev binutils flatbuffers-compiler python3-numpy
build=$PWD/${1:-build}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "test-install: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$folder/first" >/dev/null
mv "$folder/first" "$folder/prefix" # Nothing may know where it was installed.
prefix=$folder/prefix
export PATH=$prefix/bin:$PATH PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

bstc zoo yolov5n --size 64 -o "$folder/model.onnx" >/dev/null
bstc compile "$folder/model.onnx" -o "$folder/model.bst" --no-fidelity --selftest >/dev/null
bstc compile "$folder/model.onnx" -o "$folder/deployed.bst" --no-fidelity --deploy >/dev/null
check_board() { # HOW PROGRAM
  local said
  said=$("$2" "$folder/model.bst")
  [[ $said == "1 frames" ]] || fail "$1: board said '$said'"
  echo "ok: $1: $said"
}

echo "== What the shared library shows"
library=$prefix/lib/libbstrt.so
names=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sed 's/@.*//')
[ "$(grep -c '^bst_' <<<"$names")" -gt 20 ] || fail "the C interface is not there"
others=$(grep -v '^bst_' <<<"$names" || true)
[ -z "$others" ] || fail "it also shows: $others"
readelf -d "$library" | grep -q 'SONAME.*\[libbstrt\.so\.1\]' || fail "no SONAME libbstrt.so.1"
! readelf -d "$library" | grep NEEDED | grep -vE 'lib(stdc\+\+|m|gcc_s|c|pthread|dl)\.so|ld-linux' ||
  fail "it needs more than the C++ library"
echo "ok: bst_* only, SONAME libbstrt.so.1"

echo "== CMake package"
version=$(bstc --version | sed -nE '1s/^bstc ([0-9]+[.][0-9]+).*/\1/p')
cmake -S tests/install/board -B "$folder/board" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
  -DWANTED="$version" >/dev/null
cmake --build "$folder/board" >/dev/null
check_board "find_package, shared" "$folder/board/board"
check_board "find_package, static" "$folder/board/board_static"

echo "== Examples, as installed"
for example in examples examples/recording_driver; do
  cp -r "$prefix/share/doc/libbstrt-dev/$example" "$folder/source"
  cmake -S "$folder/source" -B "$folder/$example" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
  cmake --build "$folder/$example" >/dev/null
  rm -r "$folder/source"
done
# Any bytes make a picture for weights that are drawn, not trained.
{ printf 'P6\n160 96\n255\n'; head -c 46080 "$folder/model.onnx"; } >"$folder/picture.ppm"
for host in host host_cpp; do
  "$folder/examples/$host" "$folder/model.bst" "$folder/picture.ppm" "$folder/picture.ppm" >"$folder/$host.txt"
  [ "$(grep -c 'picture.ppm: [1-9][0-9]* boxes' "$folder/$host.txt")" -eq 2 ] || fail "$host found nothing"
done
cmp "$folder/host.txt" "$folder/host_cpp.txt" || fail "the hosts in C and in C++ differ"
echo "ok: host in C and in C++: $(head -n 1 "$folder/host.txt" | sed 's/.*: //')"
seen=$(head -c 46080 "$folder/model.onnx" | "$folder/examples/camera" "$folder/deployed.bst" nv12 160 96)
[ "$(grep -c 'picture [01]: [1-9][0-9]* boxes' <<<"$seen")" -eq 2 ] || fail "camera found nothing"
echo "ok: camera: $(head -n 1 <<<"$seen")"
bstc verify "$folder/model.bst" --device-options "$folder/record.txt" \
  --device "$folder/examples/recording_driver/libbst_recording_driver.so" | tail -n 1
recorded=$(grep -cE '^ +[0-9]+ (maca|edp|dsp) .* us$' "$folder/record.txt" || true)
[ "$recorded" -ge 90 ] || fail "the driver recorded $recorded commands"
echo "ok: recording driver: $recorded commands"

echo "== Schema, targets, Python"
flatc --cpp -o "$folder" "$prefix/share/bstc/package.fbs"
grep -q 'inline const .*GetPackage(' "$folder/package_generated.h" || fail "the installed schema has no Package"
target=$prefix/share/bstc/targets/bst-a1000b0.json
bstc compile "$folder/model.onnx" -o "$folder/named.bst" --no-fidelity --selftest \
  --target bst-a1000b0 >/dev/null
bstc compile "$folder/model.onnx" -o "$folder/from_file.bst" --no-fidelity --selftest \
  --target "$target" >/dev/null
cmp "$folder/named.bst" "$folder/from_file.bst" || fail "the installed target is not the one in bstc"
python=/usr/bin/python3 # Debian's, which the module is built for.
[ -x "$python" ] || python=python3
check_module() { # HOW MODULES
  local said
  said=$(cd "$folder" && PYTHONPATH=$2 "$python" -c 'import sys, bstrt
assert bstrt.__file__.startswith(sys.argv[1]), bstrt.__file__
print(bstrt.Package(sys.argv[2]).inputs[0].name)' "$2" "$folder/model.bst")
  [ "$said" = images ] || fail "$1: bstrt said '$said'"
  echo "ok: $1: import bstrt"
}
modules=("$prefix"/lib/python3.*/dist-packages)
check_module "the prefix's module" "${modules[0]}"
echo "ok: package.fbs, targets/"

echo "== pkg-config"
flags="-std=c99 -pedantic -Wall -Wextra -Werror -O2"
# shellcheck disable=SC2046,SC2086 # Options, separated by spaces.
{
  cc $flags tests/install/board/board.c -o "$folder/shared" $(pkg-config --cflags --libs bstrt)
  cc $flags tests/install/board/board.c -o "$folder/static" -Wl,--gc-sections \
    $(pkg-config --static --cflags --libs bstrt | sed 's/-lbstrt/-l:libbstrt.a/')
}
check_board "pkg-config, shared" "$folder/shared"
LD_LIBRARY_PATH="" check_board "pkg-config, static" "$folder/static"

echo "== Sizes"
scripts/sizes.sh "$prefix"

echo "== Debian packages"
cpack --config "$build/CPackConfig.cmake" -B "$folder/debian" >/dev/null
for package in libbstrt1:usr/lib/libbstrt.so.1 libbstrt-dev:usr/include/bst/bst.h bstc:usr/bin/bstc \
  python3-bstrt:usr/lib/python3/dist-packages/bstrt bstc-doc:usr/share/doc/bstc-doc/docs/runtime.md; do
  file=("$folder/debian/${package%%:*}"_*.deb)
  dpkg-deb -c "${file[0]}" >"$folder/contents"
  grep -q " \./${package#*:}" "$folder/contents" || fail "${package%%:*} lacks ${package#*:}"
  echo "ok: $(basename "${file[0]}"), depends on $(dpkg-deb -f "${file[0]}" Depends)"
  dpkg-deb -x "${file[0]}" "$folder/root"
done
LD_LIBRARY_PATH="" "$folder/root/usr/bin/bstc" --version
LD_LIBRARY_PATH=$folder/root/usr/lib check_board "the package's library" "$folder/shared"
check_module "python3-bstrt" "$folder/root/usr/lib/python3/dist-packages"
