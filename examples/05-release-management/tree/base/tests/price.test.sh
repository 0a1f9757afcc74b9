price 1250 2
[ "$total" = 2500 ]
