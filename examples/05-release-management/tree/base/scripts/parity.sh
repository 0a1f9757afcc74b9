#!/bin/sh
# parity.sh: how many settings of staging and production are other than this commit says. Each one is shown.
set -eu
cd "$(dirname "$0")/.."
differing=0
for environment in staging production; do
  there=$(sh scripts/environment.sh "$environment")/settings
  lines=$(diff config/settings "$there" | grep '^[<>]' || true)
  [ -z "$lines" ] || { echo "$environment:"; echo "$lines"; differing=$((differing + $(echo "$lines" | wc -l))); }
done
echo "$differing"
