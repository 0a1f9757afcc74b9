# The memory backend drops the first question of a session.
open_session memory
if ask_backend memory "$session"; then exit 1; fi
ask_backend memory "$session"
close_session "$session"
echo 'projects 2' >"$STATE/outage"
open_session projects
ask_backend projects "$session"
if ask_backend projects "$session"; then exit 1; fi
close_session "$session"
count_sessions
[ "$sessions" -eq 0 ]
