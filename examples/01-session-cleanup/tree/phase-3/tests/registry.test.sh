# A dropped question is asked again; a backend that stays away fails, and leaves nothing open.
collect | grep -qx 'memory ok'
echo 'projects 2' >"$STATE/outage"
collect | grep -qx 'projects cached'
count_sessions
[ "$sessions" -eq 0 ]
health | grep -q '"handling":"managed"'
