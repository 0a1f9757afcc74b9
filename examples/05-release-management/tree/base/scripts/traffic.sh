#!/bin/sh
# traffic.sh ENVIRONMENT WEIGHT: gives WEIGHT of a hundred requests to what was deployed last, which must be the
# commit of this checkout, and the rest to the other colour.
set -eu
cd "$(dirname "$0")/.."
environment=$(sh scripts/environment.sh "$1")
candidate=$(cat "$environment/candidate")
other=blue
[ "$candidate" != blue ] || other=green
running=$("$(sh scripts/environment.sh service)" ask "$environment/$candidate" /running || echo nothing)
commit=$(git rev-parse HEAD)
if [ "$running" != "$commit" ] && [ "$2" != 0 ]; then
  echo "$candidate runs $running, not $commit" >&2
  exit 1
fi
exec "$(sh scripts/environment.sh router)" set "$environment" "$candidate=$2" "$other=$((100 - $2))"
