# The statistics are collected when the trigger is reached, and hold no more after many questions than after some.
load 40 >/dev/null
memory
first=$memory
load 40 >/dev/null
memory
[ "$memory" -le $((first + 600)) ]
stock 3
[ "$stock" -eq 10 ]
