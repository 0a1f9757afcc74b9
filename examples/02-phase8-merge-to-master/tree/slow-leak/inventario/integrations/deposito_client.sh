# The client of the depot. It keeps statistics of what it asked last, for each product.

# So many questions are remembered of a product; twice as many trigger a reset.
KEEP=2

# The stock of a product, in $stock.
stock() {
  stock=$(($1 * 37 % 101))
  remember "$1" "$stock"
}

remember() {
  mkdir -p "$STATE/products"
  echo "product=$1 stock=$2 client=deposito status=answered" >>"$STATE/products/$1"
  if [ "$(wc -l <"$STATE/products/$1")" -ge $((2 * KEEP)) ]; then collect "$1"; fi
}

# What is older than the last questions about this product goes.
collect() {
  tail -n "$KEEP" "$STATE/products/$1" >"$STATE/products.new"
  mv "$STATE/products.new" "$STATE/products/$1"
}

# What the statistics hold, in bytes.
memory() {
  memory=0
  if [ -d "$STATE/products" ]; then memory=$(cat "$STATE"/products/* | wc -c); fi
}
