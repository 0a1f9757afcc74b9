# A failed question leaves no session behind; the old way did, and can still be chosen.
collect 2>/dev/null | grep -qx 'memory failed'
count_sessions
[ "$sessions" -eq 0 ]
echo memory >"$STATE/legacy"
collect >/dev/null 2>&1
count_sessions
[ "$sessions" -eq 1 ]
sh "$ROOT/scripts/fix_connection_leaks.sh" "$STATE" | grep -qx '1 sessions ended'
count_sessions
[ "$sessions" -eq 0 ]
