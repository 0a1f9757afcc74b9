#!/bin/sh
# Runs every test in a world of its own, and prints how many passed.
set -eu
cd "$(dirname "$0")/.."
passed=0 all=0
world=$(mktemp -d)
trap 'rm -rf "$world"' EXIT
for test in tests/*.test.sh; do
  name=$(basename "$test" .test.sh)
  mkdir -p "$world/$name"
  all=$((all + 1))
  if STATE=$world/$name sh inventario/app.sh test "$test"; then
    passed=$((passed + 1))
  else
    echo "failed: $name"
  fi
done
echo "$passed of $all tests passed: $((passed * 100 / all))%"
