# Three customers visit production; then its open sessions are counted.
set -eu
server=$(cat scripts/server)
export SESSIONS="$server/sessions"
for customer in Ada Grace Edsger; do
  sh "$server/app/session.sh" "$customer" > /dev/null
done
open=$(ls "$SESSIONS" | wc -l)
printf '{"status": "ok", "release": "%s", "open_sessions": %d}\n' "$(cat "$server/VERSION")" "$open"
