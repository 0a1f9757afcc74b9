#!/bin/sh
# health.sh ENVIRONMENT [candidate]: asks the process there, or the colour that was deployed last; 7: nobody answers.
set -eu
cd "$(dirname "$0")/.."
slot=$(sh scripts/environment.sh "$1")
[ "${2:-}" != candidate ] || slot=$slot/$(cat "$slot/candidate")
exec "$(sh scripts/environment.sh service)" ask "$slot" /api/health
