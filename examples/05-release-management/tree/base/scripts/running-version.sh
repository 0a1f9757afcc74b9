#!/bin/sh
# running-version.sh ENVIRONMENT: the commit that most of its users get, asked of the process itself.
set -eu
cd "$(dirname "$0")/.."
slot=$(sh scripts/environment.sh "$1")
[ ! -e "$slot/weights" ] || slot=$slot/$(sh scripts/slot.sh "$1" active)
exec "$(sh scripts/environment.sh service)" ask "$slot" /running
