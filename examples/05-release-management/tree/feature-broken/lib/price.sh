# price CENTS COUNT: sets `total`, in cents. Five of a kind cost as much as four.
price() {
  total=$(($1 * ($2 - $2 / 5)))
}

# tax CENTS: sets `taxed`, with the tax of `rate` percent added.
tax() {
  rate=21
  taxed=$(($1 * (100 + rate) / 100))
}
