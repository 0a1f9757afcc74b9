#!/bin/sh
# traffic.sh WEIGHT: so many of a hundred customers get the canary, all others production.
set -eu
cd "$(dirname "$0")/.."
weight=${1%\%}
exec "$(sh scripts/environment.sh router)" set "$(sh scripts/environment.sh front)" \
  "production=$((100 - weight))" "canary=$weight"
