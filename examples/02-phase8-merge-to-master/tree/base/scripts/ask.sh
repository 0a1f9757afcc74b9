#!/bin/sh
# ask.sh ENVIRONMENT PATH: asks the process there; status 7 when nobody answers, 22 when it says that it cannot.
set -eu
cd "$(dirname "$0")/.."
exec "$(sh scripts/environment.sh service)" ask "$(sh scripts/environment.sh "$1")" "$2"
