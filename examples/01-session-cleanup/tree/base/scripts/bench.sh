#!/bin/sh
# The processor time that an answer costs, over 10 collections, each in a fresh world. Not the time on the wall:
# a busy machine must not fail a release.
set -eu
cd "$(dirname "$0")/.."
world=$(mktemp -d)
trap 'rm -rf "$world"' EXIT
for run in 1 2 3 4 5 6 7 8 9 10; do
  STATE=$world/$run sh claude_pm/app.sh collect >>"$world/answers" 2>>"$world/complaints"
done
# `times` prints minutes and seconds of the shell, then of its children: user and system.
times >"$world/times"
answers=$(grep -vc failed "$world/answers")
awk -v answers="$answers" '
  NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); ms += t[1] * 60000 + t[2] * 1000 } }
  END { printf "a hundred answers took %dms\n", ms * 100 / answers }
' "$world/times"
