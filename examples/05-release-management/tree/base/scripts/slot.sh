#!/bin/sh
# slot.sh production active | idle: blue or green, by the traffic that each one gets.
set -eu
cd "$(dirname "$0")/.."
weights=$(sh scripts/environment.sh "$1")/weights
# Most traffic first; at a tie the one that the last deployment did not touch.
active=$(tr '=' ' ' <"$weights" | sort -k2,2nr | sed -n '1s/ .*//p')
case $2 in
  active) echo "$active" ;;
  idle) [ "$active" = blue ] && echo green || echo blue ;;
esac
