#!/bin/sh
# app.sh collect | health: STATE names the directory that holds what outlives a call.
set -eu
ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
mkdir -p "$STATE/sessions"
for part in "$ROOT"/claude_pm/core/*.sh "$ROOT"/claude_pm/services/*.sh \
  "$ROOT"/claude_pm/collectors/*.sh "$ROOT"/claude_pm/dashboard/*.sh; do
  . "$part"
done
case ${1:-} in
  collect) collect ;;
  health) health ;;
  sessions) count_sessions && echo "$sessions" ;;
  test) . "$2" ;;
  *) echo "app.sh collect | health | sessions" >&2; exit 2 ;;
esac
