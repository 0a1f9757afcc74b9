# Sessions with backends.

# open_session BACKEND: sets $session to a new one.
open_session() {
  opened=$((${opened:-0} + 1))
  session=$STATE/sessions/$1.$$.$opened
  : >"$session"
}

# close_session SESSION
close_session() {
  rm -f "$1"
}

# count_sessions: sets $sessions to how many are open.
count_sessions() {
  set -- "$STATE"/sessions/*
  if [ -e "$1" ]; then sessions=$#; else sessions=0; fi
}
