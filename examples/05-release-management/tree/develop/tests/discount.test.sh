price 100 10
[ "$total" = 900 ]
