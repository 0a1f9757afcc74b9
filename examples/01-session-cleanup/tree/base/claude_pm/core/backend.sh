# The backends as they are: one is cold at first, one is busy at times, all of them refuse when too many
# sessions are open, and any of them may be out. `$STATE/outage` says from which question on one is.

# ask_backend BACKEND SESSION: succeeds when the backend answers.
ask_backend() {
  count_sessions
  [ "$sessions" -le "${SESSION_LIMIT:-8}" ] || return 1
  count_lines "$2"
  asked=$lines
  echo asked >>"$2"
  echo asked >>"$STATE/questions.$1"
  count_lines "$STATE/questions.$1"
  ! backend_is_out "$1" "$lines" || return 1
  case $1 in
    memory) [ "$asked" -ge 1 ] ;;
    tickets) [ $((lines % 20)) -ne 10 ] && [ $((lines % 20)) -ne 11 ] ;;
    *) return 0 ;;
  esac
}

# backend_is_out BACKEND QUESTION
backend_is_out() {
  [ -f "$STATE/outage" ] || return 1
  while read -r backend from; do
    if [ "$backend" = "$1" ] && [ "$2" -ge "$from" ]; then return 0; fi
  done <"$STATE/outage"
  return 1
}

# count_lines FILE: sets $lines.
count_lines() {
  lines=0
  [ -f "$1" ] || return 0
  while read -r _; do lines=$((lines + 1)); done <"$1"
}
