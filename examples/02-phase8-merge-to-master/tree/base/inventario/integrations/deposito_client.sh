# The client of the depot. It keeps statistics of what it asked.

# The stock of a product, in $stock.
stock() {
  stock=$(($1 * 37 % 101))
  remember "$1" "$stock"
}

remember() {
  echo "product=$1 stock=$2 client=deposito status=answered" >>"$STATE/stats"
}

# What the statistics hold, in bytes.
memory() {
  memory=0
  if [ -f "$STATE/stats" ]; then memory=$(wc -c <"$STATE/stats"); fi
}
