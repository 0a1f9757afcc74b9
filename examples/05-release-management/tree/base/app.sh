#!/bin/sh
# app.sh health | metrics | test FILE: a small shop. STATE names the directory that holds what outlives a call.
set -eu
ROOT=${ROOT:-$(cd "$(dirname "$0")" && pwd)}
STATE=${STATE:-$(mktemp -d)}
for part in "$ROOT"/lib/*.sh; do . "$part"; done
case ${1:-} in
  # One order, from the basket to the receipt.
  health) order 1250 2 && echo "{\"status\":\"ok\",\"version\":\"$(cat "$ROOT/VERSION")\",\"receipt\":$receipt}" ;;
  metrics) echo "{\"open\":$(open_orders)}" ;;
  test) . "$2" ;;
  *) echo "app.sh health | metrics" >&2; exit 2 ;;
esac
