#!/bin/sh
# load.sh COUNT: so many requests to this tree, and what they leave behind.
set -eu
cd "$(dirname "$0")/.."
STATE=$(mktemp -d)
export STATE
trap 'rm -rf "$STATE"' EXIT
sh inventario/app.sh load "$1"
