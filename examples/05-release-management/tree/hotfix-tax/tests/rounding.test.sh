tax 98
[ "$taxed" = 119 ]
