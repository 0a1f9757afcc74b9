# One place that opens and closes sessions.

# with_session SERVICE: asks it over a session that ends in every case.
with_session() {
  open_session "$1"
  if service_answers "$1" "$session"; then outcome=ok; else outcome=failed; fi
  close_session "$session"
  [ "$outcome" = ok ]
}

# is_legacy SERVICE: whether `$STATE/legacy` sends it the old way.
is_legacy() {
  [ -f "$STATE/legacy" ] || return 1
  while read -r name; do
    if [ "$name" = all ] || [ "$name" = "$1" ]; then return 0; fi
  done <"$STATE/legacy"
  return 1
}
