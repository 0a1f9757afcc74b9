# Asks every framework service once.

# collect: one line per service, `NAME ok` or `NAME failed`.
collect() {
  for service in agents deployments memory projects tickets; do
    if is_legacy "$service"; then
      collect_legacy "$service"
    else
      collect_one "$service"
    fi
  done
}

# collect_one SERVICE
collect_one() {
  if with_session "$1"; then echo "$1 ok"; else echo "$1 failed"; fi
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

# service_answers SERVICE SESSION
service_answers() {
  case $1 in
    memory) memory_answers "$2" ;;
    *) ask_backend "$1" "$2" ;;
  esac
}
