#!/bin/sh
# release-ready.sh VERSION: the tree says it is that version, and its changelog says what is new.
set -eu
cd "$(dirname "$0")/.."
[ "$(cat VERSION)" = "$1" ] || { echo "VERSION says $(cat VERSION), not $1"; exit 1; }
grep -q "^## \[$1\]" CHANGELOG.md || { echo "CHANGELOG.md has no section for $1"; exit 1; }
echo "$1 is in VERSION and in CHANGELOG.md"
