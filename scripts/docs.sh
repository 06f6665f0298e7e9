#!/usr/bin/env bash
# Writes the pages of libbstrt's interface, the compiler's public headers and docs/ (Doxygen) into
# build-docs/, or the folder that is named. A comment that does not resolve is an error, and so is
# what of these headers has none: a type or a function that stands alone, and all of bst/*.h and
# bst.hpp but special members. A field, or a member of a compiler's class, may let its name speak.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh doxygen
export BSTC_PAGES=${1:-build-docs} BSTC_VERSION
BSTC_VERSION=$(sed -nE 's/^project\(bstc VERSION ([0-9.]+) .*/\1/p' CMakeLists.txt)
mkdir -p "$BSTC_PAGES"
doxygen docs/Doxyfile 2>"$BSTC_PAGES/warnings"
speaks='Member .* \((variable|enumvalue)\)'          # A field.
speaks+='|Member .* of (class|struct) (bst|bstc)::'  # A member of the compiler's.
speaks+='|Member (operator==?\(|[A-Za-z]+\((const )?[A-Za-z]+ &&?(other)?\)) ?.*' # Copies, moves.
grep -E "(warning|error): " "$BSTC_PAGES/warnings" | grep -vE "($speaks).* is not documented" >&2 &&
  { echo "docs: see above" >&2; exit 1; }
echo "docs: $BSTC_PAGES/html/index.html"
