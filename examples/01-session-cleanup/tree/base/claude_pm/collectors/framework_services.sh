# Asks every framework service once.

# collect: one line per service, `NAME ok` or `NAME failed`.
collect() {
  for service in agents deployments memory projects tickets; do
    collect_one "$service"
  done
}

# collect_one SERVICE
collect_one() {
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
