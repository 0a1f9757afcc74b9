#!/bin/sh
# release-ready.sh VERSION: the tree says what it is.
set -eu
cd "$(dirname "$0")/.."
[ "$(cat VERSION)" = "$1" ] || { echo "VERSION says $(cat VERSION), not $1" >&2; exit 1; }
grep -q "^## .*$1" CHANGELOG.md || { echo "CHANGELOG.md has nothing about $1" >&2; exit 1; }
