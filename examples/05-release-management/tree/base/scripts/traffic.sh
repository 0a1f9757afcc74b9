#!/bin/sh
# traffic.sh ENVIRONMENT WEIGHT: gives WEIGHT of a hundred requests to the colour that runs the commit of this
# checkout, and the rest to the other. A commit that runs nowhere has no traffic already.
set -eu
cd "$(dirname "$0")/.."
environment=$(sh scripts/environment.sh "$1")
service=$(sh scripts/environment.sh service)
commit=$(git rev-parse HEAD)

# What was deployed last comes first, in case both run the same.
case $(cat "$environment/candidate") in
  blue) colours="blue green" ;;
  *) colours="green blue" ;;
esac
for colour in $colours; do
  running=$("$service" ask "$environment/$colour" /running 2>/dev/null || true)
  [ "$running" != "$commit" ] || break
done
if [ "$running" != "$commit" ]; then
  [ "$2" = 0 ] || { echo "$commit does not run in $1" >&2; exit 1; }
  echo "$commit has no traffic in $1"
  exit 0
fi
other=blue
[ "$colour" != blue ] || other=green
exec "$(sh scripts/environment.sh router)" set "$environment" "$colour=$2" "$other=$((100 - $2))"
