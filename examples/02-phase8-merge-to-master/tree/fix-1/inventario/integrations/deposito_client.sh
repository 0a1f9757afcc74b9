# The client of the depot. It keeps statistics of what it asked last.

# So many questions are remembered; twice as many trigger a reset.
KEEP=10

# The stock of a product, in $stock.
stock() {
  stock=$(($1 * 37 % 101))
  remember "$1" "$stock"
}

remember() {
  echo "product=$1 stock=$2 client=deposito status=answered" >>"$STATE/stats"
  if [ "$(wc -l <"$STATE/stats")" -ge $((2 * KEEP)) ]; then collect; fi
}

# What is older than the last questions goes.
collect() {
  tail -n "$KEEP" "$STATE/stats" >"$STATE/stats.new"
  mv "$STATE/stats.new" "$STATE/stats"
}

# What the statistics hold, in bytes.
memory() {
  memory=0
  if [ -f "$STATE/stats" ]; then memory=$(wc -c <"$STATE/stats"); fi
}
