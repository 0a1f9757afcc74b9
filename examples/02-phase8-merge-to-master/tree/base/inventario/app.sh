#!/bin/sh
# app.sh health | summary PRODUCT | metrics: the dashboard. STATE names the directory of what the process holds.
set -eu
ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
mkdir -p "$STATE"
for part in "$ROOT"/inventario/integrations/*.sh "$ROOT"/inventario/dashboard.sh; do
  . "$part"
done
case ${1:-} in
  health) health ;;
  summary) summary "${2:-1}" ;;
  metrics) metrics ;;
  load) load "$2" ;;
  test) . "$2" ;;
  *) echo "app.sh health | summary PRODUCT | metrics | load COUNT" >&2; exit 2 ;;
esac
