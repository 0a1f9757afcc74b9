#!/bin/sh
# Asks every service 20 times and prints how many answers came.
set -eu
cd "$(dirname "$0")/.."
STATE=$(mktemp -d)
export STATE
trap 'rm -rf "$STATE"' EXIT
for _ in 1 2 3 4; do
  for _ in 1 2 3 4 5; do sh claude_pm/app.sh collect; done
done >"$STATE/all" 2>"$STATE/complaints"
awk '$2 != "failed" { ok++ } END { printf "%d of %d answers: %d%%\n", ok, NR, ok * 100 / NR }' "$STATE/all"
