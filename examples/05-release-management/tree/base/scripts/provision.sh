#!/bin/sh
# provision.sh ENVIRONMENT: gives it the settings that this commit says it needs.
set -eu
cd "$(dirname "$0")/.."
cp config/settings "$(sh scripts/environment.sh "$1")/settings"
