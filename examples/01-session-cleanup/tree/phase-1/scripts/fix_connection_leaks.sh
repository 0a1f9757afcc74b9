#!/bin/sh
# fix_connection_leaks.sh STATE: ends the sessions that an older version left open there.
set -eu
removed=0
for session in "$1"/sessions/*; do
  [ -e "$session" ] || continue
  rm -f "$session"
  removed=$((removed + 1))
done
echo "$removed sessions ended"
