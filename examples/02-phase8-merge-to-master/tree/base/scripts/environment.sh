#!/bin/sh
# environment.sh NAME: the directory of an environment, from deploy/inventory.
set -eu
while read -r name directory; do
  if [ "$name" = "$1" ]; then printf '%s\n' "$directory"; exit 0; fi
done <"$(dirname "$0")/../deploy/inventory"
echo "deploy/inventory knows no environment $1" >&2
exit 1
