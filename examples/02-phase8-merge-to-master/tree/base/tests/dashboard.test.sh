# The dashboard answers, counts, and says how it is.
[ "$(summary 2)" = '{"product":2,"stock":74}' ]
summary 3 >/dev/null
counted requests
[ "$counted" -eq 2 ]
metrics | grep -q '^errors 0.0%$'
health | grep -q '"status":"ok"'
load 5 | grep -q '^5 requests left '
