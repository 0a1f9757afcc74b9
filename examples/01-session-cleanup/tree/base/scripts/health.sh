#!/bin/sh
# health.sh ENVIRONMENT: asks the process there how it is; status 7 when nobody answers.
set -eu
cd "$(dirname "$0")/.."
exec "$(sh scripts/environment.sh service)" ask "$(sh scripts/environment.sh "$1")" /api/health
