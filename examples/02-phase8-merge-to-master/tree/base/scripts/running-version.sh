#!/bin/sh
# running-version.sh ENVIRONMENT: the commit that the process there says it runs.
set -eu
cd "$(dirname "$0")/.."
exec "$(sh scripts/environment.sh service)" ask "$(sh scripts/environment.sh "$1")" /running
