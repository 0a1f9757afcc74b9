# Asks every framework service once.

# collect: one line per service, `NAME OUTCOME`.
collect() {
  for service in $(registered_services); do
    if is_legacy "$service"; then
      collect_legacy "$service"
    else
      collect_one "$service"
    fi
  done
}

# collect_one SERVICE: `ok`, `cached` when only the last known answer is to be had, `failed` when not even that.
collect_one() {
  if is_open "$1"; then
    probe "$1"
  elif with_session "$1"; then
    remember "$1"
    echo "$1 ok"
    return 0
  else
    forget "$1"
  fi
  if last_known "$1"; then echo "$1 cached"; else echo "$1 failed"; fi
}

# collect_legacy SERVICE: as before ISS-0074; a failed question leaves its session open.
collect_legacy() {
  open_session "$1"
  if service_answers "$1" "$session"; then
    close_session "$session"
    echo "$1 ok"
  else
    echo "$1 failed"
  fi
}
