express 100
[ "$total" = 100 ]
: >"$STATE/flag-express"
express 100
[ "$total" = 600 ]
