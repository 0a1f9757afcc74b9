order 1000 1
[ "$receipt" = 1210 ]
[ "$(open_orders)" = 0 ]
