# A circuit breaker per service, and the last answer that is known.

# remember SERVICE: it answered.
remember() {
  echo ok >"$STATE/last.$1"
  if [ -f "$STATE/failures.$1" ]; then rm "$STATE/failures.$1"; fi
}

# forget SERVICE: it did not.
forget() {
  echo failed >>"$STATE/failures.$1"
}

# is_open SERVICE: three failures in a row, and it is left alone.
is_open() {
  count_lines "$STATE/failures.$1"
  [ "$lines" -ge 3 ]
}

# probe SERVICE: one question while the breaker is open, to see whether it is back.
probe() {
  open_session "$1"
  if ask_backend "$1" "$session"; then remember "$1"; close_session "$session"; fi
}

# last_known SERVICE
last_known() {
  [ -f "$STATE/last.$1" ]
}
