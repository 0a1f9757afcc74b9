# After three failures a service is only probed; its last answer is served, and it comes back.
collect >/dev/null
echo 'projects 2' >"$STATE/outage"
for _ in 1 2 3; do collect | grep -qx 'projects cached'; done
is_open projects
health | grep -q '"from_cache":1'
rm "$STATE/outage"
collect >/dev/null
if is_open projects; then exit 1; fi
collect | grep -qx 'projects ok'
