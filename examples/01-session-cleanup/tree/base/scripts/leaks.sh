#!/bin/sh
# Starts the collector 12 times and counts the sessions that nobody closed.
set -eu
cd "$(dirname "$0")/.."
STATE=$(mktemp -d)
export STATE
trap 'rm -rf "$STATE"' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do sh claude_pm/app.sh collect >/dev/null 2>&1; done
echo "$(sh claude_pm/app.sh sessions) sessions leaked"
