#!/bin/sh
# flag.sh ENVIRONMENT FLAG on | off: turns a feature on or off in what runs, without deploying anything.
set -eu
cd "$(dirname "$0")/.."
environment=$(sh scripts/environment.sh "$1")
for state in "$environment"/state "$environment"/blue/state "$environment"/green/state; do
  [ -d "$state" ] || continue
  case $3 in
    on) : >"$state/flag-$2" ;;
    off) rm -f "$state/flag-$2" ;;
    *) echo "on or off" >&2; exit 2 ;;
  esac
done
