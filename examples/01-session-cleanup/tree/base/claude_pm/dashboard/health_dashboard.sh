# What the outside sees.

# health: one collection, as JSON.
health() {
  total=0 answered=0
  collect >"$STATE/collected"
  while read -r _ outcome; do
    total=$((total + 1))
    if [ "$outcome" != failed ]; then answered=$((answered + 1)); fi
  done <"$STATE/collected"
  count_sessions
  status=ok
  if [ "$answered" -lt "$total" ] || [ "$sessions" -gt 0 ]; then status=degraded; fi
  printf '{"status":"%s","version":"%s","commit":"%s",' "$status" "$(cat "$ROOT/VERSION")" "${COMMIT:-none}"
  printf '"reliability":%s,"open_sessions":%s}\n' \
    $((answered * 100 / total)) "$sessions"
}
