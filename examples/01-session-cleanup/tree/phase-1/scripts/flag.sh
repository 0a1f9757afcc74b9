#!/bin/sh
# flag.sh ENVIRONMENT managed|legacy [SERVICE]: how the process there handles sessions, from its next question on.
set -eu
cd "$(dirname "$0")/.."
state=$(sh scripts/environment.sh "$1")/state
case $2 in
  managed) rm -f "$state/legacy" ;;
  legacy) printf '%s\n' "${3:-all}" >"$state/legacy.new" && mv "$state/legacy.new" "$state/legacy" ;;
  *) echo "flag.sh ENVIRONMENT managed|legacy [SERVICE]" >&2; exit 2 ;;
esac
# Taken from the process, not from the file.
sh scripts/health.sh "$1"
