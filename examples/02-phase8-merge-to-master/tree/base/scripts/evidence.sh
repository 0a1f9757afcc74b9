#!/bin/sh
# evidence.sh ENVIRONMENT: keeps what the process there says and has logged, before another takes its place.
set -eu
cd "$(dirname "$0")/.."
environment=$(sh scripts/environment.sh "$1")
service=$(sh scripts/environment.sh service)
running=$("$service" ask "$environment" /running) || running=nobody
kept=$environment/evidence/$running
mkdir -p "$kept"
cp "$environment/log" "$kept/log"
"$service" ask "$environment" /metrics >"$kept/metrics" || echo "no metrics: nobody answers" >"$kept/metrics"
echo "kept in $kept"
