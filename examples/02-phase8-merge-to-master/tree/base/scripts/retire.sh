#!/bin/sh
# retire.sh ENVIRONMENT: ends the process there.
set -eu
cd "$(dirname "$0")/.."
exec "$(sh scripts/environment.sh service)" stop "$(sh scripts/environment.sh "$1")"
